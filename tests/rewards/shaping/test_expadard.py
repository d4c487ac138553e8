import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.softmax_policy import Episodes, softmax
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import expadard, exprd, policy_informativeness


def world(seed):
    rng = np.random.default_rng(seed)
    return random_mdp(rng, states=7), rng.normal(size=(7, 3)), rng


def along(f, theta, way, step=1e-5):
    return (f(theta + step * way) - f(theta - step * way)) / (2 * step)


def myopic(mdp, theta, reward):
    """The gradient of a learner that looks one step ahead."""
    policy = softmax(theta)
    return mdp.occupancy(policy) * (reward - (policy * reward).sum(1, keepdims=True))


@pytest.mark.parametrize("seed", range(4))
def test_with_the_learners_own_advantage_it_is_the_derivative_of_the_true_return(seed):
    mdp, theta, rng = world(seed)
    reward, own = rng.normal(size=(7, 3)), mdp.evaluate(softmax(theta))
    told = policy_informativeness(mdp, softmax(theta), reward, advantage=own.Q - own.V[:, None])
    exact = along(lambda t: mdp.evaluate(softmax(t)).value, theta, myopic(mdp, theta, reward))
    assert told == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_with_the_teachers_it_is_the_derivative_of_what_the_teacher_thinks_of_the_policy(seed):
    mdp, theta, rng = world(seed)
    reward, best = rng.normal(size=(7, 3)), mdp.solve()
    visits = mdp.occupancy(softmax(theta)).sum(1, keepdims=True)
    exact = along(lambda t: (visits * softmax(t) * (best.Q - best.V[:, None])).sum(), theta, myopic(mdp, theta, reward))
    assert policy_informativeness(mdp, softmax(theta), reward) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_design_keeps_the_optimum_the_budget_and_the_bound(seed):
    mdp, theta, _ = world(seed)
    table = expadard(mdp, softmax(theta), budget=4, largest=5.0)
    assert (mdp.with_reward(table).optimal_actions(1e-6) == mdp.optimal_actions(1e-6)).all()
    assert (np.abs(table) > 1e-9).any(1).sum() <= 4 and np.abs(table).max() <= 5.0 + 1e-9


def test_without_the_constraint_it_is_the_closed_form():
    mdp, theta, _ = world(0)
    policy = softmax(theta)
    units = np.eye(21).reshape(21, 7, 3)
    slope = np.array([policy_informativeness(mdp, policy, unit) for unit in units]).reshape(7, 3)
    best = np.sort(np.abs(slope).sum(1))[::-1][:2].sum() * 10.0  # ±R_max in the two states that matter most
    table = expadard(mdp, policy, budget=2, invariant=False)
    assert policy_informativeness(mdp, policy, table) == pytest.approx(best)
    assert (np.abs(table) > 0).any(1).sum() == 2


def test_it_tells_a_biased_learner_more_than_the_reward_of_the_task():
    mdp, _, _ = world(1)
    policy = softmax(-5.0 * mdp.solve().Q)
    table = expadard(mdp, policy, budget=5)
    assert policy_informativeness(mdp, policy, table) > 2 * policy_informativeness(mdp, policy, mdp.R)


def test_wrong_policies_and_options_are_refused():
    mdp, theta, _ = world(0)
    for policy in (theta, np.ones((2, 3)) / 3):
        with pytest.raises(BadOption):
            expadard(mdp, policy)
    with pytest.raises(BadOption, match="largest"):
        expadard(mdp, softmax(theta), largest=np.inf)


def test_a_learner_that_starts_on_the_wrong_side_needs_it_to_adapt():
    """Exact REINFORCE on a line of eight states, begun with a leaning to the left: steps to 95 % of the optimum."""
    P, R = np.zeros((8, 2, 8)), np.zeros((8, 2))
    for s in range(8):
        P[s, 0, max(s - 1, 0)] = P[s, 1, min(s + 1, 7)] = 1.0
    R[6, 1] = 1.0
    mdp = TabularMDP(P, R, gamma=0.9, terminal=np.arange(8) == 7)
    fixed = exprd(mdp)
    fixed *= 10.0 / np.abs(fixed).max()  # as large as the other may be

    def needed(design):
        theta = np.tile([0.0, -2.0], (8, 1))
        for n in range(100):
            policy = softmax(theta)
            if mdp.evaluate(policy).value > 0.95 * mdp.solve().value:
                return n
            if n % 5 == 0:
                table = design(policy)
            theta = theta + 0.5 * Episodes(mdp, policy, table, gamma=0.9, counting=0.9).update(policy)
        return 100

    assert needed(lambda policy: expadard(mdp, policy)) < 30
    assert needed(lambda policy: fixed) == needed(lambda policy: 10.0 * mdp.R) == 100
