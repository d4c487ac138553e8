"""Moving obstacles: their law against a slow reading of the rules, against steps of the kernel, and against play."""

import numpy as np
import pytest
from scipy.stats import chi2

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.minigrid import MiniGridTask
from rewardlab.envs.gridworlds.search.moving_obstacles import enumerate_obstacles

TASK = "MiniGrid-Dynamic-Obstacles-5x5-v0"
AHEAD = ((1, 0), (0, 1), (-1, 0), (0, -1))


@pytest.fixture(scope="module")
def room():
    """3 x 3 cells with 2 balls and with 3: rules, and what was counted out."""
    out = {}
    for balls in (2, 3):
        rules = MiniGridTask(task=TASK, options={"n_obstacles": balls})
        out[balls] = rules, rules.enumeration(0, gamma=0.95)
    return out


def read(state, i):
    """(x, y, heading, balls) of row i."""
    field = state["field"][i]
    return *map(int, field[: codes.HEADING + 1]), tuple(divmod(int(c), 5) for c in field[codes.FIELDS :])


def slow(situation, action):
    """The law of one step by hand: {situation or "end": probability}, and the pay where it ends."""
    x, y, heading, balls = situation
    floor = {(a, b) for a in (1, 2, 3) for b in (1, 2, 3)} - {(3, 3)}
    law = {balls: 1.0}
    for k in range(len(balls)):
        after = {}
        for placed, p in law.items():
            cx, cy = placed[k]
            near = {(cx + a, cy + b) for a in (-1, 0, 1) for b in (-1, 0, 1)} & floor
            free = near - set(placed) - {(x, y)}
            stay = (1 - len(free) / 9) ** 101
            for cell, q in [*((c, (1 - stay) / len(free)) for c in free), ((cx, cy), stay)]:
                new = (*placed[:k], cell, *placed[k + 1 :])
                after[new] = after.get(new, 0.0) + p * q
        law = after
    to = x + AHEAD[heading][0], y + AHEAD[heading][1]
    if action == codes.FORWARD and (to == (3, 3) or to not in floor or to in balls):
        return {"end": 1.0}, 1.0 if to == (3, 3) else -1.0
    if action == codes.FORWARD:
        return {(*((x, y) if to in b else to), heading, b): p for b, p in law.items()}, 0.0
    return {(x, y, (heading + (1 if action == codes.RIGHT else -1)) % 4, b): p for b, p in law.items()}, 0.0


@pytest.mark.parametrize(("balls", "count"), [(2, 8 * 4 * 7 * 6), (3, 8 * 4 * 7 * 6 * 5)])
def test_the_law_is_that_of_the_rules_in_words(room, balls, count):
    _, found = room[balls]
    mdp, end = found.mdp, found.mdp.num_states - 1
    assert end == count and mdp.terminal.tolist() == [False] * count + [True]
    names = [read(found.states, i) for i in range(count)] + ["end"]
    some = np.random.default_rng(0).choice(count, 60, replace=False).tolist()
    enclosed = [i for i in range(count) if {(1, 1), (1, 2), (2, 1), (2, 2)} <= {names[i][:2], *names[i][3]}]
    assert len(enclosed) == (0 if balls == 2 else 4 * 24)
    for i in some + enclosed:
        for action in range(3):
            law, pay = slow(names[i], action)
            row = mdp.P[[i * 3 + action]]
            told = {names[j]: p for j, p in zip(row.indices, row.data, strict=True)}
            assert told.keys() == {k for k, p in law.items() if p > 0} and mdp.R[i, action] == pay
            for key, p in told.items():
                assert p == pytest.approx(law[key], rel=1e-12)
    for i in enclosed:
        if names[i][3][0] == (1, 1):  # the ball that moves first has nowhere to go
            assert {names[j][3][0] for j in mdp.P[[i * 3]].indices} == {(1, 1)}


def at(rules, found, i, n):
    """n rows in situation i, each with a generator of its own."""
    rows = {k: v[[i] * n] for k, v in found.states.items()}
    return {**rows, "wide": rules.first(*range(n))["wide"]}


def statistic(row, found, ended, after, end):
    """Chi-square of where 20,000 steps led, rare cells in one; and its quantile of 99.99 %."""
    n = len(ended)
    to = np.full(n, end)
    if not ended.all():
        to[~ended] = found.index({k: v[~ended] for k, v in after.items()})
    expected = n * row
    counts = np.bincount(to, minlength=end + 1)
    common = expected >= 5
    pairs = [(counts[common], expected[common]), (counts[~common].sum(), max(expected[~common].sum(), 1e-9))]
    value = sum(float(np.sum((c - e) ** 2 / e)) for c, e in pairs)
    return value, chi2.ppf(0.9999, max(int(common.sum()), 1))


