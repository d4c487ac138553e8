"""Counting out: transitions and rewards against played ones by chi-square, the law of what comes back, costs."""

import numpy as np
import pytest
from scipy.stats import chi2

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.grid_world import GridWorld
from rewardlab.envs.gridworlds.tables.grid_exact import losable, returning

MAP = "S.1\n.#a\nb.c"
THINGS = [
    {"reward": 1.0, "terminate": 0.3, "respawn": 0.2},
    {"reward": -0.5, "terminate": 0.0, "respawn": 0.6},
    {"reward": 2.0, "terminate": 1.0},
]
ALL = {"layout": MAP, "objects": THINGS, "weights": [0.0, -0.25], "step_reward": -0.1, "slip": 0.3, "stay": True}
ALL |= {"fast": 0.05, "teleport": 0.1}


def played(rules, samples, seed=0):
    """Counts [S, A, S] and mean rewards [S, A] of single steps from every state, and where they may begin."""
    mdp = rules.to_mdp()
    S, A = mdp.num_states, mdp.num_actions
    cells, lost = rules.height * rules.width, losable(rules.table)
    state = np.repeat(np.arange(S - 1), A * samples)
    action = np.tile(np.repeat(np.arange(A), samples), S - 1)
    place, cell = np.divmod(state, cells)
    level, presence = np.divmod(place, 2 ** len(lost))
    present = np.ones((len(state), rules.table.place.shape[1]), dtype=bool)
    present[:, lost] = (presence[:, None] >> np.arange(len(lost))) & 1
    rng = Streams(np.arange(len(state)) + seed * 10**9)
    rng.begin(slice(None))
    rows = {"cell": cell, "level": level, "present": present, "attempt": np.zeros_like(cell)}
    after, reward, over, _ = rules.move(rows, action, rng)
    bits = (after["present"][:, lost] * 2 ** np.arange(len(lost))).sum(1)
    index = np.where(over, S - 1, (after["level"] * 2 ** len(lost) + bits) * cells + after["cell"])
    counts = np.zeros((S * A, S))
    np.add.at(counts, (state * A + action, index), 1)
    pay = np.bincount(state * A + action, reward, S * A) / samples
    return mdp, counts, pay.reshape(S, A), ~mdp.terminal


def distance(mdp, counts, live, samples):
    """The p-value of all rows together, and whether anything impossible was seen."""
    rows = np.repeat(live, mdp.num_actions)
    P, seen = mdp.P.toarray()[rows], counts[rows]
    impossible = (seen > 0) & (P == 0)
    expected = P * samples
    few = (expected > 0) & (expected < 5)  # cells too small for chi-square are left to the others of their row
    terms = np.where((expected > 0) & ~few, (seen - expected) ** 2 / np.maximum(expected, 1e-9), 0.0)
    freedom = np.maximum(((expected > 0) & ~few).sum(1) - (~few.any(1)), 0)
    return chi2.sf(terms.sum(), freedom.sum()), impossible.any()


def test_played_steps_have_the_law_of_the_table():
    rules, samples = GridWorld(**ALL), 1500
    mdp, counts, pay, live = played(rules, samples)
    assert mdp.num_states == 9 * 4 + 1  # two objects can be lost
    p, impossible = distance(mdp, counts, live, samples)
    assert not impossible
    assert p > 1e-3
    np.testing.assert_allclose(pay[live], mdp.R[live], atol=5 * 1.6 / np.sqrt(samples))
    assert np.abs(pay - mdp.R)[live].mean() < 1.0 / np.sqrt(samples)


@pytest.mark.parametrize(
    "change",
    [
        {"slip": 0.27},
        {"teleport": 0.08},
        {"objects": [THINGS[0] | {"terminate": 0.4}, *THINGS[1:]]},
        {"objects": [THINGS[0], THINGS[1] | {"respawn": 0.55}, THINGS[2]]},
    ],
)
def test_another_law_is_told_apart(change):
    _, counts, _, live = played(GridWorld(**ALL | change), 1500)
    assert distance(GridWorld(**ALL).to_mdp(), counts, live, 1500)[0] < 1e-6


