"""Teamwork: rules against a slow pair, the optimum by enumeration, and that neither agent can do it alone."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.teamwork import Teamwork
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

MAP = ["#######", "#ap#.b#", "##Q##P#", "#q...p#", "#g..x.#", "#######"]
CELLS = [(r, c) for r in range(6) for c in range(7) if MAP[r][c] != "#"]
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1), (0, 0))
BEST = 15


def slow(a, b, crate, act_a, act_b):
    """One step by the book, for one pair."""
    pressed = {MAP[r][c] for r, c in (a, b, crate)}

    def enters(start, action):
        to = start[0] + STEPS[action][0], start[1] + STEPS[action][1]
        letter = MAP[to[0]][to[1]]
        shut = letter in "PQ" and letter.lower() not in pressed
        return None if letter == "#" or (shut and to != start) else to

    def near(x):
        return abs(x[0] - crate[0]) + abs(x[1] - crate[1]) == 1

    if near(a) and near(b) and act_a == act_b != 4:
        whole = [enters(x, act_a) for x in (a, b, crate)]
        if all(whole):
            return (*whole, True)
    want = [enters(x, act) or x for x, act in ((a, act_a), (b, act_b))]
    want = [x if to == crate else to for x, to in zip((a, b), want, strict=True)]
    if want[0] == want[1] or (want[0] == b and want[1] == a):
        want = [a, b]
    return (*want, crate, False)


def test_rows_move_as_a_slow_pair_does():
    rules = Teamwork(observation="index")
    rng = np.random.default_rng(0)
    n = 4000
    places = np.stack([rng.permutation(len(CELLS))[:3] for _ in range(n)])  # every kind of position, not only the first
    for i in range(n // 2):  # beside the crate, or they would seldom carry
        r, c = CELLS[places[i, 2]]
        near = [k for k, (y, x) in enumerate(CELLS) if abs(y - r) + abs(x - c) == 1]
        if len(near) > 1:
            places[i, :2] = rng.permutation(near)[:2]
    flat = np.array([r * 7 + c for r, c in CELLS])
    state = {name: flat[places[:, k]] for k, name in enumerate(("a", "b", "crate"))}
    before = {k: v.copy() for k, v in state.items()}
    action = rng.integers(0, 5, (n, 2))
    action[: n // 2, 1] = action[: n // 2, 0]
    after, reward, terminated, info = rules.move(state, action, Streams(np.arange(n)))
    assert all((state[k] == before[k]).all() for k in state)
    carried = 0
    for i in range(n):
        a, b, crate = (CELLS[k] for k in places[i])
        to_a, to_b, to_crate, lifted = slow(a, b, crate, *action[i])
        assert [divmod(int(after[k][i]), 7) for k in ("a", "b", "crate")] == [to_a, to_b, to_crate]
        assert info["carried"][i] == lifted
        assert info["moved"][i].tolist() == [to_a != a, to_b != b]
        pressed = {MAP[r][c] for r, c in (to_a, to_b, to_crate)}
        assert info["open"][i].tolist() == ["p" in pressed, "q" in pressed]
        assert reward[i] == float(to_crate == (4, 1)) == float(terminated[i]) == float(info["success"][i])
        carried += lifted
    assert carried > 100
    spots = np.stack([after[k] for k in ("a", "b", "crate")])
    assert all(len(set(spots[:, i].tolist())) == 3 for i in range(n))  # nobody stands where another is


def test_the_process_is_that_of_an_independent_search():
    start = ((1, 1), (1, 5), (4, 4))
    layer, seen, steps = {start}, {start}, 0
    won = None
    while layer:
        steps += 1
        after = set()
        for state in layer:
            for act_a in range(5):
                for act_b in range(5):
                    to = slow(*state, act_a, act_b)[:3]
                    if to[2] == (4, 1):
                        won = won or steps
                    elif to not in seen:
                        seen.add(to)
                        after.add(to)
        layer = after
    assert won == BEST
    mdp = Teamwork().to_mdp()
    best = mdp.solve()
    np.testing.assert_allclose(best.value, 0.99 ** (BEST - 1), rtol=1e-10)
    first = int(np.flatnonzero(mdp.initial)[0])
    reached, layer = {first}, {first}
    onward = mdp.P.indices.reshape(mdp.num_states, 25)
    while layer:
        layer = {int(s) for k in layer if not mdp.terminal[k] for s in onward[k]} - reached
        reached |= layer
    assert len([s for s in reached if not mdp.terminal[s]]) == len(seen)


def test_neither_agent_alone_can_finish():
    mdp = Teamwork().to_mdp()
    actions = np.arange(25)
    for frozen in (actions % 5 == 4, actions // 5 == 4):  # b stands still; a stands still
        kept = np.flatnonzero(frozen)
        rows = (np.arange(mdp.num_states)[:, None] * 25 + kept).ravel()
        alone = TabularMDP(mdp.P[rows], mdp.R[:, kept], gamma=0.99, initial=mdp.initial, terminal=mdp.terminal)
        assert alone.num_actions == 5
        assert alone.solve().value == 0.0
        assert alone.R.max() == 0.0  # not even from the very last position: to carry takes two
    assert mdp.solve().value > 0.8


def test_neither_agent_can_leave_its_room_alone():
    for agent, room in (("a", {8, 9}), ("b", {11, 12})):
        env = WorldEnv(Teamwork())
        env.reset(seed=0)
        rng = np.random.default_rng(0)
        seen = set()
        for _ in range(300):
            action = np.array([4, 4])
            action["ab".index(agent)] = rng.integers(5)
            env.step(action)
            seen.add(int(env._rows.state[agent][0]))
        assert seen == room


def test_the_best_policy_earns_the_optimal_return_and_the_card_says_so():
    rules = Teamwork(observation="index")
    mdp, card = rules.to_mdp(), rules.card()
    policy = mdp.solve().policy
    env = WorldEnv(rules)
    obs, _ = env.reset(seed=0)
    total, steps, terminated, lifts = 0.0, 0, False, 0
    while not terminated:
        obs, reward, terminated, _, info = env.step(np.array(divmod(int(policy[obs]), 5)))
        total, steps, lifts = total + reward, steps + 1, lifts + info["carried"]
    assert (total, steps, lifts) == (card.optimal_return, BEST, 3)
    assert 0 < card.random_return < 1e-3  # sparse indeed
    V = np.zeros(mdp.num_states)
    for _ in range(200):
        V = (mdp.R + mdp.expect(V)).mean(1)
    np.testing.assert_allclose(card.random_return, mdp.initial @ V, rtol=1e-12)


def test_planes_show_the_index_and_torch_steps_as_numpy_does():
    envs = [
        WorldVectorEnv(Teamwork(observation=view), 6, device=device)
        for view, device in (("index", None), ("planes", None), ("planes", "cpu"))
    ]
    shown = [e.reset(seed=2)[0] for e in envs]
    rng = np.random.default_rng(0)
    opened = 0
    for _ in range(80):
        index, planes, tensors = shown
        np.testing.assert_array_equal(planes, tensors.numpy())
        assert planes.dtype == tensors.numpy().dtype == np.int8
        for i in range(6):
            a, b, crate = CELLS[index[i] // 256], CELLS[index[i] // 16 % 16], CELLS[index[i] % 16]
            assert [np.argwhere(planes[i, k]).tolist() for k in (5, 6, 4)] == [[list(x)] for x in (a, b, crate)]
            pressed = {MAP[r][c] for r, c in (a, b, crate)}
            shut = [p for p, letter in (((2, 5), "p"), ((2, 2), "q")) if letter not in pressed]
            assert sorted(map(tuple, np.argwhere(planes[i, 1]).tolist())) == sorted(shut)
            opened += len(shut) < 2
        action = rng.integers(0, 5, (6, 2))
        steps = [e.step(action if e.device is None else torch.as_tensor(action)) for e in envs]
        np.testing.assert_array_equal(steps[0][1], steps[2][1].numpy())
        shown = [s[0] for s in steps]
    assert opened > 20


def test_pictures_and_text_show_open_doors():
    rules = Teamwork()
    shut = {"a": np.array([8]), "b": np.array([12]), "crate": np.array([32])}
    open_ = {**shut, "a": np.array([9])}
    assert rules.text(shut, 0) == "\n".join(MAP)
    assert rules.text(open_, 0).split("\n")[1:3] == ["#.a#.b#", "##Q##/#"]
    door = [(rules.draw(s, 0)[96:144, 240:288] == (196, 140, 40)).all(-1).sum() for s in (shut, open_)]
    assert door[0] > 500 and door[1] == 0


def test_a_map_that_is_too_large_has_no_table():
    wide = "\n".join(["#" * 20, "#abxg" + "." * 14 + "#", "#" + "." * 18 + "#", "#" + "." * 18 + "#", "#" * 20])
    rules = Teamwork(layout=wide)
    assert rules.card().optimal_return is None
    with pytest.raises(BadOption, match="157464 states"):
        rules.to_mdp()


@pytest.mark.parametrize(
    "fields", [{"observation": "x"}, {"layout": "abx"}, {"layout": "abxgP"}, {"layout": "abxg\n..p"}]
)
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match="Teamwork"):
        Teamwork(**fields)
