"""The natural gradient: the closed form is that of the Fisher matrix, and its bound on the distance to the best."""

import numpy as np
import pytest
from tables_that_tell import garnet, telling

from rewardlab.agents import NaturalPolicyGradient
from rewardlab.agents.tabular.natural_policy_gradient import natural_gradient
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.softmax_policy import return_gradient, softmax

GAMMA = 0.8


def process(seed=0):
    mdp = garnet(seed, 4, 3)
    return TabularMDP(mdp.P, mdp.R, gamma=GAMMA, initial=np.full(4, 0.25))


def test_the_closed_form_is_the_pseudo_inverse_of_the_fisher_matrix_times_the_gradient():
    mdp, theta = process(), np.random.default_rng(0).normal(size=(4, 3))
    policy = softmax(theta)
    visits = mdp.occupancy(policy)
    fisher = np.zeros((12, 12))
    for s in range(4):
        for a in range(3):
            score = np.zeros((4, 3))
            score[s] = (np.arange(3) == a) - policy[s]
            fisher += visits[s, a] * np.outer(score, score)
    exact = (np.linalg.pinv(fisher) @ return_gradient(mdp, theta).ravel()).reshape(4, 3)
    mine = natural_gradient(mdp, theta)
    # A constant added to a state's preferences moves nothing.
    np.testing.assert_allclose(mine - mine.mean(1, keepdims=True), exact - exact.mean(1, keepdims=True), atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_values_rise_to_the_best_within_the_proved_bound(seed):
    mdp, eta = process(seed), 1.0
    best, before = mdp.solve(), -np.inf
    for steps in (1, 3, 10, 30, 100):
        agent = NaturalPolicyGradient(telling(garnet(seed, 4, 3), 1), mdp=mdp, steps=steps, eta=eta)
        bound = np.log(3) / (eta * (1 - GAMMA) * steps) + 1 / ((1 - GAMMA) ** 2 * steps)
        value = mdp.initial @ agent.V
        assert before - 1e-12 <= value <= best.value + 1e-12 and best.value - value <= bound
        before = value
    assert best.value - before < 1e-3
    assert best.optimal_actions(1e-9)[np.arange(4), agent.predict(np.arange(4))[0]].all()


@pytest.mark.parametrize("options", [{"steps": 0}, {"eta": 0.0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        NaturalPolicyGradient(telling(garnet(0, 4, 3), 1), mdp=process(), **options)
