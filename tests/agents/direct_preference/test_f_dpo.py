"""The minimum of f-DPO is the policy that the conditions of the regularised problem name."""

from functools import partial

import numpy as np
import pytest
from preference_tables import best_policy, gradient, labelled_pairs, random_table
from scipy.optimize import brentq

from rewardlab.agents.direct_preference import dpo, f_dpo
from rewardlab.agents.parts import score
from rewardlab.core.responses import beats, divergence, expected

BETA = 0.5
REF, REWARD = random_table(6, seed=1)


def regularised(inverse, highest):
    """π_ref (f′)⁻¹((r − λ)/β) with λ such that it sums to 1, by bisection; the argument must stay below `highest`."""

    def excess(multiplier):
        return (np.exp(REF) * inverse((REWARD - multiplier) / BETA)).sum() - 1.0

    least = REWARD.max() - BETA * highest if np.isfinite(highest) else -50.0
    multiplier = brentq(excess, least + 1e-12, 60.0, xtol=1e-14, rtol=1e-15)
    return np.exp(REF) * inverse((REWARD - multiplier) / BETA)


CASES = {
    "reverse KL": (score.reverse_kl, lambda z: np.exp(z - 1), np.inf),
    "forward KL": (score.forward_kl, lambda z: -1 / z, 0.0),
    "Jensen-Shannon": (score.jensen_shannon, lambda z: np.exp(z) / (2 - np.exp(z)), np.log(2)),
    "alpha 0.3": (partial(score.alpha_divergence, alpha=0.3), lambda z: (1 - 0.3 * z) ** (-1 / 0.3), 1 / 0.3),
    "alpha 0.5": (score.alpha_divergence, lambda z: (1 - 0.5 * z) ** -2.0, 2.0),
    "alpha 0.7": (partial(score.alpha_divergence, alpha=0.7), lambda z: (1 - 0.7 * z) ** (-1 / 0.7), 1 / 0.7),
}


def fitted(derivative):
    pairs, weight = labelled_pairs(beats(REWARD), np.exp(REF))
    return best_policy(partial(f_dpo, derivative=derivative, beta=BETA), REF, pairs, weight)


@pytest.mark.parametrize("name", CASES)
def test_the_minimum_is_the_policy_of_the_regularised_problem(name):
    derivative, inverse, highest = CASES[name]
    goal = regularised(inverse, highest)
    level = BETA * derivative(np.log(goal) - REF) - REWARD  # −λ, the same for all
    assert np.ptp(level) < 1e-9 and goal.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(fitted(derivative), goal, atol=1e-6)


def test_with_chi_squared_too():
    found = fitted(score.chi_squared)
    u = found / np.exp(REF)
    level = BETA * (u + np.log(u)) - REWARD  # the multiplier, the same for all
    assert np.ptp(level) < 1e-5


def test_reverse_kl_is_dpo():
    pairs, weight = labelled_pairs(beats(REWARD), np.exp(REF))
    np.testing.assert_allclose(
        gradient(f_dpo, REWARD, REF, pairs, weight), gradient(dpo, REWARD, REF, pairs, weight), atol=1e-15
    )


def test_larger_alphas_stay_nearer_to_the_reference_for_less_reward():
    order = [fitted(CASES[n][0]) for n in ("reverse KL", "alpha 0.3", "alpha 0.5", "alpha 0.7", "forward KL")]
    assert (np.diff([expected(p, REWARD) for p in order]) < 0).all()
    assert (np.diff([divergence(p, np.exp(REF)) for p in order]) < 0).all()


def test_under_forward_kl_the_inverse_ratio_is_affine_in_the_reward():
    inverse = np.exp(REF) / fitted(score.forward_kl)
    fit = np.polynomial.Polynomial.fit(REWARD, inverse, 1).convert()
    np.testing.assert_allclose(fit(REWARD), inverse, atol=1e-5)
    assert fit.coef[1] == pytest.approx(-1 / BETA, abs=1e-5)
