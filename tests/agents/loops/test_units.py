"""Tables read from observations against the state of the battle, and legal actions against the rules'."""

import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.agents.loops.units import STEPS, Field, legal, living, read, sizes
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.core.rng import Streams
from rewardlab.envs.games import GridSkirmish, grid
from rewardlab.envs.games.grid_skirmish import DAMAGE, HEALTH, REACH


@pytest.mark.parametrize("options", [{}, {"team": 2, "enemies": 4, "radius": 4, "hops": 1, "side": 9}])
def test_a_table_says_what_the_unit_knows_and_may_do(options):
    rules, n = GridSkirmish(**options), 30
    field = Field(rules.team, rules.enemies, rules.side)
    streams = Streams(range(n))
    streams.begin(slice(None))
    state, rng, dead, stale = rules.start(n, streams), np.random.default_rng(0), 0, 0
    for _ in range(40):
        table = read(rules.look(state), field)
        lives = state["health"][:, : rules.team].reshape(-1) > 0
        np.testing.assert_array_equal(table.alive, lives)
        np.testing.assert_array_equal(legal(table, field), rules.available(state).reshape(-1, 5 + rules.enemies))
        time = state["time"].reshape(-1, rules.units)
        np.testing.assert_array_equal(table.known, time >= 0)
        facts = state["facts"].reshape(-1, rules.units, 2)
        known, now = table.known, np.repeat(state["step"], rules.team)[:, None]
        np.testing.assert_array_equal(table.age[known], (now - time)[known])
        np.testing.assert_array_equal(table.health[known], facts[..., 1][known])
        kind = np.broadcast_to(np.repeat(state["kind"], rules.team, axis=0), known.shape)
        np.testing.assert_array_equal(table.kind[known], kind[known])
        there = rules._place[facts[..., 0]]
        np.testing.assert_array_equal(table.place, rules._place[state["cell"][:, : rules.team].reshape(-1)])
        np.testing.assert_array_equal((table.place[:, None] + table.away)[known], there[known])
        ally, foe = living(table, field)
        whole = np.concatenate([ally, foe], axis=1)
        expected = known & (facts[..., 1] > 0)
        expected[np.arange(len(known)), table.me] = False
        np.testing.assert_array_equal(whole, expected)
        dead, stale = dead + (~lives).sum(), stale + (table.age[known] > 0).sum()
        own = np.where(rng.random((n, rules.team)) < 0.5, rules.script(state, own=True), rng.integers(0, 6))
        state = rules.move(state, own, streams)[0]
    assert dead > 50 and stale > 200


def test_the_numbers_of_the_field_are_those_of_the_battle():
    field = Field(3, 3)
    assert (list(field.health), list(field.damage), list(field.reach)) == (list(HEALTH), list(DAMAGE), list(REACH))
    assert STEPS.tolist() == [list(s) for s in grid.STEPS] and field.actions == 8
    rules = GridSkirmish(team=2, enemies=5)
    assert sizes(rules.observation_space, rules.action_space, where="here") == (2, 5)


def test_one_that_sees_less_far_than_it_shoots_attacks_whom_it_sees():
    rules, n = GridSkirmish(radius=1, hops=0), 50
    streams = Streams(range(n))
    streams.begin(slice(None))
    state, fewer = rules.start(n, streams), 0
    for _ in range(20):
        may, can = legal(read(rules.look(state), Field(3, 3)), Field(3, 3)), rules.available(state).reshape(-1, 8)
        assert (can | ~may).all()
        fewer += (can & ~may).sum()
        state = rules.move(state, rules.script(state, own=True), streams)[0]
    assert fewer > 0


@pytest.mark.parametrize(
    ("change", "word"),
    [({"team": 0}, "team=0"), ({"side": 1}, "side=1"), ({"reach": (1, 0)}, "reach"), ({"health": (3,)}, "health")],
)
def test_a_field_that_cannot_be_is_named(change, word):
    with pytest.raises(BadOption, match=word):
        Field(**{"team": 3, "enemies": 3, **change})


@pytest.mark.parametrize(
    ("obs", "act"),
    [
        (spaces.Box(-1, 1, (3, 38)), spaces.Discrete(4)),
        (spaces.Box(-1, 1, (3, 37)), spaces.MultiDiscrete([8] * 3)),
        (spaces.Discrete(3), spaces.MultiDiscrete([8] * 3)),
        (spaces.Box(-1, 1, (3, 38)), spaces.MultiDiscrete([8, 8, 7])),
        (spaces.Box(-1, 1, (3, 20)), spaces.MultiDiscrete([5] * 3)),
    ],
)
def test_spaces_of_no_battle_are_named(obs, act):
    with pytest.raises(BadSpace, match="GridSkirmish"):
        sizes(obs, act, where="here")
