"""Cycles that pay: Karp's recursion and enumeration as the truth, loops made on purpose, and their healthy twins."""

import itertools

import numpy as np
import pytest
from table_rewards import GAMMA, world

from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import reachable
from rewardlab.rewards.metrics.cycles import best_cycle, paying_cycle


def graph(seed, states=9, actions=3, terminal=0):
    """A deterministic process with random targets and rewards."""
    rng = np.random.default_rng(seed)
    P = np.zeros((states, actions, states))
    P[np.arange(states)[:, None], np.arange(actions), rng.integers(states, size=(states, actions))] = 1
    ends = np.arange(states) >= states - terminal
    return TabularMDP(P, rng.normal(size=(states, actions)), gamma=GAMMA, terminal=ends)


def karp(mdp):
    """The largest mean of a cycle that can be reached, by Karp's recursion."""
    S = mdp.num_states
    use = np.flatnonzero(reachable(mdp) & ~mdp.terminal)
    weight = np.full((S, S), -np.inf)
    for s, a in itertools.product(use, range(mdp.num_actions)):
        t = mdp.P.indices[mdp.P.indptr[s * mdp.num_actions + a]]
        if not mdp.terminal[t]:
            weight[s, t] = max(weight[s, t], mdp.R[s, a])
    best = np.full((S + 1, S), -np.inf)
    best[0, use] = 0.0  # begun anywhere
    for k in range(S):
        best[k + 1] = (best[k][:, None] + weight).max(0)
    ends = np.flatnonzero(np.isfinite(best[S]))
    if not len(ends):
        return None
    with np.errstate(invalid="ignore"):
        means = (best[S] - best[:S]) / (S - np.arange(S))[:, None]
    return max(np.where(np.isfinite(best[:S, v]), means[:, v], np.inf).min() for v in ends)


@pytest.mark.parametrize("terminal", [0, 3])
def test_in_deterministic_processes_it_is_karps(terminal):
    for seed in range(30):
        mdp = graph(seed, terminal=terminal)
        found, truth = best_cycle(mdp), karp(mdp)
        assert (found is None) == (truth is None)
        if found is None:
            continue
        assert found.gain == pytest.approx(truth, abs=1e-10)
        # And the states named are that cycle.
        for i, (s, a) in enumerate(zip(found.states, found.actions, strict=True)):
            row = s * mdp.num_actions + a
            assert mdp.P.indices[mdp.P.indptr[row]] == found.states[(i + 1) % len(found.states)]
        assert np.mean([mdp.R[s, a] for s, a in zip(found.states, found.actions, strict=True)]) == pytest.approx(truth)
        assert reachable(mdp)[list(found.states)].all()
        assert (paying_cycle(mdp) is None) == (truth <= 0)


def test_in_random_processes_it_is_the_best_gain_of_all_policies():
    for seed in range(5):
        mdp = world(seed, states=5)
        gains = []
        for p in itertools.product(range(3), repeat=5):
            P = mdp.P.toarray().reshape(5, 3, 5)[np.arange(5), p]
            r = mdp.R[np.arange(5), p]
            long = np.linalg.matrix_power(0.5 * np.eye(5) + 0.5 * P, 2**20)  # half a step: no periods
            gains.append((long @ r)[0])
        assert best_cycle(mdp).gain == pytest.approx(max(gains), abs=1e-8)


def corridor(bonus):
    """Five cells, the last one ends and pays 1; `bonus` is paid for each step that arrives in cell 2."""
    P, R = np.zeros((5, 2, 5)), np.zeros((5, 2, 5))
    for s in range(5):
        P[s, 0, max(s - 1, 0)] = P[s, 1, min(s + 1, 4)] = 1
    R[3, 1, 4] = 1.0
    R[:, :, 2] += bonus
    return TabularMDP(P, R, gamma=GAMMA, initial=0, terminal=np.arange(5) == 4)


def test_a_loop_that_pays_is_named_and_its_healthy_twin_is_not():
    found = paying_cycle(corridor(0.5))
    assert found.gain == pytest.approx(0.25) and set(found.states) in ({1, 2}, {2, 3}) and len(found.states) == 2
    assert paying_cycle(corridor(0.0)) is None and paying_cycle(corridor(-0.5)) is None
    assert best_cycle(corridor(-0.5)).gain == pytest.approx(0.0)  # standing at the wall
    phi = np.array([0.0, 1.0, 2.0, 3.0, 0.0])  # a potential that is not negative: every loop costs
    mdp = corridor(0.0)
    shaped = mdp.with_reward(mdp.dense()[1] + GAMMA * phi - phi[:, None, None])
    assert paying_cycle(shaped) is None
    assert paying_cycle(mdp.with_reward(mdp.dense()[1] + phi)) is not None  # paid for being there, not for coming


def test_a_negative_potential_pays_for_waiting_although_it_is_harmless():
    mdp, phi = corridor(0.0), np.array([-4.0, -3.0, -2.0, -1.0, 0.0])
    shaped = mdp.with_reward(mdp.dense()[1] + GAMMA * phi - phi[:, None, None])
    found = paying_cycle(shaped)
    assert found.gain == pytest.approx((1 - GAMMA) * 4.0) and found.states == (0,)
    np.testing.assert_array_equal(shaped.solve().policy[:4], mdp.solve().policy[:4])


def test_no_cycle_where_all_episodes_end_or_none_can_be_reached():
    P = np.zeros((3, 1, 3))
    P[0, 0, 1], P[1, 0, 2] = 1, 1
    P[2, 0, 2] = 1
    assert best_cycle(TabularMDP(P, np.ones((3, 1)), gamma=GAMMA, terminal=np.array([False, False, True]))) is None
    P = np.zeros((4, 1, 4))
    P[0, 0, 3], P[1, 0, 1], P[2, 0, 1], P[3, 0, 3] = 1, 1, 1, 1
    far = TabularMDP(P, np.array([[0.0], [9.0], [0.0], [0.0]]), gamma=GAMMA, terminal=np.arange(4) == 3)
    assert best_cycle(far) is None  # the loop of state 1 pays, but nobody comes there


def test_sizes_do_not_matter_and_the_discount_does_not_count():
    for size in (1e-6, 1e6):
        big = graph(1).with_reward(size * graph(1).R)
        assert best_cycle(big).gain == pytest.approx(size * best_cycle(graph(1)).gain, rel=1e-9)
    assert best_cycle(graph(1).with_gamma(None)) == best_cycle(graph(1).with_gamma(0.1))
