"""Games of several players against sums over all joint actions, known games, and small equilibria by hand."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.game import (
    best_responses,
    check_payoffs,
    check_preferences,
    coarse_distance,
    coarse_gains,
    coarse_gap,
    deviations,
    expected_pay,
    exploitability,
)
from rewardlab.core.saddle import duality_gap, nash

DILEMMA = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])  # 0 cooperates, 1 defects
CHICKEN = np.array([[[6.0, 2.0], [7.0, 0.0]], [[6.0, 7.0], [2.0, 0.0]]])
SHAPLEY = np.stack([np.eye(3), np.roll(np.eye(3), 1, axis=1)])  # fictitious play circles in it


def slow_deviations(u, mixes):
    found = [np.zeros(n) for n in u.shape[1:]]
    for joint in itertools.product(*map(range, u.shape[1:])):
        for p in range(len(u)):
            chance = np.prod([mixes[k][b] for k, b in enumerate(joint) if k != p])
            found[p][joint[p]] += chance * u[(p, *joint)]
    return found


def slow_gain(u, q, p, action):
    gain = 0.0
    for joint in itertools.product(*map(range, u.shape[1:])):
        swapped = (*joint[:p], action, *joint[p + 1 :])
        gain += q[joint] * (u[(p, *swapped)] - u[(p, *joint)])
    return gain


@pytest.mark.parametrize("sizes", [(2, 3), (4, 1), (2, 3, 2), (2, 2, 3, 2)])
def test_sums_are_those_over_all_joint_actions(sizes):
    rng = np.random.default_rng(len(sizes))
    u = rng.normal(size=(len(sizes), *sizes))
    mixes = [rng.dirichlet(np.ones(n)) for n in sizes]
    slow = slow_deviations(u, mixes)
    for a, b in zip(deviations(u, mixes), slow, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    pay = [s @ x for s, x in zip(slow, mixes, strict=True)]
    np.testing.assert_allclose(expected_pay(u, mixes), pay, atol=1e-12)
    np.testing.assert_allclose(exploitability(u, mixes), sum(s.max() - v for s, v in zip(slow, pay, strict=True)))
    q = rng.dirichlet(np.ones(np.prod(sizes))).reshape(sizes)
    gains = coarse_gains(u, q)
    for p, n in enumerate(sizes):
        np.testing.assert_allclose(gains[p], [slow_gain(u, q, p, a) for a in range(n)], atol=1e-12)
    assert coarse_gap(u, q) == max(0.0, *(g.max() for g in gains))


def test_zero_sum_exploitability_is_the_duality_gap():
    rng = np.random.default_rng(0)
    a, x, y = rng.normal(size=(3, 4)), rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(4))
    np.testing.assert_allclose(exploitability(a, [x, y]), duality_gap(a, x, y), atol=1e-12)
    best = nash(a)
    assert exploitability(a, [best.row, best.column]) < 1e-9


def test_known_equilibria_and_their_best_responses():
    defect, third = [np.array([0.0, 1.0])] * 2, [np.full(3, 1 / 3)] * 2
    assert exploitability(DILEMMA, defect) == 0.0
    assert exploitability(DILEMMA, [1 - defect[0]] * 2) == 4.0
    assert [b.tolist() for b in best_responses(DILEMMA, defect)] == [[False, True]] * 2
    assert exploitability(SHAPLEY, third) < 1e-12
    assert all(b.all() for b in best_responses(SHAPLEY, third))
    mixed = [np.array([2 / 3, 1 / 3])] * 2
    assert exploitability(CHICKEN, mixed) < 1e-12
    # the column player dares 2/3: the row player gets 10/3 or 7/3, plays 2/3 : 1/3 and lacks 1/3
    np.testing.assert_allclose(exploitability(CHICKEN, [mixed[0], 1 - mixed[1]]), 1 / 3)


def test_a_traffic_light_is_a_coarse_equilibrium_and_no_product():
    light = np.array([[1.0, 1.0], [1.0, 0.0]]) / 3  # the classical correlated equilibrium of chicken
    assert coarse_gap(CHICKEN, light) == 0.0 and coarse_distance(CHICKEN, light) < 1e-12
    crash = np.array([[0.0, 0.0], [0.0, 1.0]])
    assert coarse_gap(CHICKEN, crash) == 2.0 and coarse_distance(CHICKEN, crash) > 0.1


@pytest.mark.parametrize("seed", range(4))
def test_the_distance_is_zero_on_equilibria_alone_and_convex_between(seed):
    """In the dilemma all mass must lie on mutual defection: the distance is the mass elsewhere. Elsewhere, mixing a
    coarse equilibrium with anything moves the distance on a convex curve from 0 to that of the other."""
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.ones(4)).reshape(2, 2)
    np.testing.assert_allclose(coarse_distance(DILEMMA, q), 1.0 - q[1, 1], atol=1e-9)
    u = rng.normal(size=(2, 3, 3))
    u[1] = -u[0]
    best = nash(u[0])
    inner, outer = np.outer(best.row, best.column), rng.dirichlet(np.ones(9)).reshape(3, 3)
    assert coarse_distance(u, inner) < 1e-7
    whole = coarse_distance(u, outer)
    assert whole > 1e-3 or coarse_gap(u, outer) < 1e-2
    assert coarse_distance(u, (inner + outer) / 2) <= whole / 2 + 1e-7
    # moving a share d of the play changes no gain by more than 2 d times the range of the pay
    assert coarse_gap(u, outer) <= 2 * np.ptp(u) * whole + 1e-9


def test_a_matrix_is_a_zero_sum_game():
    a = np.array([[1.0, -2.0], [0.0, 3.0]])
    np.testing.assert_array_equal(check_payoffs(a), np.stack([a, -a]))
    assert check_payoffs([[0.0]]).tolist() == [[[0.0]], [[0.0]]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: check_payoffs(np.zeros((3, 2, 2))), "shape \\(3, 2, 2\\)"),
        (lambda: check_payoffs(np.zeros((2, 0, 2))), "shape"),
        (lambda: check_payoffs([[1.0, np.inf]]), "not finite"),
        (lambda: check_payoffs([[1.0], [2.0, 3.0]]), "type list"),
        (lambda: check_preferences([[0.5, 0.7], [0.4, 0.5]]), "off by 0.1"),
        (lambda: check_preferences([[0.5, 1.2], [-0.2, 0.5]]), "-0.2..1.2"),
        (lambda: check_preferences([[0.5, np.nan], [0.5, 0.5]]), "off by nan"),
        (lambda: coarse_gains(DILEMMA, np.full((2, 3), 1 / 6)), "joint play of shape"),
        (lambda: coarse_distance(DILEMMA, np.full((2, 2), 0.3)), "sum 1"),
    ],
)
def test_mistakes_are_named(call, words):
    with pytest.raises(BadOption, match=words):
        call()