def test_many_levels_make_one_process_of_which_each_is_a_part():
    rules = GridWorld(layout="open", size=3, objects=[{"terminate": 0.5, "respawn": 0.1}], slip=0.2, step_reward=-1.0)
    whole = rules.to_mdp()
    assert (rules.num_levels, whole.num_states) == (9, 9 * 2 * 9 + 1)
    parts = [rules.to_mdp(level=k) for k in range(9)]
    np.testing.assert_allclose(whole.solve().value, np.mean([m.solve().value for m in parts]), atol=1e-9)
    for k, part in enumerate(parts):
        np.testing.assert_allclose(whole.solve().V[k * 18 : k * 18 + 18], part.solve().V[:-1], atol=1e-9)
    mdp, counts, _, live = played(rules, 200)
    p, impossible = distance(mdp, counts, live, 200)
    assert p > 1e-3 and not impossible


def test_what_is_gone_comes_back_by_its_own_law():
    rules = GridWorld(**ALL)
    law = returning(rules.table)[0]  # [4, 4], bit 0 for object 0, bit 1 for object 1
    np.testing.assert_allclose(law[0], [0.8 * 0.4, 0.2 * 0.4, 0.8 * 0.6, 0.2 * 0.6])
    np.testing.assert_allclose(law[1], [0, 0.4, 0, 0.6])
    np.testing.assert_allclose(law[3], [0, 0, 0, 1])
    assert losable(rules.table).tolist() == [0, 1]


def test_costs_times_occupancy_are_played_costs():
    rules = GridWorld(**ALL, costs={"lava": 1, "floor": 0})
    mdp, costs = rules.to_mdp(), rules.to_costs()
    S, A = mdp.num_states, mdp.num_actions
    visits = mdp.occupancy(np.full((S, A), 1.0 / A))
    expected = {name: (visits * cost).sum() for name, cost in costs.items()}
    assert expected["lava"] + expected["floor"] == pytest.approx(visits.sum(), abs=1e-9)
    assert expected["noise"] == pytest.approx(visits[:, 5:].sum(), abs=1e-9)
    n = 4000
    rng = Streams(np.arange(n))
    rng.begin(slice(None))
    state, over = rules.start(n, rng), np.zeros(n, dtype=bool)
    totals = {name: np.zeros(n) for name in costs}
    act = np.random.default_rng(0)
    while not over.all():
        state, _, ends, info = rules.move(state, act.integers(0, A, n), rng)
        for name in totals:
            totals[name] += np.where(over, 0.0, info[name])
        over |= ends
    for name, total in totals.items():
        assert abs(total.mean() - expected[name]) < 4.5 * total.std() / np.sqrt(n), name


def test_worlds_without_an_end_have_no_such_state():
    rules = GridWorld(layout="room", size=3, objects=[{"terminate": 0.0, "respawn": 1.0}], hidden=True, stay=True)
    mdp = rules.to_mdp()
    assert (mdp.num_states, mdp.gamma, mdp.terminal.any()) == (8 * 9, 0.99, False)
    assert rules.to_costs() == {}
    cornered = [level for level in range(8) if rules.table.place[level, 0] == 0]
    # From the middle to the corner takes two steps, the second of which pays, and so does each after it.
    assert rules.to_mdp(level=cornered[0]).solve().value == pytest.approx(0.99 / 0.01, abs=1e-6)


def test_too_much_to_count_is_refused():
    fruit = [{"terminate": 0.0, "respawn": 0.1}] * 6
    rules = GridWorld(layout="open", size=9, levels=50, objects=fruit)
    with pytest.raises(BadOption, match="branches"):
        rules.to_mdp()
    with pytest.raises(BadOption, match="level=50"):
        rules.to_mdp(level=50)
    assert rules.to_mdp(level=49).num_states == 81 * 64
