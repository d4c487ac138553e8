"""RiskPO follows the gradient of its risk measure."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same, token_gradient
from scipy.stats import norm

from rewardlab.agents.parts.advantage import tail
from rewardlab.agents.policy_gradient import RiskPO
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.responses import softmax

RNG = np.random.default_rng(5)
Z, X = RNG.normal(size=50), RNG.normal(size=50)  # a softmax bandit with 50 arms that pay X
ORDER = np.argsort(X)


def quantile(p, level):
    return X[ORDER][np.searchsorted(np.cumsum(p[ORDER]), level)]


def range_value(p, a, b):
    """(1/(b − a)) ∫_a^b F⁻¹(u) du, exactly: each arm owns an interval of levels."""
    upper = np.cumsum(p[ORDER])
    lower = upper - p[ORDER]
    share = np.clip(np.minimum(upper, b) - np.maximum(lower, a), 0, None)
    return (share * X[ORDER]).sum() / (b - a)


@pytest.mark.parametrize(("a", "b", "weight"), [(0.2, 0.8, 0.0), (0.2, 0.8, 1e9), (0.1, 0.9, 1.5), (1e-9, 1.0, 0.0)])
def test_the_expected_gradient_is_that_of_the_measure(a, b, weight):
    """RVaR, CVaR, their mixture, and the mean as the limit."""

    def measure(z):
        p = softmax(z)
        return (weight * range_value(p, 0.0, a) + range_value(p, a, b)) / (1 + weight)

    p, step = softmax(Z), 1e-5
    advantages = tail(X, np.array(quantile(p, a)), np.array(quantile(p, min(b, 1 - 1e-12))), a=a, b=b, weight=weight)
    gradient = p * (advantages - p @ advantages)  # Σ_k p_k A_k ∇ log p_k
    numeric = np.array([(measure(Z + step * e) - measure(Z - step * e)) / (2 * step) for e in np.eye(50)])
    assert np.abs(numeric).max() > 0.01
    same(gradient, numeric, rtol=0, atol=1e-9)
    if b == 1.0:
        same(gradient, p * (X - p @ X), rtol=0, atol=1e-9)


@pytest.mark.parametrize("bundle", [1, 3])
def test_all_answers_of_a_paper_share_its_advantage(bundle):
    group, objective = random_group(6, 8), RiskPO(a=0.2, b=0.7, weight=2.0, bundle=bundle)
    x = group.reward.reshape(6 // bundle, bundle, 8).sum(1)
    same(objective.papers(group), x)
    objective.quantiles = np.array([-0.3, 0.4])
    low, high = ((np.quantile(x, level, axis=1, keepdims=True) + q) / 2 for level, q in ((0.2, -0.3), (0.7, 0.4)))
    paid = (2 * np.minimum(x - low, 0) / 0.2 + (np.clip(x, low, high) - high) / 0.5) / 3
    same(objective.advantages(group)[..., 0], np.repeat(paid, bundle, axis=0))
    fresh = replace(group, old_logp=group.logp)
    expected = -objective.advantages(group) * group.mask / group.mask.sum(-1, keepdims=True) / 48
    same(token_gradient(objective, fresh), expected)


def test_the_tracked_quantiles_settle_at_their_levels():
    objective, group, rng = RiskPO(a=0.2, b=0.7, bundle=1, lr=0.02), random_group(1, 64), np.random.default_rng(3)
    for _ in range(1500):
        objective.update(replace(group, reward=rng.normal(size=(1, 64))))
    same(norm.cdf(objective.quantiles), [0.2, 0.7], rtol=0, atol=0.01)


def test_the_first_batch_sets_the_quantiles():
    objective, group = RiskPO(bundle=2), random_group(4, 8)
    assert objective.state_dict()["quantiles"].size == 0
    objective.update(group)
    same(objective.quantiles, np.quantile(objective.papers(group), [0.1, 0.9]))
    fresh = RiskPO(bundle=2)
    fresh.load_state_dict(RiskPO().state_dict())
    assert fresh.quantiles is None


def test_prompts_fill_whole_bundles_and_levels_are_in_order():
    with pytest.raises(BadBatch, match=r"7 prompts(?s:.*)bundle=5"):
        RiskPO()(random_group(7, 3))
    for bad in ({"a": 0.0}, {"a": 0.9, "b": 0.5}, {"b": 1.5}, {"bundle": 0}):
        with pytest.raises(BadOption):
            RiskPO(**bad)
    with pytest.raises(BadCheckpoint):
        RiskPO().load_state_dict({"q": np.zeros(2)})
