import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.softmax_policy import softmax
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import expadard, policy_informativeness


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
