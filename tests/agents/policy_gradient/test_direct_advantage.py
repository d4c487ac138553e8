"""Direct advantage policy optimisation: Lambert's W, and improvement in every round."""

import numpy as np
import pytest
import torch
from contracts.objective_row import random_group
from exact_groups import minimiser, same, token_gradient
from scipy.optimize import brentq
from scipy.special import lambertw

from rewardlab.agents.policy_gradient import direct_advantage
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import softmax


def exact(reference, a, beta):
    """The minimiser over the simplex; λ by bisection."""

    def law(rate):
        return reference * np.exp(a / beta - lambertw(rate * np.exp(a / beta)).real)

    low = -np.exp(-1 - (a / beta).max()) * (1 - 1e-9)  # the branch point of the largest advantage
    rate = brentq(lambda x: law(x).sum() - 1, low, 1e3, xtol=1e-15)
    return law(rate), rate


@pytest.mark.parametrize("seed", range(6))
def test_descent_reaches_the_closed_form_and_improves(seed):
    rng = np.random.default_rng(seed)
    reference, a, beta = softmax(rng.normal(size=6)), rng.normal(size=6), 2.0
    a -= reference @ a
    fixed, weight = torch.tensor(np.log(reference)).reshape(6, 1, 1), torch.tensor(reference)

    def loss(logp):  # each response as a state of its own, weighted by the law
        info = {"step_advantage": torch.tensor(a)[:, None]}
        group = Group(logp.reshape(6, 1, 1), fixed, fixed, torch.ones_like(fixed), 0 * fixed[..., 0], info)
        return (direct_advantage(group, beta=beta) * weight).sum()

    found = np.exp(minimiser(loss, np.log(reference)))
    law, rate = exact(reference, a, beta)
    same(found, law, rtol=0, atol=1e-6)
    assert found @ a > 0 and abs(rate) > 1e-4
    assert abs(exact(reference, 0 * a, beta)[1]) < 1e-9


def test_gradient_and_range():
    group = random_group(3, 4)
    a = np.random.default_rng(0).normal(size=(3, 4))
    h = ((group.logp - group.ref_logp) * group.mask).sum(-1)

    def ours(g):
        info = {"step_advantage": torch.tensor(a)}
        return direct_advantage(Group(g.logp, g.old_logp, g.ref_logp, g.mask, g.reward, info), beta=0.5)

    same(token_gradient(ours, group), ((h - 2 * a)[..., None] * group.mask) / 12)
    with pytest.raises(BadOption, match="beta"):
        direct_advantage(group, beta=0.0)
