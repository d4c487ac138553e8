"""Mini Overcooked against a slow simulation of the rules in words, a search for the first soup, and its planner."""

import itertools
from collections import deque

import numpy as np
import pytest
from torch_twin import torch_is_numpy

from rewardlab.core.errors import BadOption
from rewardlab.envs.games import MiniOvercooked
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

MAP = ["##P##", "Oa.bO", "#...#", "#...#", "#D#S#"]
MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1)]
FIRST = (((1, 1), (1, 3)), ("", ""), 0, 0)  # cells, hands, pot (onions, then minus the steps left), soups served


def slow(state, joint, onions, cooking):
    """One step in words: next state and who did something illegal. A pot of -k needs k - 1 more steps."""
    (cells, hands), (pot, served) = map(list, state[:2]), state[2:]
    illegal, cooks = [False, False], pot < -1
    for me, action in enumerate(joint):
        if action == 4:
            continue
        to = (cells[me][0] + MOVES[action][0], cells[me][1] + MOVES[action][1])
        letter = MAP[to[0]][to[1]]
        have = (letter, hands[me])
        if have == ("O", ""):
            hands[me] = "onion"
        elif have == ("D", ""):
            hands[me] = "plate"
        elif have in (("O", "onion"), ("D", "plate")):
            hands[me] = ""
        elif have == ("P", "onion") and 0 <= pot < onions:
            hands[me], pot = "", pot + 1
            if pot == onions:
                pot = -1 - cooking
        elif have == ("P", "plate") and pot == -1:
            hands[me], pot = "soup", 0
        elif have == ("S", "soup"):
            hands[me], served = "", served + 1
        elif letter in "ab." and to != cells[1 - me]:
            cells[me] = to
        else:
            illegal[me] = True
    return (tuple(cells), tuple(hands), pot + cooks, served), illegal


def shortest(onions, cooking):
    """Steps of the shortest play that serves one soup."""
    front, seen = deque([(FIRST, 0)]), {FIRST}
    while front:
        state, steps = front.popleft()
        for joint in itertools.product(range(5), repeat=2):
            after = slow(state, joint, onions, cooking)[0]
            if after[3]:
                return steps + 1
            if after not in seen:
                seen.add(after)
                front.append((after, steps + 1))
    raise AssertionError("it can be done")


@pytest.mark.parametrize(("onions", "cooking"), [(3, 5), (1, 0), (2, 1)])
def test_rows_move_as_a_slow_simulation_does(onions, cooking):
    rules = MiniOvercooked(onions=onions, cooking=cooking, orders=2)
    n, names, served = 20, ["", "onion", "plate", "soup"], 0
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=0)
    rng, states = np.random.default_rng(0), [FIRST] * n
    for _ in range(300):
        state = envs._rows.state
        action = np.stack([rules.propose(state, p, rng, share=0.6) for p in (0, 1)], axis=1)
        action = np.where(rng.random((n, 2)) < 0.2, rng.integers(0, 5, (n, 2)), action)
        _, reward, terminated, _, info = envs.step(action)
        final = info.get("final_info", {})
        for i in range(n):
            before = states[i][3]
            states[i], illegal = slow(states[i], action[i].tolist(), onions, cooking)
            shown = {k: (final if terminated[i] else info)[k][i] for k in ("illegal", "held", "pot")}
            assert reward[i] == min(states[i][3], 2) - before and shown["illegal"].tolist() == illegal
            assert tuple(names[h] for h in shown["held"]) == states[i][1]
            pot = states[i][2]
            assert shown["pot"] == (pot if pot >= 0 else onions + cooking + 1 + pot)
            assert terminated[i] == (states[i][3] >= 2)
            served += reward[i]
            if terminated[i]:
                states[i] = FIRST
            assert [divmod(int(c), 5) for c in envs._rows.state["cell"][i]] == list(states[i][0])
    assert served > 40


