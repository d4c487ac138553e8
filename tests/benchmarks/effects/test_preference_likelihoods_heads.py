"""Parts of BaseReward: the task of two kinds, the mean of heads, and the rule before the model."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_likelihoods_heads as heads


def test_two_kinds_share_features_and_labels_follow_quality():
    rng = np.random.default_rng(0)
    quality = rng.normal(size=(1, 18))
    for picture in (True, False):
        items, better = heads.kinds(rng, quality, 4000, picture)
        used = np.abs(items.obs[:, :, 0]).sum((0, 1)) > 0
        own, other = (slice(6, 12), slice(12, 18)) if picture else (slice(12, 18), slice(6, 12))
        assert used[:6].all() and used[own].all() and not used[other].any() and used[-1] == picture
        assert 0.85 < ((items.info["label"] > 0.5) == better).mean() < 0.99


def test_heads_are_measured_one_by_one_and_together():
    found = heads.mixture(0, pictures=150, models=3)
    assert found["best_single"] >= found["mean_single"] > 60 and found["accuracy"] > 60
    alone = heads.mixture(0, pictures=150)
    assert alone["accuracy"] == alone["best_single"] == alone["mean_single"]


def test_gains_are_over_the_same_seed(monkeypatch):
    told = {"accuracy": 90.0, "best_single": 89.0, "mean_single": 85.0}
    monkeypatch.setattr(heads, "three", lambda seed: told)
    monkeypatch.setattr(heads, "few", lambda seed, texts: 70.0 + (texts > 0))
    assert heads.joined(0, which="accuracy") == {"accuracy": 90.0, "gain": 5.0}
    assert heads.helped(0, texts=9) == {"accuracy": 71.0, "gain": 1.0}


def test_a_rule_that_knows_right_answers_makes_them_likely():
    tiny = heads.Answers(prompts=10, answers=4, pairs=100, steps=100)
    hybrid, alone = (heads.trained(0, hybrid=h, task=tiny) for h in (True, False))
    assert hybrid["right"] > 80 and hybrid["right"] > alone["right"]
    untrained = heads.trained(0, hybrid=True, task=heads.Answers(prompts=400, answers=4, pairs=100, steps=0))
    assert untrained["right"] == pytest.approx(100 * 0.25 / (1 - 0.75**4), abs=4)  # of prompts that have one
    assert abs(untrained["style"]) < 0.2


def test_claims_name_sides_that_there_are():
    for effect in heads.effects():
        sides = {a.side for a in effect.arms}
        assert {s for c in effect.claims for s in (c.side, c.against)} <= sides
        assert effect.name.startswith("preference_likelihoods_")
