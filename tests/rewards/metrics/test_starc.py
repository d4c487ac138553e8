"""STARC: what must not count, what must, and what it says about regret beside EPIC and DARD."""

import itertools
import sys

import numpy as np
import pytest
from table_rewards import GAMMA, policies, redistribution, reward, shaping, world

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards.metrics.dard import dard
from rewardlab.rewards.metrics.epic import epic
from rewardlab.rewards.metrics.rank_correlation import rank_correlation
from rewardlab.rewards.metrics.regret import worst_regret
from rewardlab.rewards.metrics.starc import l2, levelled, minimal, return_range, standardised, starc, transition_l2

FORMS = [(levelled, l2), (levelled, return_range), (minimal, transition_l2), (minimal, return_range)]
forms = pytest.mark.parametrize(("canonical", "norm"), FORMS)


@forms
@pytest.mark.parametrize("terminal", [0, 2])
def test_what_orders_policies_alike_has_no_distance_and_the_opposite_has_1(canonical, norm, terminal):
    for seed in range(10):
        mdp = world(seed, terminal=terminal)
        R = reward(mdp, seed)
        same = (0.2 + seed) * R + shaping(mdp, seed) + redistribution(mdp, seed)
        assert starc(mdp, R, same, canonical=canonical, norm=norm) < 1e-12
        opposite = shaping(mdp, seed + 1) - 3 * R
        assert starc(mdp, R, opposite, canonical=canonical, norm=norm) == pytest.approx(1.0, abs=1e-12)


@forms
def test_rewards_that_tell_nothing_apart_are_one_point(canonical, norm):
    mdp = world(3, terminal=1)
    R, nothing = reward(mdp, 3), np.zeros((mdp.num_states, mdp.num_actions))
    trivial = 1e6 * (shaping(mdp, 3) + redistribution(mdp, 3))
    assert starc(mdp, nothing, trivial, canonical=canonical, norm=norm) == 0.0
    assert starc(mdp, trivial, R, canonical=canonical, norm=norm) == pytest.approx(0.5, abs=1e-12)
    never_ends = world(3)  # there a constant tells nothing apart either
    assert starc(never_ends, nothing, nothing + 7.0, canonical=canonical, norm=norm) == 0.0


@forms
def test_it_is_a_pseudometric_in_0_to_1(canonical, norm):
    mdp = world(5, terminal=1)
    some = [reward(mdp, k) for k in range(6)] + [np.zeros_like(reward(mdp, 0)), shaping(mdp, 1)]
    d = np.array([[starc(mdp, a, b, canonical=canonical, norm=norm) for b in some] for a in some])
    assert ((d >= 0) & (d <= 1)).all() and np.diag(d).max() == 0.0
    np.testing.assert_allclose(d, d.T, atol=1e-14)
    for a, b, c in itertools.permutations(range(len(some)), 3):
        assert d[a, c] <= d[a, b] + d[b, c] + 1e-12


def test_it_is_0_exactly_where_sampled_policies_are_ordered_alike():
    for seed in range(10):
        mdp = world(seed, terminal=seed % 2)
        R, tried = reward(mdp, seed), policies(mdp, 40, seed)
        same = 2 * R + shaping(mdp, seed) + redistribution(mdp, seed)
        other = R + 0.5 * reward(mdp, seed + 99)
        assert rank_correlation(mdp, R, same, policies=tried).kendall == 1.0 and starc(mdp, R, same) < 1e-12
        assert rank_correlation(mdp, R, other, policies=tried).kendall < 1.0 and starc(mdp, R, other) > 1e-2


@pytest.mark.parametrize("seed", range(5))
def test_minimal_is_the_shortest_table_of_the_whole_class_by_brute_force(seed):
    mdp = world(seed, states=5, actions=2)
    R, S, A = reward(mdp, seed), 5, 2
    P = mdp.P.toarray().reshape(S, A, S)
    moves = [(GAMMA * np.eye(S)[k] - np.eye(S)[k][:, None, None]) * np.ones((S, A, S)) for k in range(S)]
    for s, a in itertools.product(range(S), range(A)):  # a basis of what only the successor decides
        p = P[s, a] / np.linalg.norm(P[s, a])
        for direction in np.linalg.svd(p[None])[2][1:]:
            z = np.zeros((S, A, S))
            z[s, a] = direction
            moves.append(z)
    basis = np.stack([m.ravel() for m in moves], axis=1)
    shortest = (R.ravel() - basis @ np.linalg.lstsq(basis, R.ravel(), rcond=None)[0]).reshape(S, A, S)
    found = minimal(mdp, R)
    np.testing.assert_allclose(found, (P * shortest).sum(2), atol=1e-12)
    assert transition_l2(mdp, found) == pytest.approx(np.linalg.norm(shortest), abs=1e-12)


def test_large_processes_are_solved_by_another_way_to_the_same_end(monkeypatch):
    mdp = world(6, states=20, terminal=2)
    R = reward(mdp, 6)
    dense = minimal(mdp, R)
    # by its full name: the package shows the function of this name, not the module
    monkeypatch.setattr(sys.modules["rewardlab.rewards.metrics.starc"], "_DENSE", 0)
    np.testing.assert_allclose(minimal(mdp, R), dense, atol=1e-10)
    assert starc(mdp, R, 2 * R + shaping(mdp, 6), canonical=minimal, norm=transition_l2) < 1e-9


