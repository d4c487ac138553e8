"""The step that all members of the family take."""

import numpy as np
import pytest
from preference_tables import random_preference
from scipy.optimize import minimize

from rewardlab.agents.nash import kernel
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import divergence, softmax

P, RNG = random_preference(5), np.random.default_rng(0)
OPPONENT, ONE, TWO = RNG.dirichlet(np.ones(5), 3)


def test_a_step_is_the_best_response_at_a_price_for_leaving_each_anchor():
    """π ∝ e^{sP} q₁^a q₂^b with a + b = 1 maximises s P(π ≻ opponent) − a KL(π ‖ q₁) − b KL(π ‖ q₂)."""

    def loss(x):
        p = softmax(x)
        return -(2.0 * p @ P @ OPPONENT - 0.3 * divergence(p, ONE) - 0.7 * divergence(p, TWO))

    found = kernel.step(P, OPPONENT, size=2.0, anchors=[(0.3, ONE), (0.7, TWO)])
    np.testing.assert_allclose(softmax(minimize(loss, np.zeros(5), tol=1e-14).x), found, atol=1e-6)


def test_an_anchor_without_mass_keeps_it_so_unless_it_has_no_weight():
    bare = np.array([0.0, 0.5, 0.5, 0.0, 0.0])
    found = kernel.step(P, OPPONENT, size=1.0, anchors=[(1.0, bare)])
    assert (found == 0).tolist() == [True, False, False, True, True] and found.sum() == pytest.approx(1)
    free = kernel.step(P, OPPONENT, size=0.0, anchors=[(0.0, bare), (1.0, ONE)])
    np.testing.assert_allclose(free, ONE, rtol=1e-13)


def test_iterates_begin_at_the_start():
    found = kernel.iterates(lambda x, t: x + t, np.zeros(2), 3)
    np.testing.assert_array_equal(found, [[0, 0], [0, 0], [1, 1], [3, 3]])


def test_a_game_is_checked():
    p, mu = kernel.game(P, None, where="here")
    np.testing.assert_array_equal(mu, np.full(5, 0.2))
    assert p is not P
    for preferences, reference in ((P + 0.1, None), (P, np.ones(5)), (P[:, :3], None)):
        with pytest.raises(BadOption, match="here"):
            kernel.game(preferences, reference, where="here")
