"""The scorecard: its identities, its density by hand, and two sources of a dense reward for one sparse task."""

import numpy as np
import pytest
from table_rewards import GAMMA, shaping, world

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.scorecard import density, samples_to, scorecard
from rewardlab.rewards.metrics.tables import uniform


def grid(side=5):
    """A square, begun in one corner; the other ends the episode and pays 1."""
    S = side * side
    P, R = np.zeros((S, 4, S)), np.zeros((S, 4, S))
    for s in range(S):
        y, x = divmod(s, side)
        for a, (dy, dx) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
            P[s, a, min(max(y + dy, 0), side - 1) * side + min(max(x + dx, 0), side - 1)] = 1
    R[:, :, S - 1] = 1.0
    return TabularMDP(P, R, gamma=GAMMA, terminal=np.arange(S) == S - 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_identities(seed):
    mdp = world(seed, terminal=1)
    truth = mdp.dense()[1]
    same = scorecard(mdp, truth, labels=3)
    assert same.kendall == pytest.approx(1.0) and same.starc == 0.0 and same.epic == 0.0 and same.gap < 1e-9
    assert same.labels == 3 and same.samples is None
    shaped = scorecard(mdp, truth + shaping(mdp, seed))
    assert shaped.kendall == pytest.approx(1.0) and shaped.starc < 1e-12 and shaped.epic < 1e-12 and shaped.gap < 1e-9
    opposite = scorecard(mdp, -truth)
    assert opposite.kendall == pytest.approx(-1.0) and opposite.starc == pytest.approx(1.0)
    assert opposite.gap == pytest.approx(1.0) and opposite.epic == pytest.approx(1.0)


def test_a_constant_says_nothing():
    mdp = world(1)
    for c in (0.0, 7.0):
        found = scorecard(mdp, np.full((8, 3), c))
        assert found.density == 0.0 and found.kendall == 0.0 and found.starc == pytest.approx(0.5)
        assert found.gap == pytest.approx(1.0)  # it leaves the worst policy among its best


def test_density_by_hand():
    # Two states in turn, each half of the time; the second pays.
    P = np.zeros((2, 1, 2))
    P[0, 0, 1] = P[1, 0, 0] = 1
    mdp = TabularMDP(P, np.zeros((2, 1)), gamma=0.5)
    weights = np.array([1 / (1 - 0.25), 0.5 / (1 - 0.25)])
    share = weights[1] / weights.sum()
    for usual in (0.0, 5.0, -1e6):
        assert density(mdp, np.array([[usual], [usual + 3.0]])) == pytest.approx(share)
    assert density(mdp, np.array([[3.0], [0.0]])) == pytest.approx(share)  # the rarer pay is the news
    sparse = grid()
    visits = sparse.occupancy(uniform(sparse))
    assert density(sparse, sparse.dense()[1]) == pytest.approx((visits * sparse.R).sum() / visits.sum())


def test_a_distance_that_is_paid_as_it_stands_is_dense_and_wrong_and_as_a_potential_it_is_dense_and_right():
    mdp = grid()
    near = -np.array([8.0 - sum(divmod(s, 5)) for s in range(25)])
    truth = mdp.dense()[1]
    being_near = scorecard(mdp, np.broadcast_to(near + 8.0, truth.shape))  # paid for being there: never end
    coming_near = scorecard(mdp, truth + GAMMA * near - near[:, None, None])
    sparse = scorecard(mdp, truth)
    # The density by counting: what each pay has of the steps of random play, from every move by hand.
    visits, counted = mdp.occupancy(uniform(mdp)), {}
    for s in range(24):
        for a in range(4):
            t = mdp.P.indices[mdp.P.indptr[4 * s + a]]
            pay = round(float(truth[s, a, t] + GAMMA * near[t] - near[s]), 9)
            counted[pay] = counted.get(pay, 0.0) + visits[s, a]
    assert coming_near.density == pytest.approx(1 - max(counted.values()) / visits.sum())
    assert coming_near.density > 10 * sparse.density and being_near.density > 10 * sparse.density
    assert coming_near.starc < 1e-12 and coming_near.gap < 1e-9
    assert being_near.gap > 0.9 and being_near.starc > 0.2


def test_samples_to_the_threshold():
    mdp = grid()
    low, high = mdp.evaluate(uniform(mdp)).value, mdp.solve().value
    returns = low + (high - low) * np.array([0.0, 0.5, 0.89, 0.91, 1.0])
    assert samples_to(mdp, [10, 20, 30, 40, 50], returns) == 40.0
    assert samples_to(mdp, [10, 20, 30, 40, 50], returns, threshold=0.4) == 20.0
    assert samples_to(mdp, [10, 20], returns[:2]) is None
    assert scorecard(mdp, mdp.R, curve=([10, 20, 30, 40, 50], returns)).samples == 40.0


def test_bad_input_is_named():
    mdp = world(0)
    with pytest.raises(BadOption, match="policies"):
        scorecard(mdp, mdp.R, policies=1)
    with pytest.raises(BadOption, match="discount"):
        scorecard(mdp.with_gamma(None), mdp.R)
    with pytest.raises(BadOption, match="shape"):
        scorecard(mdp, mdp.R[:3])
