"""ASAF: the discriminator of two policies is fitted, and the fitted policy is the expert's."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadBatch
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import asaf_loss, structured_logit

T = 8


def rollouts(mdp, policy, episodes, seed):
    """[E, T] states and actions, and which steps there are."""
    rng = np.random.default_rng(seed)
    state, live = np.zeros(episodes, dtype=np.int64), np.ones(episodes, dtype=bool)
    out = []
    for _ in range(T):
        action = (policy[state].cumsum(1) > rng.random((episodes, 1))).argmax(1)
        out.append((state, action, live))
        row = mdp.P[state * mdp.num_actions + action].toarray()
        state = (row.cumsum(1) > rng.random((episodes, 1))).argmax(1)
        live = live & ~mdp.terminal[state]
    return [torch.as_tensor(np.stack(x, axis=1)) for x in zip(*out, strict=True)]


def test_by_hand_and_padding_does_not_count():
    fitted, playing = np.log([[0.5, 0.9], [0.2, 0.3]]), np.log([[0.25, 0.1], [0.4, 0.7]])
    mask = np.array([[True, True], [True, False]])
    logit = structured_logit(fitted, playing, mask)
    np.testing.assert_allclose(logit, np.log([0.5 * 0.9 / (0.25 * 0.1), 0.5]))
    D = 1 / (1 + np.exp(-logit))
    np.testing.assert_allclose(D, [0.45 / (0.45 + 0.025), 0.2 / 0.6])
    assert asaf_loss(logit[:1], logit[1:]) == pytest.approx(-np.log(D[0]) - np.log(1 - D[1]))


def test_policies_that_agree_are_told_apart_by_nobody():
    logp = np.log(np.random.default_rng(0).dirichlet(np.ones(3), size=(5, 4)))[..., 0]
    logit = structured_logit(logp, logp, np.ones((5, 4), dtype=bool))
    assert not logit.any() and asaf_loss(logit, logit) == pytest.approx(2 * np.log(2))


def test_far_out_it_stays_finite():
    assert np.isfinite(asaf_loss(np.array([-1e4]), np.array([1e4])))


def test_on_a_table_it_becomes_the_expert():
    mdp = random_mdp(np.random.default_rng(1), states=5, actions=3, terminal=1)
    expert = np.random.default_rng(2).dirichlet(np.ones(3), size=5)
    shown = rollouts(mdp, expert, 3000, seed=0)
    theta = torch.zeros(5, 3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.SGD([theta], lr=4.0)
    for k in range(7):
        playing = torch.log_softmax(theta.detach(), -1)
        own = rollouts(mdp, playing.exp().numpy(), 3000, seed=100 + k)
        for _ in range(60):
            fitted = torch.log_softmax(theta, -1)
            logits = [structured_logit(fitted[s, a], playing[s, a], m) for s, a, m in (shown, own)]
            loss = asaf_loss(*logits)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    found = torch.softmax(theta.detach(), -1).numpy()
    visits = mdp.with_gamma(0.9).occupancy(expert).sum(1)
    gap = (visits / visits.sum() * (expert * np.log(expert / found)).sum(1)).sum()
    assert gap < 0.01  # the mean divergence of a step, where the expert goes
    assert float(loss.detach()) == pytest.approx(2 * np.log(2), abs=0.02)  # D is 1/2


def test_shapes_must_agree():
    with pytest.raises(BadBatch, match="structured_logit"):
        structured_logit(np.zeros((2, 3)), np.zeros((2, 3)), np.ones((2, 2), dtype=bool))
