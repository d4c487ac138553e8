"""The written-out update against autograd: every gradient, one whole update, and what is left to autograd."""

from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from same_data import twins
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.policies import ActorCriticPolicy
from torch import nn

from rewardlab.agents.deep import A2C, PPO
from rewardlab.agents.loops.actor_critic import ActorCritic
from rewardlab.agents.loops.fused import fused_of, layers
from rewardlab.agents.loops.rollouts import Minibatch
from rewardlab.agents.loops.values import HLGauss, Squared

BOX = spaces.Box(-1, 1, (7,), np.float32)
ROWS = 33


def made(space, *, streams=1, loss=None, observed=BOX, **options):
    torch.manual_seed(0)
    policy = ActorCriticPolicy(observed, space, lambda _: 1e-3, **options)
    loss = loss or Squared()
    policy.value_net = nn.Linear(policy.value_net.in_features, streams * loss.width)
    policy.optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
    with torch.no_grad():
        for p in policy.parameters():
            p.add_(0.2 * torch.randn_like(p))
    return ActorCritic(policy, space, streams, loss)


def steps(networks, space, mask=False):
    generator = torch.Generator().manual_seed(1)
    obs = torch.randn(ROWS, 7, generator=generator)
    action = torch.as_tensor(np.stack([space.sample() for _ in range(ROWS)]))
    allowed = None
    if mask:
        allowed = torch.rand(ROWS, space.n, generator=generator) < 0.7
        allowed[torch.arange(ROWS), action] = True
    one, many = torch.randn(ROWS, generator=generator), torch.randn(ROWS, networks.streams, generator=generator)
    return Minibatch(obs, action, one, one[:, None], many, one, many, allowed)


def losses(networks, batch):
    def of(outputs, shown):
        head = networks.head
        policy = -(head.log_prob(outputs, batch.action).exp() * batch.advantage).mean()
        values = networks.loss.loss(shown, batch.returns).mean()
        return policy - 0.1 * head.entropy(outputs).mean() + 0.5 * values, {"values": values.detach()}

    return of


DISCRETE, CONTINUOUS = spaces.Discrete(5, seed=0), spaces.Box(-1, 1, (3,), np.float32, seed=0)
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "depth 1": (DISCRETE, {"net_arch": [16]}),
    "depth 2": (DISCRETE, {"net_arch": [16, 16]}),
    "depth 3, widths of their own": (DISCRETE, {"net_arch": [16, 8, 12]}),
    "ReLU": (DISCRETE, {"activation_fn": nn.ReLU}),
    "Gaussian": (CONTINUOUS, {"log_std_init": -0.3}),
    "Gaussian, ReLU, depth 1": (CONTINUOUS, {"net_arch": [9], "activation_fn": nn.ReLU}),
    "many choices": (spaces.MultiDiscrete([3, 4], seed=0), {}),
    "two streams of histograms": (DISCRETE, {"streams": 2, "loss": HLGauss(-3.0, 3.0, bins=7)}),
    "features of each": (DISCRETE, {"share_features_extractor": False}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("mask", [False, True])
def test_each_gradient_is_autograds(case, mask):
    space, options = CASES[case]
    networks = made(space, **options)
    batch = steps(networks, space, mask and isinstance(space, spaces.Discrete))
    fused = fused_of(networks, networks.policy.optimizer, 0.5)
    assert fused is not None
    grad, told = fused(batch, losses(networks, batch))
    loss, expected = losses(networks, batch)(*networks.both(batch.obs, batch.mask))
    torch.testing.assert_close(told, expected)
    at = 0
    for p, g in zip(fused.descent.parameters, torch.autograd.grad(loss, fused.descent.parameters), strict=True):
        mine = grad[at : at + p.numel()].view(p.shape)
        assert float((mine - g).norm()) <= 1e-6 * float(g.norm()) + 1e-8
        assert float(g.norm()) > 0
        at += p.numel()
    assert at == len(grad) == sum(p.numel() for p in networks.policy.parameters())


class Own(ActorCriticPolicy):
    pass


def test_what_is_left_to_autograd():
    assert layers(made(DISCRETE)) is not None
    refused: list[dict[str, Any]] = [
        {"net_arch": []},
        {"net_arch": {"pi": [8], "vf": [16]}},
        {"net_arch": {"pi": [8], "vf": [8, 8]}},
        {"activation_fn": nn.ELU},
        {"observed": spaces.Discrete(7)},
    ]
    for options in refused:
        assert layers(made(DISCRETE, **options)) is None, options
    policy = made(DISCRETE).policy
    policy.__class__ = Own
    assert layers(ActorCritic(policy, DISCRETE, 1, Squared())) is None
    networks = made(DISCRETE)
    assert fused_of(networks, torch.optim.RMSprop(networks.policy.parameters()), 0.5) is None
    assert fused_of(networks, torch.optim.Adam(networks.policy.action_net.parameters()), 0.5) is None


@pytest.mark.parametrize("world", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize(
    "options", [{}, {"clip_range_vf": 0.1, "ent_coef": 0.02, "normalize_advantage": False}], ids=["plain", "all"]
)
def test_one_update_is_autograds(world, options):
    mine, plain = twins(PPO, PPO, world, n_steps=32, batch_size=16, n_epochs=4, **options)
    assert mine._fused is not None
    plain._fused = None
    for agent in (mine, plain):
        agent.set_logger(Logger(None, []))
    _, callback = mine._setup_learn(10_000, CallbackList([]))
    callback.on_training_start({}, {})
    mine.collect_rollouts(mine.env, callback, mine.rollout_buffer, mine.n_steps)
    plain._batch, plain._explained = mine._batch, mine._explained
    plain.generator.set_state(mine.generator.get_state())
    before = torch.cat([p.detach().flatten() for p in plain.policy.parameters()])
    for agent in (mine, plain):
        agent.train()
    after = torch.cat([p.detach().flatten() for p in plain.policy.parameters()])
    assert float((after - before).abs().max()) > 1e-3
    for (name, a), b in zip(mine.policy.named_parameters(), plain.policy.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=2e-6, rtol=1e-4, msg=name)
    for key, number in plain.logger.name_to_value.items():
        assert mine.logger.name_to_value[key] == pytest.approx(number, rel=1e-4, abs=1e-5), key


def test_a_compiled_agent_and_one_with_another_optimiser_use_autograd():
    assert PPO("MlpPolicy", "CartPole-v1", compile="default")._fused is None
    assert A2C("MlpPolicy", "CartPole-v1")._fused is None  # RMSprop
    assert A2C("MlpPolicy", "CartPole-v1", use_rms_prop=False)._fused is not None