def test_a_bandit_by_hand():
    P = np.ones((1, 2, 1))
    mdp = TabularMDP(P, np.zeros((1, 2)), gamma=0.5)
    # advantages of (1, 0) are (1/2, -1/2): one direction, so that only the sign of r(0) - r(1) counts
    assert starc(mdp, np.array([[1.0, 0.0]]), np.array([[5.0, 4.9]])) < 1e-12
    assert starc(mdp, np.array([[1.0, 0.0]]), np.array([[0.0, 0.1]])) == pytest.approx(1.0)
    np.testing.assert_allclose(standardised(mdp, np.array([[3.0, 1.0]])), [[0.5**0.5, -(0.5**0.5)]])


def test_unreachable_states_do_not_count():
    P = np.zeros((3, 2, 3))
    P[0, :, 0], P[1, 0, 1], P[1, 1, 2], P[2, :, 1] = 1, 1, 1, 1  # nobody comes to 1 and 2 from 0
    mdp = TabularMDP(P, np.zeros((3, 2)), gamma=GAMMA)
    first, second = np.array([[1.0, 0], [1, 0], [0, 3]]), np.array([[2.0, 0], [0, 9], [5, 0]])
    for canonical, norm in FORMS:
        assert starc(mdp, first, second, canonical=canonical, norm=norm) < 1e-12


def test_large_numbers_and_bad_ones():
    mdp = world(1)
    R = 1e6 * reward(mdp, 1)
    assert starc(mdp, R, R + 1e6 * shaping(mdp, 1)) < 1e-12
    assert starc(mdp, R, R, gamma=0.99) == 0.0
    R[0, 0, np.argmax(mdp.P.toarray()[0])] = np.nan
    with pytest.raises(BadOption, match="finite"):
        starc(mdp, R, R)
    with pytest.raises(BadOption, match="discount"):
        starc(mdp.with_gamma(None), mdp.R, mdp.R)
    with pytest.raises(BadOption, match="shape"):
        starc(mdp, mdp.R, mdp.R[:2])


# -- beside the others -------------------------------------------------------------------------------------------------


def pairs():
    """100 random processes with a pair of rewards each: noise, scale, shaping, redistribution, flip, independent."""
    for i in range(100):
        rng = np.random.default_rng(i)
        S, A = int(rng.integers(5, 33)), int(rng.integers(2, 5))
        mdp = random_mdp(rng, states=S, actions=A, terminal=0, gamma=GAMMA)
        R, noise = reward(mdp, i), rng.uniform(0.05, 0.5) * rng.normal(size=(S, A, S))
        factor = 10 ** rng.uniform(-1, 1)
        kinds = (
            lambda R=R, e=noise: R + e,
            lambda R=R, c=factor: c * R,
            lambda R=R, e=noise, m=mdp, i=i: R + shaping(m, i) + e,
            lambda R=R, m=mdp, i=i: R + redistribution(m, i),
            lambda R=R, e=noise: e - R,
            lambda m=mdp, i=i: reward(m, i + 500),
        )
        yield i % 6, mdp, R, kinds[i % 6]()


def test_it_foretells_the_worst_regret_better_than_epic_and_dard():
    rows = np.array(
        [
            (kind, worst_regret(mdp.with_reward(R), other), *(d(mdp, R, other) for d in (starc, epic, dard)))
            for kind, mdp, R, other in pairs()
        ]
    )
    by = {name: np.corrcoef(rows[:, 1], rows[:, 2 + k])[0, 1] for k, name in enumerate(("starc", "epic", "dard"))}
    assert by["starc"] > 0.95 and by["starc"] > by["epic"] + 0.1 and by["starc"] > by["dard"] + 0.1
    # All of that lead comes from redistribution: no regret at all, and the others see a large distance. Without it the
    # three foretell alike.
    others = rows[rows[:, 0] != 3]
    assert np.ptp([np.corrcoef(others[:, 1], others[:, k])[0, 1] for k in (2, 3, 4)]) < 0.05
    blind = rows[rows[:, 0] == 3]
    assert blind[:, 1].max() < 1e-6 and blind[:, 2].max() < 1e-12 and blind[:, 3:].min() > 0.2


def test_epic_is_small_where_everything_is_lost():
    # They agree, loudly, on what cannot happen, and say the opposite, softly, of what can.
    mdp = world(0, states=10)
    possible = mdp.P.toarray().reshape(10, 3, 10) > 0
    loud, soft = np.where(possible, 0.0, reward(mdp, 0)), np.where(possible, 0.05 * reward(mdp, 1), 0.0)
    first, second = loud + soft, loud - soft
    assert epic(mdp, first, second) < 0.1
    assert worst_regret(mdp.with_reward(first), second) == pytest.approx(1.0, abs=1e-6)
    assert starc(mdp, first, second) == pytest.approx(1.0, abs=1e-12)
