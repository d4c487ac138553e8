"""Clip-Cov: the law of entropy change, and which tokens are left out."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.parts import advantage, modulate
from rewardlab.agents.policy_gradient import ClipCov, grpo
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.responses import softmax

GROUP = random_group(6, 8, seed=4)


def entropy(p):
    return -(p * np.log(p)).sum()


@pytest.mark.parametrize("step", ["policy gradient", "natural gradient"])
def test_entropy_changes_by_minus_the_covariance(step):
    """Tokens of a batch in the proportions of the policy: the mean covariance is that of the law; the error is O(η)."""
    times = np.array([10, 7, 5, 4, 2, 1, 1, 1])
    p, arms = times / times.sum(), np.repeat(np.arange(8), times)
    values = np.random.default_rng(2).normal(size=8)
    a = values - p @ values
    dz = p * a if step == "policy gradient" else a
    covariance = modulate.covariance(
        np.log(p)[arms][None, None], dz[arms][None, None], np.ones((1, 1, arms.size))
    ).mean()
    errors = []
    for eta in (1e-3, 1e-4):
        change = (entropy(softmax(np.log(p) + eta * dz)) - entropy(p)) / eta
        errors.append(abs(change / -covariance - 1))
    assert errors[0] < 0.01 and errors[1] == pytest.approx(errors[0] / 10, rel=0.05)


def test_without_a_fraction_it_is_grpo_to_the_bit():
    same(ClipCov(fraction=0.0)(GROUP), grpo(GROUP), rtol=0, atol=0)


def test_what_is_left_out_is_in_the_band_as_much_as_asked_and_has_no_gradient():
    objective = ClipCov(fraction=0.05, least=0.2, most=1.0)
    a = advantage.normalised(GROUP)
    c, n = modulate.covariance(GROUP.logp, a, GROUP.mask), GROUP.mask.sum()
    band = (c >= 0.2) & (c <= 1.0) & (GROUP.mask != 0)
    out = objective.left_out(GROUP, a)
    assert out.sum() == int(0.05 * n) < band.sum() and not out[~band].any()
    same(token_gradient(objective, GROUP), np.where(out, 0.0, token_gradient(grpo, GROUP)))
    everything = ClipCov(fraction=1.0, least=0.2, most=1.0).left_out(GROUP, a)
    np.testing.assert_array_equal(everything, band)


def test_draws_are_even_and_move_with_updates_only():
    objective, a = ClipCov(fraction=0.05, least=0.0), advantage.normalised(GROUP)
    band = (modulate.covariance(GROUP.logp, a, GROUP.mask) >= 0) & (GROUP.mask != 0)
    times = np.zeros(band.shape)
    for _ in range(600):
        out = objective.left_out(GROUP, a)
        np.testing.assert_array_equal(objective.left_out(GROUP, a), out)
        times += out
        objective.update(GROUP)
    p = out.sum() / band.sum()
    assert np.abs(times[band] - 600 * p).max() < 5 * np.sqrt(600 * p * (1 - p))  # 5 standard errors
    other = ClipCov(fraction=0.05, least=0.0, seed=1)
    other.load_state_dict({"updates": 3})
    assert other.updates == 3 and (other.left_out(GROUP, a) != replace_seed(other, 0).left_out(GROUP, a)).any()


def replace_seed(objective, seed):
    other = replace(objective, seed=seed)
    other.load_state_dict(objective.state_dict())
    return other


def test_a_fraction_is_a_share_and_a_state_its_own():
    with pytest.raises(BadOption, match="fraction"):
        ClipCov(fraction=1.5)
    with pytest.raises(BadCheckpoint):
        ClipCov().load_state_dict({})
