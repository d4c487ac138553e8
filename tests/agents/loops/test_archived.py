"""Files go to plain Stable-Baselines3 and come from there, with the same actions; no pickle in them is opened."""

import io
import os

import numpy as np
import pytest
import stable_baselines3
import torch
from stable_baselines3.common.noise import NormalActionNoise
from torch import nn

from rewardlab.agents.deep import A2C, DQN, PPO
from rewardlab.agents.deep.sac import SAC
from rewardlab.agents.loops.values import HLGauss
from rewardlab.core.errors import BadCheckpoint, BadOption, BadSpace

KINDS = {
    "PPO": (PPO, stable_baselines3.PPO, "CartPole-v1", {"n_steps": 32, "batch_size": 16, "n_epochs": 2}, 64),
    "PPO of actions in a box": (PPO, stable_baselines3.PPO, "Pendulum-v1", {"n_steps": 32, "clip_range": 0.1}, 32),
    "A2C": (A2C, stable_baselines3.A2C, "CartPole-v1", {}, 20),
    "DQN": (
        DQN,
        stable_baselines3.DQN,
        "CartPole-v1",
        {"learning_starts": 16, "train_freq": 3, "buffer_size": 200, "target_update_interval": 10},
        60,
    ),
    "SAC": (SAC, stable_baselines3.SAC, "Pendulum-v1", {"learning_starts": 16, "train_freq": 2, "buffer_size": 99}, 40),
}


