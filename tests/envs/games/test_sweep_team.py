"""Sweep team against a slow simulation of the rules in words, a search for the shortest play, and its exact table."""

import itertools
from collections import deque

import numpy as np
import pytest
from torch_twin import torch_is_numpy

from rewardlab.core.errors import BadOption
from rewardlab.envs.games import SweepTeam
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

MAP = ["#B#P#", "#a.b#", "#...#", "#r.r#", "#####"]
MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1)]
FIRST = (((1, 1), (1, 3)), (0, 0), frozenset({(3, 1), (3, 3)}))  # cells, tools (1 broom, 2 pan), rubbish


def slow(state, joint):
    """One step in words: next state, pay, who did something illegal."""
    cells, tools, rubbish = list(state[0]), list(state[1]), state[2]
    works, illegal = [None, None], [False, False]
    for me, action in enumerate(joint):
        if action == 4:
            continue
        to = (cells[me][0] + MOVES[action][0], cells[me][1] + MOVES[action][1])
        letter = MAP[to[0]][to[1]]
        if letter in "BP":
            tool = 1 if letter == "B" else 2
            if tools[me] == 0 and tools[1 - me] != tool:
                tools[me] = tool
            elif tools[me] == tool:
                tools[me] = 0
            else:
                illegal[me] = True
        elif to in rubbish:
            if tools[me]:
                works[me] = to
            else:
                illegal[me] = True
        elif letter == "#" or to == cells[1 - me]:
            illegal[me] = True
        else:
            cells[me] = to
    swept = works[0] is not None and works[0] == works[1]
    return (tuple(cells), tuple(tools), rubbish - {works[0]} if swept else rubbish), float(swept), illegal


def shortest():
    """Steps of the shortest play that sweeps everything."""
    front, seen = deque([(FIRST, 0)]), {FIRST}
    while front:
        state, steps = front.popleft()
        for joint in itertools.product(range(5), repeat=2):
            after = slow(state, joint)[0]
            if not after[2]:
                return steps + 1
            if after not in seen:
                seen.add(after)
                front.append((after, steps + 1))
    raise AssertionError("it can be done")


def test_rows_move_as_a_slow_simulation_does():
    rules = SweepTeam()
    n = 40
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=0)
    rng, states, swept = np.random.default_rng(0), [FIRST] * n, 0
    for _ in range(400):
        action = rng.integers(0, 5, (n, 2))
        _, reward, terminated, _, info = envs.step(action)
        final = info.get("final_info", {})
        for i in range(n):
            states[i], pay, illegal = slow(states[i], action[i].tolist())
            shown = {k: (final if terminated[i] else info)[k][i] for k in ("illegal", "held", "left")}
            assert reward[i] == pay and shown["illegal"].tolist() == illegal
            assert tuple(shown["held"]) == states[i][1] and shown["left"] == len(states[i][2])
            assert terminated[i] == (not states[i][2])
            swept += pay
            if terminated[i]:
                states[i] = FIRST
            assert [divmod(int(c), 5) for c in envs._rows.state["cell"][i]] == list(states[i][0])
    assert swept > 10


def test_the_best_play_is_as_short_as_a_search_finds():
    mdp = SweepTeam().to_mdp().with_gamma(1.0).with_reward(np.full((2916, 25), -1.0))
    assert -mdp.solve().value == shortest()


def test_advantages_of_one_after_the_other_add_up_to_that_of_both():
    """Q of player 0 alone is the mean over player 1's answers; the two advantages sum to Q − V in every state, and who
    takes only actions with an advantage of at least 0 does no worse than the uniform policy anywhere."""
    mdp = SweepTeam().to_mdp()
    uniform = np.full((mdp.num_states, 25), 1 / 25)
    values = mdp.evaluate(uniform)
    q = values.Q.reshape(-1, 5, 5)
    one = q.mean(2) - values.V[:, None]
    two = q - q.mean(2)[:, :, None]
    np.testing.assert_allclose(one[:, :, None] + two, q - values.V[:, None, None], atol=1e-12)
    first = one >= -1e-12
    second = two >= -1e-12
    chosen = (first / first.sum(1, keepdims=True))[:, :, None] * second / second.sum(2, keepdims=True)
    better = mdp.evaluate(chosen.reshape(-1, 25)).V
    assert (better >= values.V - 1e-9).all() and better[mdp.initial > 0] > 2 * values.V[mdp.initial > 0]


def test_the_card_knows_the_returns():
    card = SweepTeam().card()
    assert card.optimal_return == 2.0
    envs = WorldVectorEnv(SweepTeam(), 500, autoreset_mode="Disabled")
    envs.reset(seed=1)
    rng, total, over = np.random.default_rng(0), np.zeros(500), np.zeros(500, dtype=bool)
    rows = envs._rows
    for _ in range(100):
        reward, ended, _ = rows.step(rng.integers(0, 5, (500, 2)), ~over)
        total += reward
        over |= ended
    assert abs(total.mean() - card.random_return) < 4 * total.std() / np.sqrt(500)


def test_the_views_show_the_state():
    one_hot, index = WorldEnv(SweepTeam(observation="one_hot")), WorldEnv(SweepTeam())
    assert (one_hot.reset(seed=0)[0].sum(), index.reset(seed=0)[0]) == (6, (0 * 9 + 2) * 36 + 3)
    seen = one_hot.step([0, 0])[0]
    assert seen[18:24].tolist() == [0, 1, 0, 0, 0, 1] and seen[24:].tolist() == [1, 1]
    assert WorldEnv(SweepTeam(), render_mode="ansi").rules.text(one_hot._rows.state, 0).splitlines() == [
        *["#B#P#", "#0.1#", "#...#", "#r.r#", "#####"],
        *["player 0 holds the broom", "player 1 holds the pan"],
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"layout": "#B#P#\n#a.b#\n#####"}, "0 times 'r'"),
        ({"layout": "#B#P#\n#a.br\n#####"}, "floor at its border"),
        ({"layout": "#B###\n#arb#\n#####"}, "0 times 'P'"),
        ({"observation": "planes"}, "observation='planes'"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        SweepTeam(**fields)


def test_a_large_map_has_no_table():
    with pytest.raises(BadOption, match="smaller map"):
        SweepTeam(layout="#B#P####\n#arrrbr#\n#r....r#\n########").to_mdp()


@pytest.mark.parametrize("fields", [{}, {"observation": "one_hot"}, {"layout": "#BP#\n#ab#\n#r.#\n####"}])
def test_torch_steps_as_numpy_does(fields):
    small = "layout" in fields
    ended = torch_is_numpy(
        SweepTeam(**fields), lambda dice, n: dice.integers(0, 5, (n, 2)), n=60, steps=120, limit=None if small else 35
    )
    assert ended > 5 if small else ended >= 180
