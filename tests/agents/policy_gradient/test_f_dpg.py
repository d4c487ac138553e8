"""f-DPG: four divergences by one formula, exact over all sentences."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from exact_groups import Tree, same

from rewardlab.agents.policy_gradient import f_dpg
from rewardlab.agents.policy_gradient.f_dpg import (
    forward_kl,
    jensen_shannon,
    log_partition,
    reverse_kl,
    total_variation,
)

F = {
    forward_kl: lambda t: -t.log(),
    reverse_kl: lambda t: t * t.log(),
    total_variation: lambda t: (1 - t).abs() / 2,
    jensen_shannon: lambda t: (t * t.log() - (t + 1) * ((t + 1) / 2).log()) / 2,
}
EVERY = pytest.mark.parametrize("slope", F, ids=[f.__name__ for f in F])


def task(seed=0):
    tree = Tree(seed=seed)
    return tree, torch.log_softmax(tree.log_law(tree.reference).detach() + tree.paid / 0.5, 0)


@EVERY
def test_slopes_are_derivatives(slope):
    t = torch.tensor([1e-3, 0.2, 0.9, 1.5, 40.0], dtype=torch.float64, requires_grad=True)
    F[slope](t).sum().backward()
    same(slope(t.detach().log()), t.grad)
    same(slope(t.detach().log().numpy()), t.grad)


@EVERY
@pytest.mark.parametrize("responses", [1, 2])
def test_the_expected_gradient_is_that_of_the_divergence(slope, responses):
    """One response has itself as the mean and no gradient; of two, half is left: (G − 1)/G."""
    tree, target = task()
    exact = tree.gradient((target.exp() * F[slope](tree.log_law().exp() / target.exp())).sum())
    index = torch.cartesian_prod(*[torch.arange(7)] * responses).reshape(-1, responses)
    objective = lambda g: f_dpg(replace(g, info={"log_target": target[index]}), slope=slope)  # noqa: E731
    same(tree.expected(objective, responses), exact * (responses - 1) / responses)


def test_other_samplers_are_weighted():
    tree, target = task(seed=3)
    sampler = torch.tensor(np.random.default_rng(8).normal(size=(3, 3)))
    index = torch.cartesian_prod(torch.arange(7), torch.arange(7))
    group = replace(tree.of(index, old=sampler), info={"log_target": target[index]})
    chance = tree.log_law(sampler).exp()[index].prod(-1)
    exact = tree.gradient((tree.log_law().exp() * (tree.log_law() - target)).sum())
    # the mean of the slopes is over the sampler's pairs: it takes half of each own term, and half of the other's weight
    slopes = reverse_kl(tree.log_law().detach() - target)
    other = (tree.log_law(sampler).exp() * slopes).sum()
    expected = tree.gradient((tree.log_law().exp() * (slopes - other).detach()).sum()) / 2
    same(tree.gradient((f_dpg(group, slope=reverse_kl) * chance).sum()), expected)
    same(tree.gradient((tree.log_law().exp() * slopes).sum()), exact)


@EVERY
def test_all_of_them_lead_to_the_target(slope):
    tree, target = task(seed=1)
    for step in range(1500):
        logp = tree.log_law()
        grad = tree.gradient((logp.exp().detach() * slope(logp.detach() - target) * logp).sum())
        with torch.no_grad():
            tree.logits -= (1 - step / 1500) * grad
    assert 0.5 * (tree.log_law().exp() - target.exp()).abs().sum() < 0.02


def test_the_partition_is_estimated_without_bias():
    rng = np.random.default_rng(0)
    log_p, q = rng.normal(size=9) + 300.0, np.full(9, 1 / 9)
    every = log_partition(log_p, np.log(q))  # each response once: the exact sum
    assert every == pytest.approx(np.log(np.exp(log_p - 300).sum()) + 300, rel=1e-14)
    drawn = rng.integers(0, 9, (40, 2000))
    estimates = np.exp(log_partition(log_p[drawn], np.log(q)[drawn]) - every)
    assert abs(estimates.mean() - 1) < 4 * estimates.std() / np.sqrt(40)  # 4 standard errors
    assert np.abs(estimates - 1).max() < 0.1
