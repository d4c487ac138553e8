"""Key chains: their levels, their shortest solutions by hand and by search, and play at random that fades with k."""

import functools

import numpy as np
import pytest
from grid_alike import rows_are_singles

from rewardlab.core.errors import BadOption
from rewardlab.core.testing import check_env
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.key_chain import KeyChain
from rewardlab.envs.gridworlds.search.enumerate_states import enumerate_states
from rewardlab.envs.gridworlds.search.planner import optimal_steps
from rewardlab.envs.gridworlds.search.shortest import shortest_solution
from rewardlab.envs.world import WorldEnv, WorldVectorEnv


@pytest.mark.parametrize("k", [0, 1, 2, 3, 6])
def test_each_key_lies_in_its_room_and_fits_the_door_of_that_room(k):
    rules = KeyChain(keys_in_chain=k, room=3)
    state = rules.first(*range(30))
    for grid, field in zip(rules.grids(state), state["field"], strict=True):
        kinds = grid & 15
        keys, doors = np.argwhere(kinds == codes.KEY), np.argwhere(kinds == codes.LOCKED)
        assert [x // 4 for x in keys[:, 0]] == list(range(k))
        assert doors[:, 0].tolist() == [4 * i + 4 for i in range(k)]
        colours = [grid[tuple(p)] >> 4 for p in keys]
        assert colours == [grid[tuple(p)] >> 4 for p in doors]
        assert len(set(colours)) == k
        assert np.argwhere(kinds == codes.GOAL)[0, 0] // 4 == k
        assert field[codes.X] // 4 == 0


def test_one_link_is_solved_as_fast_as_another_planner_says():
    rules = KeyChain(keys_in_chain=1)
    state = rules.first(*range(8))
    for i, grid in enumerate(codes.unpack(rules.grids(state))):
        field = state["field"][i]
        steps = optimal_steps(grid, (field[codes.X], field[codes.Y]), field[codes.HEADING])
        way = shortest_solution(rules, {k: v[i : i + 1] for k, v in state.items()})
        assert len(way) == steps


@pytest.mark.parametrize(("k", "room"), [(2, 3), (3, 2)])
def test_longer_chains_are_solved_with_one_drop_for_each_further_key(k, room):
    rules = KeyChain(keys_in_chain=k, room=room)
    env = WorldEnv(rules)
    for seed in range(3):
        way = shortest_solution(rules, rules.first(seed))
        assert [way.count(a) for a in (codes.PICKUP, codes.TOGGLE, codes.DROP)] == [k, k, k - 1]
        _, info = env.reset(seed=seed)
        progress = [info["progress"]]
        for t, action in enumerate(way, start=1):
            _, reward, ended, _, info = env.step(action)
            assert reward == (t == len(way)) == ended
            progress.append(info["progress"])
        assert progress == sorted(progress)
        np.testing.assert_allclose(sorted(set(progress)), np.arange(k + 2) / (k + 1))
        assert info["unlocked"] == k


def test_two_links_enumerated_give_the_same_optimum():
    rules = KeyChain(keys_in_chain=2, room=2)
    state = rules.first(1)
    found = enumerate_states(rules, state, gamma=0.9)
    steps = len(shortest_solution(rules, state))
    assert found.mdp.solve(horizon=steps).value == pytest.approx(0.9 ** (steps - 1), abs=1e-12)
    assert found.mdp.solve(horizon=steps - 1).value == 0.0


def test_play_at_random_fades_with_the_chain():
    shares, n = [], 6000
    for k in (1, 2, 3):
        envs = WorldVectorEnv(KeyChain(keys_in_chain=k, room=2), n, copy=False, columns=())
        envs.reset(seed=0)
        rng, won, running = np.random.default_rng(0), np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
        for _ in range(300):  # the same time for each
            _, reward, ended, _, _ = envs.step(rng.integers(0, 6, n))
            won |= running & (reward > 0)
            running &= ~ended
        shares.append(won.mean())
    assert shares[0] > 4 * shares[1] > 16 * shares[2], shares
    assert shares[0] > 0.05
    assert shares[1] > 0


def test_rows_are_singles_and_laws_hold():
    assert rows_are_singles(KeyChain(keys_in_chain=1, room=2)) >= 6
    assert check_env(functools.partial(WorldEnv, KeyChain), steps=40, processes=False)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="keys_in_chain=7"):
        KeyChain(keys_in_chain=7)
    with pytest.raises(BadOption, match="room=1"):
        KeyChain(room=1)
