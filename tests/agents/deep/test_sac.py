import numpy as np
import pytest
import stable_baselines3
import torch
from continuous_worlds import Aiming, aiming_error
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.type_aliases import ReplayBufferSamples

from rewardlab.agents.deep import SAC
from rewardlab.agents.deep.sac import soft_actor_loss
from rewardlab.agents.loops.values import HLGauss
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, Task

SMALL = {"device": "cpu", "seed": 0, "learning_starts": 20, "batch_size": 16, "policy_kwargs": {"net_arch": [16, 16]}}
OBS = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)


def batch(rows: int = 64) -> tuple[Transitions, torch.Tensor]:
    g = torch.Generator().manual_seed(5)
    ends = torch.rand(rows, generator=g) < 0.3
    obs, after = torch.randn(rows, 3, generator=g), torch.randn(rows, 3, generator=g)
    action, reward = torch.rand(rows, 1, generator=g) * 2 - 1, torch.randn(rows, generator=g)
    return Transitions(obs, action, reward, after, ends, torch.zeros_like(ends)), 0.99 * ~ends


@pytest.mark.parametrize("ent_coef", ["auto_0.3", 0.2])
def test_three_updates_are_those_of_stable_baselines3(ent_coef):
    theirs = stable_baselines3.SAC("MlpPolicy", "Pendulum-v1", ent_coef=ent_coef, **SMALL)
    ours = SAC("MlpPolicy", "Pendulum-v1", ent_coef=ent_coef, **SMALL)
    ours.policy.load_state_dict(theirs.policy.state_dict())
    steps, discount = batch()
    data = ReplayBufferSamples(
        steps.obs, steps.action, steps.next_obs, steps.terminated.float()[:, None], steps.reward[:, None]
    )
    theirs.replay_buffer.sample = lambda *_, **__: data
    theirs.set_logger(Logger(None, []))
    for k in range(3):
        with torch.random.fork_rng():
            torch.manual_seed(k)
            theirs.train(1, 64)
        ours.generator.manual_seed(k)
        told = ours.learn_from(steps, discount, move_targets=True)
        for name in ("ent_coef", "ent_coef_loss", "critic_loss", "actor_loss"):
            if name in told:
                assert float(told[name]) == pytest.approx(theirs.logger.name_to_value[f"train/{name}"], abs=1e-5)
        for (name, a), b in zip(ours.policy.named_parameters(), theirs.policy.parameters(), strict=True):
            torch.testing.assert_close(a, b, atol=2e-6, rtol=0, msg=name)
    theirs_now = theirs.ent_coef_tensor if theirs.log_ent_coef is None else theirs.log_ent_coef.detach().exp()
    assert float(ours.temperature) == pytest.approx(float(theirs_now), abs=1e-6)


def test_the_actors_loss():
    loss = soft_actor_loss(torch.tensor([-1.0, 2.0]), torch.tensor([3.0, 4.0]), torch.tensor([0.5]))
    assert loss.tolist() == [-3.5, -3.0]


def test_files_are_exchanged_with_plain_stable_baselines3(tmp_path):
    ours = SAC("MlpPolicy", "Pendulum-v1", **SMALL).learn(30)
    ours.save(tmp_path / "ours.zip")
    theirs = stable_baselines3.SAC.load(tmp_path / "ours.zip", device="cpu")
    theirs.save(tmp_path / "theirs.zip")
    back = SAC.load(tmp_path / "theirs.zip", env="Pendulum-v1", device="cpu")
    for agent in (theirs, back):
        assert np.array_equal(agent.predict(OBS, deterministic=True)[0], ours.predict(OBS, deterministic=True)[0])
        assert float(agent.log_ent_coef.detach()) == float(ours.log_ent_coef.detach())
    steps = theirs.critic.optimizer.state_dict()["state"][0]["step"]
    assert float(steps) == 10
    back.learn(5, reset_num_timesteps=False)


def test_the_same_seed_gives_the_same_bits_and_torchs_own_generator_is_left_alone():
    before = torch.random.get_rng_state()
    one, two = (SAC("MlpPolicy", "Pendulum-v1", **SMALL).learn(40) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.policy.parameters(), two.policy.parameters(), strict=True))


class Nothing(Reward):
    """Pays nothing."""

    def __call__(self, batch):
        return 0.0 * batch.reward


def test_rewards_are_paid_when_steps_are_drawn():
    weights = []
    for reward in (None, Task(), Nothing()):
        agent = SAC("MlpPolicy", "Pendulum-v1", reward=reward, **SMALL).learn(30)
        weights.append(torch.cat([p.detach().flatten() for p in agent.critic.parameters()]))
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize("value_loss", [None, HLGauss(-3, 1, bins=41)], ids=["squared", "hl_gauss"])
def test_it_learns_to_aim(value_loss):
    options = SMALL | {"learning_rate": 1e-2, "batch_size": 64, "policy_kwargs": {"net_arch": [32]}}
    agent = SAC("MlpPolicy", Aiming(), ent_coef=0.01, value_loss=value_loss, **options)
    before = aiming_error(agent)
    agent.learn(270)
    assert aiming_error(agent) < 0.1 < before


def test_it_explores_by_gsde_too():
    agent = SAC("MlpPolicy", "Pendulum-v1", use_sde=True, **SMALL).learn(24)
    assert all(bool(torch.isfinite(p).all()) for p in agent.policy.parameters())


def test_predictions_with_noise_disturb_no_generator_but_their_own():
    agent = SAC("MlpPolicy", "Pendulum-v1", **SMALL)
    training, torchs = agent.generator.get_state(), torch.random.get_rng_state()
    actions = np.stack([agent.predict(OBS)[0] for _ in range(200)])
    assert torch.equal(agent.generator.get_state(), training) and torch.equal(torch.random.get_rng_state(), torchs)
    assert actions.shape == (200, 9, 1) and (np.abs(actions) <= 2).all() and actions.std(0).min() > 0.1
    assert agent.predict(OBS[0])[0].shape == (1,)


class Effort(Reward):
    """Pays the action itself, and remembers which it was shown."""

    def __init__(self):
        self.shown = []

    def __call__(self, batch):
        self.shown.append(batch.action)
        return batch.action[..., 0]


def test_a_reward_sees_the_actions_of_the_environment():
    effort = Effort()
    agent = SAC("MlpPolicy", "Pendulum-v1", reward=effort, **SMALL).learn(30)
    shown = torch.cat([a.reshape(-1) for a in effort.shown])
    assert shown.abs().max() > 1.5 and shown.abs().max() <= 2.0  # kept between -1 and 1, sent between -2 and 2
    batch, _ = agent.draw(64)
    assert torch.allclose(batch.reward, 2 * batch.action[:, 0])
