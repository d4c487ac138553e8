import numpy as np
import pytest
import torch
from continuous_worlds import Aiming, aiming_error

from rewardlab.agents.deep import MDPOOffPolicy
from rewardlab.agents.deep.mdpo_off_policy import mirror_actor_loss, tsallis_log
from rewardlab.agents.deep.sac import soft_actor_loss
from rewardlab.agents.loops.squashed import draw, log_density
from rewardlab.core.errors import BadOption

SMALL = {"device": "cpu", "seed": 0, "learning_starts": 20, "batch_size": 16, "policy_kwargs": {"net_arch": [8]}}


def test_next_to_a_uniform_policy_the_loss_is_soft_actor_critics_over_the_temperature():
    generator = torch.Generator().manual_seed(0)
    mean, log_std, value = (torch.randn(32, 2, generator=generator).requires_grad_() for _ in range(3))
    drawn = draw(mean, log_std, torch.randn(32, 2, generator=generator))
    temperature, uniform = 0.2, -2 * np.log(2)  # the density on a square of side 2
    q = (drawn.action * value).sum(-1)
    mine = mirror_actor_loss(drawn.log_prob - uniform, q, 1 / temperature)
    theirs = soft_actor_loss(drawn.log_prob, q, torch.tensor(temperature)) / temperature
    torch.testing.assert_close(mine + uniform, theirs, atol=1e-6, rtol=1e-6)
    for a, b in zip(
        torch.autograd.grad(mine.mean(), (mean, log_std), retain_graph=True),
        torch.autograd.grad(theirs.mean(), (mean, log_std)),
        strict=True,
    ):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("t", [0.5, 2.0])
def test_many_steps_reach_the_last_policy_times_exp_of_t_q(t):
    # πₖ = N(0.3, 1) in u and Q = −1.5 (u − 1)²: their product is a Gaussian again
    nodes, weights = (torch.as_tensor(x) for x in np.polynomial.hermite_e.hermegauss(12))
    noise, weights = nodes[:, None], weights / weights.sum()
    mean, log_std = (torch.zeros(1, 1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    old = torch.full((1, 1), 0.3, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    descent = torch.optim.SGD([mean, log_std], lr=0.05)
    for _ in range(400):
        drawn = draw(mean.expand(12, 1), log_std.expand(12, 1), noise)
        value = -1.5 * (drawn.before[:, 0] - 1).square()
        loss = mirror_actor_loss(drawn.log_prob - log_density(*old, drawn.before), value, t)
        descent.zero_grad()
        (loss * weights).sum().backward()
        descent.step()
    precision = 1 + 3 * t
    assert float(mean.detach()) == pytest.approx((0.3 + 3 * t) / precision, abs=1e-6)
    assert float(log_std.detach()) == pytest.approx(-0.5 * np.log(precision), abs=1e-6)


def test_the_tsallis_logarithm():
    x = torch.tensor([0.2, 1.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(tsallis_log(x.log(), 2.0), x - 1)
    torch.testing.assert_close(tsallis_log(x.log(), 0.5), 2 * (1 - x**-0.5))
    assert torch.equal(tsallis_log(x.log(), 1.0), x.log())
    torch.testing.assert_close(tsallis_log(x.log(), 1 + 1e-9), x.log(), atol=1e-8, rtol=1e-8)


def test_the_copy_is_renewed_every_m_updates_and_files_keep_both(tmp_path):
    agent = MDPOOffPolicy("MlpPolicy", "Pendulum-v1", mirror_steps=7, **SMALL)

    def apart(a):
        return max(
            float((x - y).detach().abs().max())
            for x, y in zip(a.actor.parameters(), a.anchor.parameters(), strict=True)
        )

    agent.learn(20 + 7)
    assert apart(agent) > 0
    held = {k: v.clone() for k, v in agent.anchor.state_dict().items()}
    agent.save(tmp_path / "agent.zip")
    loaded = MDPOOffPolicy.load(tmp_path / "agent.zip", env="Pendulum-v1", device="cpu")
    assert all(torch.equal(v, held[k]) for k, v in loaded.anchor.state_dict().items())
    assert (loaded.mirror_steps, loaded._updates_begun) == (7, agent._updates_begun)
    agent.learn(1, reset_num_timesteps=False)
    assert not all(torch.equal(v, held[k]) for k, v in agent.anchor.state_dict().items())


def test_it_learns_to_aim():
    options = SMALL | {"learning_rate": 1e-2, "batch_size": 64, "policy_kwargs": {"net_arch": [32]}}
    agent = MDPOOffPolicy("MlpPolicy", Aiming(), step_size=20.0, mirror_steps=50, **options)
    before = aiming_error(agent)
    agent.learn(270)
    assert aiming_error(agent) < 0.1 < before


@pytest.mark.parametrize("wrong", [{"step_size": 0.0}, {"mirror_steps": 0}, {"use_sde": True}])
def test_options_out_of_range(wrong):
    with pytest.raises(BadOption, match=next(iter(wrong))):
        MDPOOffPolicy("MlpPolicy", "Pendulum-v1", **SMALL, **wrong)
