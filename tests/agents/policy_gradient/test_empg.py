"""EMPG against loops over steps, and the identity behind it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.parts import advantage, masked
from rewardlab.agents.policy_gradient import empg, grpo
from rewardlab.agents.policy_gradient.empg import modulated

GROUP = random_group(4, 5, tokens=8, seed=3)


def by_hand(group, k, k_future, zeta):
    """A_t of every token, [P, G, T]."""
    a = (group.reward - group.reward.mean(-1, keepdims=True)) / (group.reward.std(-1, keepdims=True) + 1e-6)
    steps = {}  # (p, i) -> turn -> mean entropy
    for p, i in np.ndindex(a.shape):
        own = group.mask[p, i] != 0
        turns = sorted(set(group.info["turn"][p, i][own]))
        steps[p, i] = {n: group.info["entropy"][p, i][own & (group.info["turn"][p, i] == n)].mean() for n in turns}
    h = np.array([v for s in steps.values() for v in s.values()])
    scaled = {key: {n: (v - h.min()) / (h.max() - h.min() + 1e-8) for n, v in s.items()} for key, s in steps.items()}
    mean = np.mean([np.exp(-k * v) for s in scaled.values() for v in s.values()])
    out = {}
    for key, s in scaled.items():
        after = [*[np.exp(-k_future * v) for v in list(s.values())[1:]], 0.0]
        out[key] = {n: a[key] * np.exp(-k * v) / mean + zeta * f for (n, v), f in zip(s.items(), after, strict=True)}
    centre = np.mean([v for s in out.values() for v in s.values()])
    tokens = np.zeros(group.logp.shape)
    for (p, i), s in out.items():
        for n, v in s.items():
            tokens[p, i][group.info["turn"][p, i] == n] = v - centre
    return tokens, sum(v - centre for s in out.values() for v in s.values())


@pytest.mark.parametrize("options", [(1.0, 1.0, 0.05), (2.0, 0.5, 0.3), (0.0, 1.0, 1.0)])
def test_the_advantages_of_steps_are_those_of_the_equation_and_sum_to_0(options):
    k, k_future, zeta = options
    group = replace(GROUP, old_logp=GROUP.logp)
    a, rest = by_hand(group, *options)
    assert abs(rest) < 1e-12
    grad = token_gradient(lambda g: empg(g, k=k, k_future=k_future, zeta=zeta), group)
    same(grad, -a * group.mask / group.mask.sum(-1, keepdims=True) / 20)


def test_the_batch_mean_of_the_weights_is_1():
    ones = np.ones((*GROUP.reward.shape, 1))
    g, has = modulated(GROUP, ones, k=3.0, k_future=1.0, zeta=0.0)
    assert float(masked.batch_mean(g, has)) == pytest.approx(1, abs=1e-14)
    assert g[has].std() > 0.1


def test_without_its_terms_it_is_grpo_to_the_bit():
    steps = replace(GROUP, mask=np.ones_like(GROUP.mask), reward=np.array([[1.0, 0.0, 1.0, 0.0]] * 4)[:, :4])
    steps = replace(random_group(4, 4, tokens=8), mask=np.ones((4, 4, 8)), reward=steps.reward)
    same(empg(steps, k=0.0, zeta=0.0), grpo(steps), rtol=0, atol=0)
    a, has = modulated(GROUP, advantage.normalised(GROUP), k=0.0, k_future=1.0, zeta=0.0)  # before centring, always
    same(a[has], np.broadcast_to(advantage.normalised(GROUP), a.shape)[has], rtol=0, atol=0)


def test_the_size_of_a_gradient_is_what_the_second_renyi_entropy_leaves():
    for seed in range(5):
        z = torch.tensor(2 * np.random.default_rng(seed).normal(size=9), requires_grad=True)
        logp = torch.log_softmax(z, -1)
        size = sum(
            logp[k].exp().item() * torch.autograd.grad(logp[k], z, retain_graph=True)[0].square().sum()
            for k in range(9)
        )
        collision = -torch.log((logp.exp() ** 2).sum()).item()
        assert size.item() == pytest.approx(1 - np.exp(-collision), abs=1e-12)