class Ours:
    """Unpickling this leaves a mark."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def looks(agent, n=50):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, *agent.observation_space.shape)).astype(np.float32)


def same(one, two):
    a, b = (agent.policy.state_dict() for agent in (one, two))
    assert a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
    obs = looks(one)
    mine, theirs = (agent.predict(obs, deterministic=True)[0] for agent in (one, two))
    # parameters that lie elsewhere in memory may round otherwise
    assert np.allclose(mine, theirs, rtol=0, atol=1e-6) if mine.dtype.kind == "f" else np.array_equal(mine, theirs)


@pytest.mark.parametrize("name", KINDS)
def test_ours_is_read_by_plain_stable_baselines_and_learns_on_there(name, tmp_path):
    ours, theirs, env, options, steps = KINDS[name]
    agent = ours("MlpPolicy", env, seed=1, device="cpu", **options).learn(steps)
    agent.save(tmp_path / "agent")
    plain = theirs.load(tmp_path / "agent.zip", env=theirs._wrap_env(__import__("gymnasium").make(env)), device="cpu")
    same(agent, plain)
    before = plain.num_timesteps
    assert before == agent.num_timesteps
    plain.learn(steps, reset_num_timesteps=False)
    assert plain.num_timesteps > before


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_plain_stable_baselines_is_read_and_learns_on_here(name, tmp_path):
    ours, theirs, env, options, steps = KINDS[name]
    plain = theirs("MlpPolicy", env, seed=1, device="cpu", **options).learn(steps)
    plain.save(tmp_path / "agent")
    same(plain, ours.load(tmp_path / "agent", device="cpu"))  # the spaces of both tasks are printed in full
    agent = ours.load(tmp_path / "agent", env=env, device="cpu")
    same(plain, agent)
    for key in ("gamma", "learning_rate", "num_timesteps", "_n_updates", "train_freq", "n_steps", "batch_size"):
        assert getattr(agent, key, None) == getattr(plain, key, None)
    if hasattr(plain, "clip_range"):
        assert agent.clip_range(1.0) == plain.clip_range(1.0)
    agent.learn(steps, reset_num_timesteps=False)
    assert agent.num_timesteps > plain.num_timesteps


@pytest.mark.parametrize("name", KINDS)
def test_ours_is_read_here_without_an_environment(name, tmp_path):
    ours, _, env, options, steps = KINDS[name]
    agent = ours("MlpPolicy", env, seed=1, device="cpu", policy_kwargs={"activation_fn": nn.ReLU}, **options)
    out = io.BytesIO()
    agent.learn(steps).save(out)
    out.seek(0)
    again = ours.load(out, device="cpu")
    same(agent, again)
    assert again.policy_kwargs["activation_fn"] is nn.ReLU and again.observation_space == agent.observation_space
    for name, held in agent.get_parameters().items():
        assert str(held) == str(again.get_parameters()[name])


def test_a_loaded_agent_learns_as_the_one_that_was_saved(tmp_path):
    def learned(agent):
        agent.set_random_seed(5)
        agent.learn(64, reset_num_timesteps=True)
        return torch.cat([p.flatten() for p in agent.policy.parameters()])

    options = {"n_steps": 32, "batch_size": 16, "seed": 3, "device": "cpu"}
    agent = PPO("MlpPolicy", "CartPole-v1", **options).learn(64)
    agent.save(tmp_path / "a.zip")
    again = PPO.load(tmp_path / "a.zip", env="CartPole-v1", device="cpu")
    slow = PPO.load(tmp_path / "a.zip", env="CartPole-v1", device="cpu", learning_rate=0.0)
    one, two, none = learned(agent), learned(again), learned(slow)
    assert torch.equal(one, two) and not torch.equal(one, none)  # the moments of Adam and its rate came along


def test_a_pickle_in_a_file_is_never_opened(tmp_path):
    agent = PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, device="cpu")
    plain = stable_baselines3.PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, device="cpu")
    mark = tmp_path / "mark"
    for k, maker in enumerate((agent, plain)):
        for name in ("observation_space", "clip_range", "policy_class", "policy_kwargs", "_last_obs", "learning_rate"):
            setattr(maker, name, Ours(str(mark)))
            try:
                stable_baselines3.PPO.save(maker, tmp_path / f"{k}.zip", include=["_last_obs"])
            finally:
                maker.__dict__.update(vars(PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, device="cpu")))
            try:
                PPO.load(tmp_path / f"{k}.zip", env="CartPole-v1", device="cpu")
            except BadCheckpoint:
                pass
            except BadSpace as e:
                assert name == "observation_space", e
            assert not mark.exists(), name
    with pytest.raises(Exception, match=""):
        PPO.load(tmp_path / "0.zip", env="CartPole-v1", device="cpu", trust_pickle=True)
    assert mark.exists()  # so the payload does work, where it is asked for


def test_what_only_a_pickle_tells_is_named(tmp_path):
    noise = NormalActionNoise(np.zeros(1), np.ones(1))
    plain = stable_baselines3.SAC("MlpPolicy", "Pendulum-v1", action_noise=noise, buffer_size=9, device="cpu")
    plain.save(tmp_path / "a.zip")
    with pytest.raises(BadCheckpoint, match=r"'action_noise'[\s\S]*trust_pickle=True"):
        SAC.load(tmp_path / "a.zip", env="Pendulum-v1")
    assert SAC.load(tmp_path / "a.zip", custom_objects={"action_noise": noise}).action_noise is noise
    assert isinstance(SAC.load(tmp_path / "a.zip", trust_pickle=True).action_noise, NormalActionNoise)


def test_other_environments_and_other_agents_are_refused(tmp_path):
    for kind in (PPO, stable_baselines3.PPO):
        kind("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, device="cpu").save(tmp_path / "a.zip")
        with pytest.raises(BadSpace, match=r"\[6\][\s\S]*\[4\]"):
            PPO.load(tmp_path / "a.zip", env="Acrobot-v1")
        for other, env in ((DQN, "CartPole-v1"), (SAC, None)):
            with pytest.raises(BadCheckpoint):
                other.load(tmp_path / "a.zip", env=env)
    with pytest.raises(BadCheckpoint, match="no such file"):
        PPO.load(tmp_path / "b.zip")


def test_streams_and_value_losses_come_along_or_are_asked_for(tmp_path):
    loss = HLGauss(0, 50, bins=11)
    agent = PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, value_loss=loss, device="cpu").learn(16)
    agent.save(tmp_path / "a.zip")
    again = PPO.load(tmp_path / "a.zip", device="cpu")
    assert again.value_loss == loss
    same(agent, again)
    with pytest.raises(BadOption, match="streams"):
        PPO.load(tmp_path / "a.zip", streams={"news": object()})