@pytest.mark.parametrize(("onions", "cooking"), [(1, 0), (2, 3)])
def test_the_best_play_is_as_short_as_a_search_finds(onions, cooking):
    rules = MiniOvercooked(onions=onions, cooking=cooking, orders=1, observation="index")
    mdp = rules.to_mdp()
    assert np.log(mdp.solve().value) / np.log(0.99) + 1 == pytest.approx(shortest(onions, cooking))


def played(rules, share, *, n=50, steps=200):
    """Soups served in `steps` steps by the planner, acting one after the other."""
    generator, state, total = np.random.default_rng(0), rules.begin(n), np.zeros(n)
    for _ in range(steps):
        cooks = (state["pot"] >= rules.onions) & (state["pot"] < rules.onions + rules.cooking)
        before = state["served"]
        for p in (0, 1):
            state = rules.act(state, p, rules.propose(state, p, generator, share=share))[0]
        state["pot"] = state["pot"] + cooks
        total += state["served"] - before
    return total


def test_the_planner_is_better_the_more_often_it_is_right():
    rules = MiniOvercooked(orders=1000)
    soups = {share: played(rules, share).mean() for share in (0.0, 0.5, 1.0)}
    assert soups[0.0] < 0.5 and 4.0 < soups[0.5] < soups[1.0] / 2 and soups[1.0] >= 10.0


def test_the_planner_proposes_only_what_is_legal():
    rules = MiniOvercooked()
    generator, state = np.random.default_rng(1), rules.begin(200)
    for _ in range(60):
        for p in (0, 1):
            action = rules.propose(state, p, generator)
            legal = rules.legal(state, p)
            assert legal[:, 4].all() and legal[np.arange(200), action].all()
            state = rules.act(state, p, action)[0]


def test_the_views_show_the_state():
    env, index = WorldEnv(MiniOvercooked()), WorldEnv(MiniOvercooked(observation="index"))
    seen = env.reset(seed=0)[0]
    assert seen.sum() == 6 and np.flatnonzero(seen).tolist() == [0, 11, 18, 22, 26, 35]
    seen = env.step([3, 1])[0]  # both take an onion
    assert np.flatnonzero(seen).tolist() == [0, 11, 19, 23, 26, 35]
    assert index.reset(seed=0)[0] == 2 * 16 * 9 * 4 and index.observation_space.n == 81 * 16 * 9 * 4
    assert env.rules.text(env._rows.state, 0).splitlines() == [
        *["##P##", "O0.1O", "#...#", "#...#", "#D#S#", "cook 0 holds an onion", "cook 1 holds an onion"],
        *["pot: 0 of 3 onions", "served 0 of 3"],
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"onions": 0}, "onions=0"),
        ({"cooking": -1}, "cooking=-1"),
        ({"orders": 0}, "orders=0"),
        ({"layout": "##P##\n#a.bO\n#D###"}, "without S"),
        ({"layout": "##P##\n.a.bO\n#D#S#"}, "floor at its border"),
        ({"layout": "##P##\nPa.bO\n#D#S#"}, "2 times 'P'"),
        ({"observation": "planes"}, "observation='planes'"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        MiniOvercooked(**fields)


def test_a_large_kitchen_has_no_table():
    with pytest.raises(BadOption, match="at most 60000"):
        MiniOvercooked(orders=9).to_mdp()


SMALL = {"layout": "#PO#\n#a.#\n#b.#\n#DS#", "onions": 1, "cooking": 1, "orders": 1}  # where chance alone serves soup


@pytest.mark.parametrize("fields", [{}, {"observation": "index"}, SMALL])
def test_torch_steps_as_numpy_does(fields):
    rules = MiniOvercooked(**fields)
    limit = None if fields is SMALL else 35
    ended = torch_is_numpy(rules, lambda dice, n: dice.integers(0, 5, (n, 2)), n=60, steps=120, limit=limit)
    assert ended > 5 if limit is None else ended >= 180
