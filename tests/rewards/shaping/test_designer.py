import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards.shaping.designer import Design, Optimum, check, pull


def optimum(seed=0):
    rng = np.random.default_rng(seed)
    mdp = random_mdp(rng, states=6)
    return mdp, Optimum(mdp), rng.normal(size=(6, 3)) * ~mdp.terminal[:, None]


@pytest.mark.parametrize("seed", range(3))
def test_the_lags_of_any_reward_are_those_of_the_optimal_policy(seed):
    mdp, own, reward = optimum(seed)
    policy, other = mdp.solve().policy, mdp.with_reward(reward)
    live = ~mdp.terminal

    def lag(Q):
        return (np.take_along_axis(Q, policy[:, None], 1) - Q)[live]

    found = (own.lag @ reward.ravel()).reshape(6, 3)[live]
    np.testing.assert_allclose(found, lag(other.evaluate(policy).Q), atol=1e-12)
    for horizon in (0, 1, 4):
        found = (own.lag_within(horizon) @ reward.ravel()).reshape(6, 3)[live]
        exact = other.evaluate(np.tile(policy, (horizon + 1, 1)), horizon=horizon + 1).Q[0]
        np.testing.assert_allclose(found, lag(exact), atol=1e-12)


def test_the_gap_is_that_of_the_second_best_action():
    mdp, own, _ = optimum()
    ranked = np.sort(mdp.solve().Q, axis=1)
    np.testing.assert_allclose(own.gap[~mdp.terminal], (ranked[:, -1] - ranked[:, -2])[~mdp.terminal])
    assert np.isinf(own.gap[mdp.terminal]).all()


def test_ties_are_kept_and_tied_actions_are_taken_alike():
    P = np.zeros((3, 3, 3))
    P[0, :2, 1] = P[0, 2, 0] = P[1:, :, 2] = 1.0
    R = np.array([[0.0, 0, 0], [1, 0, 0], [0, 0, 0]])
    mdp = TabularMDP(P, R, gamma=0.9, terminal=np.arange(3) == 2)
    own = Optimum(mdp)
    assert own.best.tolist() == [[True, True, False], [True, False, False], [True] * 3]
    wish = np.array([1.0, 0, 0, 0, 0, 0, 0, 0, 0])  # the first of the tied actions, as much as possible
    table = Design(own, 10.0, wish).choose(3, where="test")
    assert table[0, 0] == pytest.approx(table[0, 1]) and table[0, 0] > 1.0
    assert (Design(own, 10.0, wish, invariant=False).choose(1, where="test")[0] == [10.0, 0, 0]).all()


def test_pull_is_the_slope_of_the_informativeness():
    rng = np.random.default_rng(0)
    occupancy, policy, advantage, reward = rng.random((4, 5)), rng.dirichlet(np.ones(5), 4), *rng.normal(size=(2, 4, 5))
    centre = [x - (policy * x).sum(1, keepdims=True) for x in (advantage, reward)]
    assert (pull(occupancy, policy, advantage) * reward).sum() == pytest.approx(
        (occupancy**2 * centre[0] * centre[1]).sum()
    )
    np.testing.assert_allclose(pull(occupancy, policy, advantage).sum(1), 0.0, atol=1e-12)  # a constant says nothing


def test_wrong_options_are_refused_by_name():
    mdp, _, _ = optimum()
    for budget in (0, True, 2.5):
        with pytest.raises(BadOption, match="budget"):
            check(mdp, budget, 1.0, where="test")
    for largest in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(BadOption, match="largest"):
            check(mdp, 1, largest, where="test")
