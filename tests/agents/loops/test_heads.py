"""Action distributions against torch's own, in closed form and by counting."""

import gymnasium as gym
import pytest
import torch
from stable_baselines3 import PPO
from torch import distributions as td

from rewardlab.agents.loops.heads import Bernoulli, Categorical, Gaussian, MultiCategorical, head_of


def outputs(width, rows=6, seed=0):
    return torch.randn(rows, width, generator=torch.Generator().manual_seed(seed)) * 1.5


def multi(x):
    return [td.Categorical(logits=part) for part in x.split([2, 3], -1)]


def normal(x):
    return td.Independent(td.Normal(x.chunk(2, -1)[0], x.chunk(2, -1)[1].exp()), 1)


CASES = {
    "categorical": (Categorical(), 5, lambda x: td.Categorical(logits=x)),
    "bernoulli": (Bernoulli(), 4, lambda x: td.Independent(td.Bernoulli(logits=x), 1)),
    "gaussian": (Gaussian(), 6, normal),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_probabilities_entropies_and_divergences_are_torchs(case):
    head, width, make = case
    x, y = outputs(width), outputs(width, seed=1)
    action = head.sample(x, torch.Generator().manual_seed(2))
    torch.testing.assert_close(head.log_prob(x, action), make(x).log_prob(action))
    torch.testing.assert_close(head.entropy(x), make(x).entropy())
    torch.testing.assert_close(head.divergence(x, y), td.kl_divergence(make(x), make(y)), atol=1e-5, rtol=1e-4)
    assert head.divergence(x, x).abs().max() < 1e-6


def test_several_choices_are_independent():
    head, x, y = MultiCategorical((2, 3)), outputs(5), outputs(5, seed=1)
    action = head.sample(x, torch.Generator().manual_seed(2))
    parts = multi(x)
    expected = sum(d.log_prob(action[:, i]) for i, d in enumerate(parts))
    torch.testing.assert_close(head.log_prob(x, action), expected)
    torch.testing.assert_close(head.entropy(x), sum(d.entropy() for d in parts))
    kl = sum(td.kl_divergence(p, q) for p, q in zip(parts, multi(y), strict=True))
    torch.testing.assert_close(head.divergence(x, y), kl)


def test_draws_follow_the_probabilities_and_without_a_generator_the_likeliest_comes():
    generator, n = torch.Generator().manual_seed(0), 40_000
    logits = torch.tensor([0.0, 1.0, -1.0])
    drawn = Categorical().sample(logits.expand(n, -1), generator)
    frequency = torch.bincount(drawn, minlength=3) / n
    assert (frequency - logits.softmax(-1)).abs().max() < 4 * 0.5 / n**0.5
    coins = Bernoulli().sample(logits.expand(n, -1), generator).mean(0)
    assert (coins - logits.sigmoid()).abs().max() < 4 * 0.5 / n**0.5
    x = torch.tensor([1.0, -2.0, 0.3, -0.5]).expand(n, -1)
    bell = Gaussian().sample(x, generator)
    assert (bell.mean(0) - x[0, :2]).abs().max() < 4 * 1.4 / n**0.5
    assert (bell.std(0) - x[0, 2:].exp()).abs().max() < 0.03
    assert Categorical().sample(logits, None) == 1
    assert Bernoulli().sample(logits, None).tolist() == [0.0, 1.0, 0.0]
    assert Gaussian().sample(x[0], None).tolist() == [1.0, -2.0]


def test_what_is_not_allowed_is_never_drawn_and_gives_no_nan():
    logits = torch.tensor([[0.0, -1e8, 1.0]], requires_grad=True)
    drawn = Categorical().sample(logits.detach().expand(2000, -1), torch.Generator().manual_seed(0))
    assert set(drawn.tolist()) == {0, 2}
    entropy = Categorical().entropy(logits)
    entropy.backward()
    assert torch.isfinite(entropy).all() and torch.isfinite(logits.grad).all()
    torch.testing.assert_close(entropy.detach(), td.Categorical(logits=torch.tensor([[0.0, 1.0]])).entropy())


def test_each_policy_gets_its_head_and_a_foreign_distribution_none():
    heads = {"CartPole-v1": Categorical(), "Pendulum-v1": Gaussian()}
    for name, head in heads.items():
        agent = PPO("MlpPolicy", gym.make(name), n_steps=8, batch_size=8)
        assert head_of(agent.policy, agent.action_space) == head
    sde = PPO("MlpPolicy", gym.make("Pendulum-v1"), n_steps=8, batch_size=8, use_sde=True)
    assert head_of(sde.policy, sde.action_space) is None
