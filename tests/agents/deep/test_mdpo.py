"""Mirror descent policy optimisation against its closed form, its bound, and the policy gradient."""

import math

import numpy as np
import pytest
import torch

from rewardlab.agents.deep import MDPO
from rewardlab.agents.deep.mdpo import mirror_step, proximal_loss
from rewardlab.agents.loops.heads import Categorical
from rewardlab.core.errors import BadOption
from rewardlab.core.testing.processes import random_mdp

HEAD = Categorical()


def world(seed):
    return random_mdp(np.random.default_rng(seed), states=8, actions=4, terminal=0, gamma=0.9)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("step_size", [1.0, 10.0])
def test_with_exact_advantages_no_state_loses_and_the_gap_keeps_its_bound(seed, step_size):
    mdp = world(seed)
    best = mdp.solve().V
    log_policy, last, steps = torch.full((8, 4), -math.log(4.0), dtype=torch.float64), None, 60
    span = np.ptp(mdp.pay)
    for _ in range(steps):
        seen = mdp.evaluate(log_policy.exp().numpy())
        if last is not None:
            assert (last - 1e-9 <= seen.V).all()
        last = seen.V
        log_policy = mirror_step(log_policy, torch.from_numpy(seen.Q - seen.V[:, None]), step_size)
    gap = (best - mdp.evaluate(log_policy.exp().numpy()).V).max()
    bound = math.log(4) / (step_size * 0.1 * steps) + span / (0.01 * steps)
    assert -1e-9 < gap < bound
    if step_size == 10.0:
        assert gap < 1e-3 * bound


def test_many_steps_on_the_loss_reach_the_mirror_step():
    generator = torch.Generator().manual_seed(0)
    old = torch.randn(5, 4, generator=generator)
    advantage = torch.randn(5, 4, generator=generator)
    target = mirror_step(old.log_softmax(-1), advantage, 0.7)
    logits = old.clone().requires_grad_()
    optimizer = torch.optim.Adam([logits], lr=0.05)
    for _ in range(400):
        pi = logits.softmax(-1)
        loss = (HEAD.divergence(logits, old) / 0.7 - (pi * advantage).sum(-1)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    kl = (target.exp() * (target - logits.detach().log_softmax(-1))).sum(-1)
    assert kl.max() < 1e-4


def test_the_first_step_is_a_policy_gradient():
    generator = torch.Generator().manual_seed(0)
    old, advantage = torch.randn(64, 4, generator=generator), torch.randn(64, generator=generator)
    action = torch.randint(0, 4, (64,), generator=generator)
    logits = old.clone().requires_grad_()
    log_prob = HEAD.log_prob(logits, action)
    ratio = (log_prob - log_prob.detach()).exp()
    loss = proximal_loss(ratio, advantage, HEAD.divergence(logits, old), 0.3).mean()
    (mine,) = torch.autograd.grad(loss, logits, retain_graph=True)
    (plain,) = torch.autograd.grad(-(log_prob * advantage).mean(), logits)
    torch.testing.assert_close(mine, plain, atol=1e-7, rtol=1e-5)


def test_the_step_size_falls_as_training_ends_unless_it_is_told_not_to():
    for anneal in (True, False):
        sizes = []
        model = MDPO(
            "MlpPolicy", "CartPole-v1", n_steps=32, batch_size=32, n_epochs=2, step_size=0.5, anneal=anneal, seed=0
        )
        begin = model.begin_update
        model.begin_update = lambda begin=begin, sizes=sizes: (s := begin(), sizes.append(s["train/step_size"]))[0]
        model.learn(128)
        assert sizes == pytest.approx([0.375, 0.25, 0.125, 0.125] if anneal else [0.5] * 4)


def test_bad_options_are_refused():
    with pytest.raises(BadOption, match="step_size=0"):
        MDPO("MlpPolicy", "CartPole-v1", step_size=0)
    with pytest.raises(BadOption, match="use_sde"):
        MDPO("MlpPolicy", "Pendulum-v1", use_sde=True)
