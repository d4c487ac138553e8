"""PF-PPO: which ranks are kept, and which of them can be trusted."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import as_torch, random_group

from rewardlab.agents.policy_gradient import best_of_n, best_random, best_worst, grpo
from rewardlab.agents.policy_gradient.pf_ppo import explained
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadBatch


def toy(c, prompts=40_000, responses=8):
    """True scores, and a reward model that errs where they are middling."""
    true, noise = np.random.default_rng(0).normal(size=(2, prompts, responses))
    proxy = true + c * np.tanh(noise) * np.exp(-((true / 0.6) ** 2))
    empty = np.zeros((prompts, responses, 1))
    return Group(empty, empty, empty, empty + 1, proxy, {"true": true})


def quality(c):
    group, rng = toy(c), np.random.default_rng(1)
    kept = {"none": group, "BoN": best_of_n(group), "BR": best_random(group, rng), "BW": best_worst(group)}
    return {name: explained(g.reward, g.info["true"]) for name, g in kept.items()}


def test_extremes_can_be_trusted_most():
    measured = quality(1.0)
    for name, expected in {"none": 0.898, "BoN": 0.910, "BR": 0.935, "BW": 0.978}.items():
        assert measured[name] == pytest.approx(expected, abs=0.01), name


def test_with_a_worse_model_the_rule_still_finds_the_best_filter():
    measured = quality(2.0)
    assert sorted(measured, key=measured.__getitem__) == ["BoN", "BR", "none", "BW"]
    assert measured["BW"] == pytest.approx(0.757, abs=0.01)


def test_the_other_response_is_any_of_the_others():
    group, rng, seen = random_group(500, 4), np.random.default_rng(2), np.zeros(4)
    kept = best_random(group, rng)
    order = np.sort(group.reward, -1)[:, ::-1]
    np.testing.assert_array_equal(kept.reward[:, 0], order[:, 0])
    for p in range(500):
        seen[np.flatnonzero(order[p] == kept.reward[p, 1])[0]] += 1
    assert seen[0] == 0 and np.abs(seen[1:] - 500 / 3).max() < 5 * np.sqrt(500 * 2 / 9)  # 5 standard errors


def test_tensors_are_filtered_alike_and_learned_from():
    group = random_group(5, 6)
    ours, theirs = (best_random(g, np.random.default_rng(3)) for g in (group, as_torch(group)))
    np.testing.assert_array_equal(theirs.reward, ours.reward)
    np.testing.assert_array_equal(theirs.info["turn"], ours.info["turn"])
    np.testing.assert_allclose(grpo(theirs).detach(), grpo(ours), rtol=1e-12)
    assert theirs.logp.requires_grad


def test_what_is_explained_is_the_square_of_the_correlation():
    x = np.random.default_rng(0).normal(size=50)
    y = 2 * x + 1
    assert explained(x, y) == pytest.approx(1, rel=1e-12)
    y = y + np.random.default_rng(1).normal(size=50)
    slope, start = np.polyfit(x, y, 1)
    assert explained(x, y) == pytest.approx(
        1 - ((y - start - slope * x) ** 2).sum() / ((y - y.mean()) ** 2).sum(), rel=1e-10
    )


def test_another_response_is_needed():
    for f in (best_worst, lambda g: best_random(g, np.random.default_rng(0))):
        with pytest.raises(BadBatch, match="at least 2"):
            f(random_group(3, 1))
    assert best_of_n(replace(random_group(3, 1))).reward.shape == (3, 1)
