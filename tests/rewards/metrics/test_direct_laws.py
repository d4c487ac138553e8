"""Direct alignment in closed form: the Gaussian law, one step on a table, finite and endless optima."""

import math

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import softmax
from rewardlab.rewards.metrics import dpo_step, fit_law, gaussian_gold, gaussian_peak, ipo_gap

A, U, C = np.array([1.0, 0.5, -0.3]), np.array([1.0, 1.0, 0.0]), 0.4


def test_the_gold_of_a_shifted_normal_is_the_law():
    rng = np.random.default_rng(0)
    unit = U / np.linalg.norm(U)
    y = rng.normal(size=(400_000, 3))
    for d in (0.3, 1.0, 2.0):
        m = math.sqrt(2) * d
        gold = ((y + m * unit) @ A - C * ((y + m * unit) ** 2).sum(1) / 2).mean() - (
            y @ A - C * (y**2).sum(1) / 2
        ).mean()
        assert gold == pytest.approx(float(gaussian_gold(np.array(d), A, U, C)), abs=0.03 * max(1, abs(gold)))


def test_its_peak_and_the_fit_agree():
    d = np.linspace(0.05, 4, 50)
    law = fit_law(d, gaussian_gold(d, A, U, C), logarithmic=False)
    assert law.r_squared == pytest.approx(1.0) and law.peak == pytest.approx(gaussian_peak(A, U, C))
    assert gaussian_gold(np.array([0.0]), A, 5 * U, C)[0] == 0.0


def dpo_gradient(logits, reference, w, l, beta):  # noqa: E741
    """−∂ loss / ∂ logits by differences."""

    def loss(x):
        p, q = np.log(softmax(x)), np.log(softmax(reference))
        return math.log1p(math.exp(-beta * ((p[w] - q[w]) - (p[l] - q[l]))))

    eye = np.eye(len(logits)) * 1e-6
    return np.array([-(loss(logits + e) - loss(logits - e)) / 2e-6 for e in eye])


def test_one_step_moves_two_logits_by_opposite_amounts_and_no_other():
    rng = np.random.default_rng(1)
    logits, reference = rng.normal(size=(2, 6))
    after = dpo_step(logits, reference, 2, 4, beta=0.3, lr=0.7)
    np.testing.assert_allclose(after - logits, 0.7 * dpo_gradient(logits, reference, 2, 4, 0.3), atol=1e-8)
    moved = after - logits
    assert moved[2] == pytest.approx(-moved[4]) and moved[2] > 0 and not moved[[0, 1, 3, 5]].any()


def test_with_shared_token_logits_an_answer_that_nobody_compared_gains():
    # Answers are pairs of tokens; a logit for each token at each place. Winner (0, 0), loser (1, 1).
    theta = np.zeros((2, 2))

    def answers(t):
        return np.exp(np.log(softmax(t[0]))[:, None] + np.log(softmax(t[1]))[None])

    push = np.array([1.0, -1.0]) * 0.5 * 0.5  # the gradient of the loss at the reference, in each place
    before, after = answers(theta), answers(np.stack([theta[0] + push, theta[1] + push]))
    uneven = answers(np.stack([theta[0] + push, theta[1]]))  # a shared prefix: only the first place differs
    assert after[0, 0] > before[0, 0] > after[1, 1] and after[0, 1] < before[0, 1]
    assert uneven[0, 1] > before[0, 1]  # (0, 1) was never shown


def test_the_squared_loss_has_an_end_and_the_logistic_one_has_none():
    beta, gap = 0.2, ipo_gap(0.2)
    assert gap == pytest.approx(2.5)
    logits, reference = np.zeros(2), np.zeros(2)
    margins = []
    for _ in range(3000):
        logits = dpo_step(logits, reference, 0, 1, beta=beta, lr=50.0)
        margins.append(logits[0] - logits[1])
    assert margins == sorted(margins) and margins[-1] > 10 * gap


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="direction"):
        gaussian_gold(np.ones(1), A, np.zeros(3), C)
    with pytest.raises(BadOption, match="c="):
        gaussian_peak(A, U, 0.0)
    with pytest.raises(BadOption, match="beta"):
        ipo_gap(0.0)
