"""SAFE: its controller, its price and its pessimistic value."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import as_torch, random_group
from exact_groups import same

from rewardlab.agents.policy_gradient import SAFE, ppo, soft_min
from rewardlab.agents.policy_gradient.safe import step_share
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.responses import divergence, softmax

GROUP = random_group(4, 5)


def test_the_soft_minimum_lies_between_the_least_and_the_mean():
    one, two = np.random.default_rng(0).normal(size=(2, 100)) * 3
    for alpha in (0.01, 0.3, 5.0, 100.0):
        v = soft_min(one, two, alpha)
        assert (v >= np.minimum(one, two) - 1e-12).all() and (v <= (one + two) / 2 + 1e-12).all()
        plain = -alpha * (np.logaddexp(-one / alpha, -two / alpha) - np.log(2))
        same(v, plain, rtol=1e-9, atol=1e-12)
    same(soft_min(one, two, 1e-6), np.minimum(one, two), rtol=0, atol=1e-5)
    same(soft_min(one, two, 1e6), (one + two) / 2, rtol=0, atol=1e-4)
    same(soft_min(torch.tensor(one), torch.tensor(one)), one)
    with pytest.raises(BadOption, match="alpha"):
        soft_min(one, two, 0.0)


def over(kl, **options):
    """A controller whose smoothed divergence is above every threshold, or not."""
    objective = SAFE(**options)
    objective.kl = kl
    return objective


def test_within_the_threshold_nothing_is_paid():
    objective = over(0.1)
    assert objective.kl <= objective.threshold and objective.cost(np.array(9.0), np.array(1.0)) == 0
    plain = ppo(GROUP) - 0.01 * GROUP.info["entropy"][GROUP.mask != 0].mean()
    same(objective(GROUP), plain)


def test_at_one_excess_the_prices_of_two_entropies_have_a_known_ratio():
    objective = over(9.0)
    kl = np.array(objective.threshold + 0.2)
    one, two = objective.cost(kl, np.array(0.5)), objective.cost(kl, np.array(1.7))
    assert one / two == pytest.approx((1.7 + 0.1) / (0.5 + 0.1), rel=1e-12)
    assert one == pytest.approx(0.1 * 0.2**2 * 2.0 / 0.6, rel=1e-12)
    assert objective.cost(kl, np.array(50.0)) == pytest.approx(0.1 * 0.2**2 * 0.5)


def test_the_price_pulls_by_its_gradient():
    objective, free = over(9.0, base=0.0, price=3.0), over(0.0)
    grads = []
    for o in (objective, free):
        group = as_torch(GROUP)
        o(group).mean().backward()
        grads.append(group.logp.grad.numpy())
    d = (GROUP.ref_logp - GROUP.logp) * GROUP.mask
    n = GROUP.mask.sum()
    kl = ((np.exp(d) - d - 1) * GROUP.mask).sum() / n
    low = max(0.5, 2.0 / (GROUP.info["entropy"][GROUP.mask != 0].mean() + 0.1))
    pull = 2 * 3.0 * (kl - 0.1) * low * (1 - np.exp(d)) * GROUP.mask / n
    same(grads[0] - grads[1], pull, rtol=1e-9, atol=1e-12)


def test_the_controller_is_the_recursion_written_out():
    objective, rng = SAFE(kp=2.0, ki=0.5, kd=1.0), np.random.default_rng(1)
    kls = ema = integral = 0.0
    last = None
    for step in range(60):
        group = replace(GROUP, reward=rng.normal(size=(4, 5)))
        d = (group.ref_logp - group.logp)[group.mask != 0]
        kls = 0.9 * kls + 0.1 * (np.exp(d) - d - 1).mean()
        r, before = group.reward.mean(), ema
        ema = r if step == 0 else 0.95 * ema + 0.05 * r
        e = (ema - before if step else 0.0) - 0.001
        integral = np.clip(integral + e, -1, 1)
        control = 2 * e + 0.5 * integral + (0 if last is None else e - last)
        last = e
        objective.update(group)
        assert objective.kl == pytest.approx(kls, rel=1e-12)
        assert objective.threshold == pytest.approx(np.clip((0.3 + control) * objective.phase, 0.1, 0.6), rel=1e-12)


def test_the_integral_is_wound_up_to_1_at_most():
    objective = SAFE()
    for step in range(200):
        objective.update(replace(GROUP, reward=np.full((4, 5), 100.0 * step)))
        assert abs(objective.integral) <= 1
    assert objective.integral == 1


def phase_after(rewards):
    objective = SAFE()
    for r in rewards:
        objective.update(replace(GROUP, reward=np.full((4, 5), float(r))))
    return objective.phase


def test_the_phases():
    assert phase_after([0.5] * 49) == 1.5
    assert phase_after(np.linspace(0, 1, 100)) == 1.2
    assert phase_after([0.9] * 100) == 1.0
    assert phase_after([0.5] * 100) == 0.8
    assert phase_after([0.9] * 50 + [0.9, 1.3] * 25) == 1.2 and phase_after([1.2] * 50 + [0.9, 1.3] * 25) == 0.8


def test_a_trial_step_is_scaled_to_the_largest_divergence():
    """Steps of deviation 1 on the logits end at most 10 % above it; larger ones may not (see `step_share`)."""
    assert step_share(0.3) == 1 and step_share(2.0) == 0.25
    rng, ends = np.random.default_rng(0), []
    for _ in range(1000):
        z, step = rng.normal(size=(2, 5))
        kl = float(divergence(softmax(z + step), softmax(z)))
        if kl > 0.5:
            ends.append(divergence(softmax(z + step_share(kl) * step), softmax(z)))
    assert len(ends) > 50 and max(ends) <= 0.55 and np.mean(ends) < 0.5


def test_options_and_states():
    for bad in ({"base": -0.1}, {"price": -1.0}):
        with pytest.raises(BadOption):
            SAFE(**bad)
    with pytest.raises(BadCheckpoint):
        SAFE().load_state_dict({"kl": 0.0})
