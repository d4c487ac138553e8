import numpy as np
import pytest
import torch

from rewardlab.core import responses as rs
from rewardlab.core.errors import BadOption
from rewardlab.rewards import combine_then_normalise, normalise_then_combine

RNG = np.random.default_rng(0)
SCORES, WEIGHTS = RNG.random((6, 8, 4)), (0.4, 0.3, 0.2, 0.1)


def test_both_orders_have_their_formula_in_both_libraries():
    R = SCORES @ WEIGHTS
    combined = (R - R.mean(1, keepdims=True)) / R.std(1, keepdims=True)
    separate = ((SCORES - SCORES.mean(1, keepdims=True)) / SCORES.std(1, keepdims=True)) @ WEIGHTS
    for f, form in ((combine_then_normalise, combined), (normalise_then_combine, separate)):
        np.testing.assert_allclose(f(SCORES, WEIGHTS), form, rtol=1e-6)
        np.testing.assert_allclose(f(torch.as_tensor(SCORES), WEIGHTS).numpy(), f(SCORES, WEIGHTS), rtol=1e-12)
        np.testing.assert_allclose(f(SCORES, WEIGHTS).sum(1), 0, atol=1e-12)


def test_the_separate_order_ignores_scales_and_the_combined_one_only_a_common_one():
    a, b = np.array([3.0, 0.1, 7.0, 1.0]), np.array([1.0, -2.0, 0.0, 5.0])
    np.testing.assert_allclose(
        normalise_then_combine(a * SCORES + b, WEIGHTS), normalise_then_combine(SCORES, WEIGHTS), atol=1e-6
    )
    common = combine_then_normalise(3.0 * SCORES + 1.0, WEIGHTS)
    np.testing.assert_allclose(common, combine_then_normalise(SCORES, WEIGHTS), atol=1e-6)
    moved = combine_then_normalise(a * SCORES + b, WEIGHTS) - combine_then_normalise(SCORES, WEIGHTS)
    assert np.abs(moved).max() > 0.5


def trained(R, beta, *, divide, steps=6000, lr=0.1):
    """Exact policy gradient ascent, natural in the logits, with a KL of weight beta to the uniform reference."""
    reference = np.full(R.shape, 1 / R.shape[-1])
    logits = np.log(reference)
    for _ in range(steps):
        p = rs.softmax(logits)
        advantage = combine_then_normalise(R[..., None], (1.0,), probability=p) if divide else R
        logits = logits + lr * (advantage - beta * (np.log(np.maximum(p, 1e-300)) - np.log(reference)))
        logits = logits - logits.max(-1, keepdims=True)
    return rs.softmax(logits), reference


TABLES = np.stack([np.random.default_rng(seed).random(10) for seed in range(12)])  # [12, 10] rewards


def test_without_the_deviation_the_fixed_point_is_the_tilted_policy():
    policy, reference = trained(TABLES, 0.3, divide=False)
    np.testing.assert_allclose(policy, rs.tilted(reference, TABLES, 0.3), atol=1e-9)


def test_with_it_beta_2_ends_in_the_self_consistent_policy():
    policy, reference = trained(TABLES, 2.0, divide=True)
    mean = rs.expected(policy, TABLES)[:, None]
    sigma = np.sqrt(rs.expected(policy, (TABLES - mean) ** 2))
    for p, ref, R, s in zip(policy, reference, TABLES, sigma, strict=True):
        np.testing.assert_allclose(p, rs.tilted(ref, R, 2.0 * float(s)), atol=1e-6)
    assert policy.max() < 0.25  # all of them mixed


def test_with_it_a_small_beta_collapses_to_the_best_response():
    for beta in (0.5, 0.04):
        policy, _ = trained(TABLES, beta, divide=True)
        assert (policy.argmax(-1) == TABLES.argmax(-1)).all() and policy.max(-1).min() > 0.999
    # At 1 it depends on how far the best is ahead: nine of these twelve collapse, the others stay mixed.
    policy, _ = trained(TABLES, 1.0, divide=True)
    assert (policy.max(-1) > 0.999).sum() == 9 and np.sort(policy.max(-1))[2] < 0.6


def test_a_table_with_equal_probabilities_is_a_group():
    p = np.full((6, 8), 1 / 8)
    np.testing.assert_allclose(
        combine_then_normalise(SCORES, WEIGHTS, probability=p), combine_then_normalise(SCORES, WEIGHTS), rtol=1e-12
    )


def test_equal_scores_give_no_advantage_and_nan_shows_in_its_group():
    np.testing.assert_array_equal(combine_then_normalise(np.ones((1, 4, 4)), WEIGHTS), 0)
    bad = SCORES.copy()
    bad[2, 3, 0] = np.nan
    for f in (combine_then_normalise, normalise_then_combine):
        found = f(bad, WEIGHTS)
        assert np.isnan(found[2]).all() and np.isfinite(np.delete(found, 2, 0)).all()


def test_weights_must_be_shares_and_fit():
    for f in (combine_then_normalise, normalise_then_combine):
        for weights in ((0.5, 0.5), (1.0, 1.0, 1.0, 1.0)):
            with pytest.raises(BadOption):
                f(SCORES, weights)
