import pytest
import stable_baselines3
import torch
from torch import nn

from rewardlab.agents.loops.critics import Critics, stacked_view
from rewardlab.agents.loops.descent import Descent


def made(**policy_kwargs):
    agent = stable_baselines3.SAC(
        "MlpPolicy", "Pendulum-v1", device="cpu", seed=0, buffer_size=10, policy_kwargs=policy_kwargs
    )
    generator = torch.Generator().manual_seed(1)
    return agent.critic, torch.randn(16, 3, generator=generator), torch.rand(16, 1, generator=generator)


@pytest.mark.parametrize(
    "kwargs",
    [{"net_arch": [32, 16]}, {"net_arch": [8], "activation_fn": nn.Tanh, "n_critics": 3}, {"n_critics": 1}],
    ids=["two", "three", "one"],
)
def test_values_and_gradients_are_those_of_the_networks_one_by_one(kwargs):
    critic, obs, action = made(**kwargs)
    before = {k: v.clone() for k, v in critic.state_dict().items()}
    critics = Critics(critic)
    assert critics.together
    assert all(torch.equal(v, before[k]) for k, v in critic.state_dict().items())
    action.requires_grad_()
    mine, theirs = critics(obs, action), torch.stack(critic(obs, action))
    torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-6)
    inputs = [action, *critic.parameters()]
    ours, sb3s = (torch.autograd.grad(x.square().sum(), inputs) for x in (mine, theirs))
    for a, b in zip(ours, sb3s, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_frozen_critics_pass_a_gradient_to_actions_alone():
    critic, obs, action = made(net_arch=[16])
    shown = Critics(critic)(obs, action.requires_grad_(), frozen=True).amin(0).sum()
    shown.backward()
    expected = torch.autograd.grad(torch.stack(critic(obs, action)).amin(0).sum(), action)[0]
    torch.testing.assert_close(action.grad, expected, atol=1e-6, rtol=1e-6)
    assert all(p.grad is None for p in critic.parameters())


def test_nothing_is_copied_also_after_a_step_has_moved_the_weights():
    critic, obs, action = made(net_arch=[16])
    critics, descent = Critics(critic), Descent(critic.optimizer, float("inf"))
    for _ in range(2):
        descent(critics(obs, action).square().mean())
        assert all(stacked_view(w).data_ptr() == w[0].data_ptr() for w in critics.weights)
        torch.testing.assert_close(critics(obs, action), torch.stack(critic(obs, action)), atol=1e-6, rtol=1e-6)


def test_tensors_that_lie_anywhere_are_copied():
    some = [torch.full((2, 3), float(k)) for k in (3, 1, 2)]
    assert torch.equal(stacked_view(some), torch.stack(some))


def test_networks_that_are_no_perceptrons_are_called_one_by_one():
    critic, obs, action = made(net_arch=[16])
    for network in critic.q_networks:
        network.insert(1, nn.LayerNorm(16))
    critics = Critics(critic)
    assert not critics.together
    assert torch.equal(critics(obs, action), torch.stack(critic(obs, action)))
