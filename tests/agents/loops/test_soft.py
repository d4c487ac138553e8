import pytest
import stable_baselines3
import torch

from rewardlab.agents.loops.soft import critic_loss, follow, soft_target, temperature_loss, widen
from rewardlab.agents.loops.values import HLGauss


def test_what_has_terminated_is_worth_its_reward_alone():
    reward, discount = torch.tensor([1.0, 2.0]), torch.tensor([0.5, 0.0])
    value, log_prob = torch.tensor([4.0, 9.0]), torch.tensor([-1.0, 5.0])
    assert soft_target(reward, discount, value, log_prob, torch.tensor([0.1])).tolist() == pytest.approx([3.05, 2.0])


def test_the_critics_loss_is_half_the_sum_of_their_mean_squared_errors():
    shown, target = torch.randn(2, 16, 1, generator=torch.Generator().manual_seed(0)), torch.linspace(-1, 1, 16)
    expected = 0.5 * sum(torch.nn.functional.mse_loss(q[:, 0], target) for q in shown)
    torch.testing.assert_close(critic_loss(shown, target), expected)
    histogram = HLGauss(-2, 2, bins=11)
    wide = torch.randn(2, 16, 11, generator=torch.Generator().manual_seed(0))
    expected = 0.5 * sum(histogram.loss(q, target).mean() for q in wide)
    torch.testing.assert_close(critic_loss(wide, target, histogram), expected)


@pytest.mark.parametrize(("log_prob", "sign"), [(0.5, 1), (2.0, -1)])
def test_the_temperature_falls_where_actions_are_more_random_than_asked(log_prob, sign):
    log_temperature = torch.zeros(1, requires_grad=True)
    temperature_loss(log_temperature, torch.full((4,), log_prob), -1.0).backward()
    assert float(log_temperature.grad) == pytest.approx(-(log_prob - 1.0))  # the entropy is -log_prob, -1 is asked
    assert (float(log_temperature.grad) > 0) == (sign > 0)


def test_targets_follow():
    targets, sources = [torch.zeros(2), torch.ones(3)], [torch.ones(2), torch.full((3,), 3.0)]
    follow(targets, sources, 0.25)
    assert targets[0].tolist() == [0.25] * 2 and targets[1].tolist() == [1.5] * 3


def test_wider_critics_agree_with_their_targets_and_are_what_is_optimised():
    agent = stable_baselines3.SAC("MlpPolicy", "Pendulum-v1", device="cpu", seed=0, buffer_size=10)
    widen(agent.policy, 7, 0.1, seed=3)
    assert agent.critic.qf1[-1].out_features == 7
    for a, b in zip(agent.critic.parameters(), agent.critic_target.parameters(), strict=True):
        assert torch.equal(a, b) and a is not b
    group = agent.critic.optimizer.param_groups[0]
    assert group["lr"] == 0.1 and [id(p) for p in group["params"]] == [id(p) for p in agent.critic.parameters()]
