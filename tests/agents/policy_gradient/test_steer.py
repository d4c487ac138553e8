"""STEER: weights by the estimated change of entropy."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same, token_gradient
from scipy.stats import spearmanr

from rewardlab.agents.parts import advantage, ratio, reduce, surrogate
from rewardlab.agents.policy_gradient import steer
from rewardlab.agents.policy_gradient.steer import entropy_change
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import softmax


def entropy(p):
    return -(p * np.log(p)).sum(-1)


def test_the_estimate_agrees_with_the_exact_change_of_entropy():
    """Softmaxes over 20 words with logits of deviation 2, one step A(e_k − p): sign and rank agree for most."""
    rng, n = np.random.default_rng(0), 3000
    z, a = 2.0 * rng.normal(size=(n, 20)), rng.normal(size=n)
    p = softmax(z)
    k = (rng.random((n, 1)) > np.cumsum(p, -1)).sum(-1)
    h, one = entropy(p), p[np.arange(n), k]
    exact = -a * (one * (np.log(one) + h) - (p**2 * (np.log(p) + h[:, None])).sum(-1))
    step = 1e-5 * a[:, None] * (np.eye(20)[k] - p)
    same((entropy(softmax(z + step)) - entropy(softmax(z - step))) / 2e-5, exact, rtol=1e-5, atol=1e-9)
    logp = np.log(one).reshape(n, 1, 1)
    group = Group(logp, logp, logp, np.ones((n, 1, 1)), np.zeros((n, 1)), {"entropy": h.reshape(n, 1, 1)})
    ours = -entropy_change(group, a.reshape(n, 1, 1)).ravel()
    assert (np.sign(exact) == np.sign(ours)).mean() >= 0.85 and spearmanr(exact, ours)[0] >= 0.8


def weights(group, **options):
    """What each counting token's gradient is of the unweighted loss."""

    def loss(g):
        plain = surrogate.dual_clip(ratio.token(g), advantage.normalised(g), np.inf, np.inf, 1e9)
        return reduce.per_token(plain, g.mask)

    ours = token_gradient(lambda g: steer(g, low=np.inf, high=np.inf, dual=1e9, **options), group)
    counts = group.mask != 0
    return (ours[counts] / token_gradient(loss, group)[counts]), np.abs(
        entropy_change(group, advantage.normalised(group))
    )[counts]


def test_weights_fall_strictly_from_the_most_to_the_least():
    w, size = weights(random_group(5, 6, seed=3))
    order = np.argsort(size)
    assert w[order[0]] == pytest.approx(1.2, abs=1e-9) and w[order[-1]] == pytest.approx(0.8, abs=1e-9)
    assert (np.diff(w[order]) < 1e-12).all() and (np.diff(w[order])[np.diff(size[order]) > 1e-9] < 0).all()
    same(w, 1.2 - 0.4 * (size - size.min()) / (size.max() - size.min()), rtol=1e-9)


def test_weights_of_1_change_nothing():
    group = random_group(5, 6, seed=3)
    loss = surrogate.dual_clip(ratio.token(group), advantage.normalised(group), 0.2, 0.28, 3.0)
    same(steer(group, least=1.0, most=1.0), reduce.per_token(loss, group.mask), rtol=0, atol=0)


def test_equal_estimates_are_in_the_middle():
    """log p + H = 0 everywhere: no token would change the entropy."""
    group = random_group(3, 4)
    still = replace(group, info={"entropy": -group.logp})
    loss = surrogate.dual_clip(ratio.token(still), advantage.normalised(still), 0.2, 0.28, 3.0)
    same(steer(still, least=0.5, most=0.9), 0.7 * reduce.per_token(loss, still.mask))


@pytest.mark.parametrize("bad", [{"least": 2.0}, {"least": -1.0}, {"dual": 1.0}])
def test_numbers_outside_their_range_are_refused(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        steer(random_group(2, 2), **bad)


def test_the_estimate_is_the_equation():
    group = random_group(3, 4, seed=2)
    a, h = np.random.default_rng(0).normal(size=(3, 4, 1)), group.info["entropy"]
    p, old = np.exp(group.logp), np.exp(group.old_logp)
    same(entropy_change(group, a), a / old * p * (1 - p) * (np.log(p) + h) * group.mask)
