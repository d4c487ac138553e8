"""Objective mismatch: a family of reward models in which better accuracy makes worse policies, and one in which not."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import divergence, expected, tilted
from rewardlab.rewards.metrics import link, mismatch_report, side_effects

BUDGET = 0.5


def test_it_is_spearman_s_correlation_ties_included():
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.integers(0, 6, (2, 15))
        assert link(a, b, replicas=10).correlation == pytest.approx(spearmanr(a, b).statistic)
    assert link(np.ones(5), np.arange(5), replicas=10).correlation == 0.0


def gold_at_budget(a, b, v=1.0, w=1.0):
    """The gold that a · gold + b · shortcut buys with so many nats, both normal under the reference."""
    return a * v * math.sqrt(2 * BUDGET / (a * a * v + b * b * w))


def family(shortcuts, seed=0):
    """Reward models a·gold + b·shortcut + noise: accuracy on labels that lean on the shortcut, and gold bought."""
    rng = np.random.default_rng(seed)
    gold, shortcut = rng.normal(size=(2, 4000))
    label = gold[:2000] - gold[2000:] + 1.5 * (shortcut[:2000] - shortcut[2000:]) > 0
    accuracy, bought, proxy = [], [], []
    for k, b in enumerate(shortcuts):
        a = 1.0 if b else 0.2 + 0.05 * k
        noise = np.zeros(4000) if b else rng.normal(size=4000)
        reward = a * gold + b * shortcut + noise * (not b)
        accuracy.append(((reward[:2000] > reward[2000:]) == label).mean())
        bought.append(gold_at_budget(a, b, w=1.0) if b else gold_at_budget(a, 1.0))
        proxy.append(reward.std() * math.sqrt(2 * BUDGET))
    return np.array(accuracy), np.array(bought), np.array(proxy)


def test_a_shortcut_turns_the_link_round():
    accuracy, gold, proxy = family(np.linspace(0.05, 1.4, 20))
    report = mismatch_report({"accuracy": accuracy, "proxy": proxy, "gold": gold}, quality="gold")
    assert report["accuracy"].correlation < -0.8 and report["accuracy"].high < 0 and report["proxy"].correlation < -0.8
    assert report["accuracy"].mismatch == 1.0


def test_without_it_accuracy_predicts_quality():
    accuracy, gold, _ = family(np.zeros(20))
    found = link(accuracy, gold)
    assert found.correlation > 0.8 and found.low > 0.5 and found.mismatch < 0.2


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.0), (1.0, 0.7), (0.5, 1.2)])
def test_the_gold_that_a_budget_buys_is_that_of_the_closed_form(a, b):
    rng = np.random.default_rng(1)
    gold, shortcut = rng.normal(size=(2, 200_000))
    reward, prior = a * gold + b * shortcut, np.full(200_000, 1 / 200_000)
    beta = math.sqrt((a * a + b * b) / (2 * BUDGET))  # the tilted normal has moved by σ² / β
    policy = tilted(prior, reward, beta)
    assert divergence(policy, prior) == pytest.approx(BUDGET, rel=0.03)
    assert expected(policy, gold) == pytest.approx(gold_at_budget(a, b), abs=0.02)


def test_intervals_cover_the_true_correlation():
    rng, covered = np.random.default_rng(2), 0
    truth = 6 / math.pi * math.asin(0.6 / 2)  # Spearman's of normals with correlation 0.6
    for k in range(100):
        x = rng.normal(size=60)
        y = 0.6 * x + 0.8 * rng.normal(size=60)
        found = link(x, y, replicas=300, seed=k)
        covered += found.low <= truth <= found.high
    assert covered >= 88  # 95 % stated; ±3 standard errors of 90 %


def test_side_effects_are_slopes():
    kl = np.array([0.0, 1.0, 2.0])
    assert side_effects(kl, {"length": 10 + 3 * kl, "skill": -kl})["length"] == pytest.approx(3.0)
    assert side_effects(kl, {"skill": -kl})["skill"] == pytest.approx(-1.0)


def test_mistakes_are_named():
    with pytest.raises(BadBatch):
        link(np.zeros(2), np.zeros(2))
    with pytest.raises(BadOption, match="gold"):
        mismatch_report({"a": np.zeros(3)}, quality="gold")
    with pytest.raises(BadBatch):
        side_effects(np.ones(3), {})
    with pytest.raises(BadOption, match="level"):
        link(np.zeros(3), np.zeros(3), level=1.0)