@pytest.mark.parametrize("balls", [2, 3])
def test_twenty_thousand_steps_of_the_kernel_follow_the_law(room, balls):
    """And not that of balls that move in the other order."""
    rules, found = room[balls]
    mdp, n, end = found.mdp, 20_000, found.mdp.num_states - 1
    dice, told_apart = np.random.default_rng(3), 0
    for i in dice.choice(end, 6, replace=False).tolist():
        action = int(dice.integers(3))
        state = at(rules, found, i, n)
        after, reward, ended, _ = rules.move(state, np.full(n, action), Streams(range(n)))
        assert (np.sign(reward) == mdp.R[i, action]).all()
        value, bound = statistic(mdp.P[[i * 3 + action]].toarray()[0], found, ended, after, end)
        assert value < bound
        if not ended.all():
            turned = {k: v.copy() for k, v in found.states.items()}
            turned["field"][:, codes.FIELDS :] = turned["field"][:, codes.FIELDS :][:, ::-1]
            other = np.append(found.index(turned), end)
            value, bound = statistic(mdp.P[[other[i] * 3 + action]].toarray()[0][other], found, ended, after, end)
            told_apart += value > bound
    assert told_apart >= 2


def test_the_optimal_value_is_what_the_greedy_policy_earns(room):
    rules, found = room[2]
    solved, n = found.mdp.solve(), 4000
    state = {k: v[[0] * n] for k, v in rules.first(0).items()}
    state["wide"] = rules.first(*range(n))["wide"]
    earned, rows, streams = np.zeros(n), np.arange(n), Streams(range(n))
    for t in range(400):
        action = solved.policy[found.index(state)]
        state, reward, ended, _ = rules.move(state, action, streams)
        earned[rows] += 0.95**t * np.sign(reward)
        rows, state = rows[~ended], {k: v[~ended] for k, v in state.items()}
        if not len(rows):
            break
        streams = Streams(rows)
    assert not len(rows)
    assert abs(earned.mean() - solved.value) < 4 * earned.std() / np.sqrt(n)  # four standard errors
    assert solved.value < 0.95**4  # of the shortest way: balls cost time


def test_situations_are_known_again_however_one_came_there(room):
    rules, found = room[3]
    state, dice, streams = rules.first(0, 1, 2, 3), np.random.default_rng(0), Streams(range(4))
    for _ in range(40):
        number = found.index(state)
        assert [read(found.states, int(i)) for i in number] == [read(state, r) for r in range(4)]
        after, _, ended, _ = rules.move(state, dice.integers(0, 3, 4), streams)
        state = {k: np.where(ended.reshape(-1, *[1] * (v.ndim - 1)), state[k], v) for k, v in after.items()}
    number = found.index(state)
    views = rules.table_observations(0)["image"]
    np.testing.assert_array_equal(views[number], rules.look(state)["image"])
    assert (rules.table_places(0)[number] == state["field"][:, [codes.Y, codes.X]]).all()


def test_starts_are_equally_likely_and_random_ones_too():
    rules = MiniGridTask(task="MiniGrid-Dynamic-Obstacles-Random-5x5-v0")
    mdp = enumerate_obstacles(rules, rules.first(0, 1, 2, 2)).mdp
    assert sorted(mdp.initial[mdp.initial > 0]) == [0.25, 0.25, 0.5] and mdp.num_states == 1345


def test_mistakes_are_named():
    for size, count in (("6x6", "131,040"), ("8x8", "155,823,360"), ("16x16", "1,352,082,209,690,103,091,200")):
        with pytest.raises(BadOption, match=f"{count} situations"):
            MiniGridTask(task=f"MiniGrid-Dynamic-Obstacles-{size}-v0").to_mdp()
    rules = MiniGridTask(task=TASK)
    with pytest.raises(BadOption, match="at most 1,000 ways"):
        enumerate_obstacles(rules, rules.first(0), most=1000)
    streams = Streams([0, 1])
    streams.begin(slice(None))
    levels, which = rules.deal(streams)
    levels.cells[which[1], np.flatnonzero(levels.cells[which[1]] == codes.EMPTY)[0]] = codes.GREY_WALL
    batch = rules.batch(2)
    batch.begin(np.arange(2), levels, which)
    with pytest.raises(BadOption, match="different rooms"):
        enumerate_obstacles(rules, {**batch.get_state(), "words": levels.words[which]})
