"""Hyper-parameters from YAML: what is written is what constructors get, and no text is ever run."""

from pathlib import Path

import numpy as np
import pytest
import stable_baselines3
import torch
from stable_baselines3.common.vec_env import VecNormalize
from torch import nn

from rewardlab.agents import deep
from rewardlab.benchmarks import zoo
from rewardlab.core.errors import BadOption, UnknownName

SMALL = """
CartPole-v1: &base
  n_envs: 2
  n_timesteps: !!float 1e3
  policy: 'MlpPolicy'
  n_steps: 16
  learning_rate: lin_0.002
  clip_range: 0.1
  policy_kwargs: "dict(net_arch=dict(pi=[8, 8], vf=[4]), activation_fn=nn.ReLU, log_std_init=-2.5, ortho_init=False)"
Acrobot-v1:
  <<: *base
  normalize: true
  env_kwargs: {a: 1}
  policy_kwargs: {net_arch: [5], activation_fn: ELU}
  found: by hand
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ppo.yml").write_text(SMALL)
    return tmp_path


def test_an_entry_becomes_keywords_of_the_constructor(folder: Path) -> None:
    found = zoo.constructor_arguments("PPO", "CartPole-v1", folder=folder)
    rate = found.pop("learning_rate")
    assert [rate(x) for x in (1.0, 0.5, 0.0)] == pytest.approx([0.002, 0.001, 0.0])
    assert found == {
        "policy": "MlpPolicy", "n_steps": 16, "clip_range": 0.1,
        "policy_kwargs": {
            "net_arch": {"pi": [8, 8], "vf": [4]}, "activation_fn": nn.ReLU, "log_std_init": -2.5, "ortho_init": False,
        },
    }  # fmt: skip
    model = stable_baselines3.PPO(env="CartPole-v1", batch_size=16, learning_rate=rate, device="cpu", **found)
    assert [m.out_features for m in model.policy.mlp_extractor.policy_net if isinstance(m, nn.Linear)] == [8, 8]


def test_the_rest_of_an_entry_is_told_beside(folder: Path) -> None:
    found = zoo.recipe("ppo", "Acrobot-v1", folder=folder)
    assert (found.n_envs, found.n_timesteps, found.normalize, found.env_kwargs) == (2, 1000, True, {"a": 1})
    assert found.arguments["policy_kwargs"] == {"net_arch": [5], "activation_fn": nn.ELU} and found.found == "by hand"
    assert "normalize" not in found.arguments and "found" not in found.arguments


@pytest.mark.parametrize("text", ["lin_x", "exp_0.1", "lin_nan", "0.1"])
def test_schedules_of_unknown_kinds_are_refused(text: str) -> None:
    with pytest.raises(BadOption, match=r"lin_0\.001"):
        zoo.schedule(text)
    assert zoo.schedule(0.1) == 0.1


def test_mistakes_name_their_place_and_the_nearest(folder: Path) -> None:
    with pytest.raises(UnknownName, match="CartPole-v1"):
        zoo.recipe("ppo", "CartPole-v0", folder=folder)
    with pytest.raises(UnknownName, match="ppo"):
        zoo.recipe("ppp", "CartPole-v1", folder=folder)
    entry = {"n_timesteps": 10, "n_stepz": 3}
    with pytest.raises(UnknownName, match="n_steps"):
        zoo.read("ppo", "X", entry)
    for wrong in (
        {"n_timesteps": 0.5},
        {},
        {"n_timesteps": 10, "n_envs": True},
        {"n_timesteps": 9, "normalize": "yes"},
        {"n_timesteps": 9, "normalize": 1},
    ):
        with pytest.raises(BadOption):
            zoo.read("ppo", "X", wrong)
    (folder / "a2c.yml").write_text("a: [")
    with pytest.raises(BadOption, match=r"a2c\.yml"):
        zoo.entries("a2c", folder=folder)
    (folder / "a2c.yml").write_text("- 1")
    with pytest.raises(BadOption, match="mapping"):
        zoo.entries("a2c", folder=folder)


@pytest.mark.parametrize(
    ("value", "gamma", "expected"),
    [
        (False, 0.9, (False, {})),
        (True, None, (True, {})),
        (True, 0.9, (True, {"gamma": 0.9})),
        ("dict(norm_obs=True, norm_reward=False)", 0.9, (True, {"norm_obs": True, "norm_reward": False, "gamma": 0.9})),
        ({"clip_obs": 5.0, "gamma": 0.5}, 0.9, (True, {"clip_obs": 5.0, "gamma": 0.9})),
    ],
)
def test_normalize_is_read_as_rl_zoo_reads_it(value, gamma, expected) -> None:
    entry = {"n_timesteps": 9, "normalize": value} | ({} if gamma is None else {"gamma": gamma})
    found = zoo.read("ppo", "X", entry)
    assert (found.normalize, found.normalize_kwargs) == expected
    with pytest.raises(UnknownName, match="norm_obs"):
        zoo.read("ppo", "X", {"n_timesteps": 9, "normalize": "dict(norm_ob=True)"})


@pytest.mark.parametrize("kind", [deep.PPO, stable_baselines3.PPO, deep.DQN], ids=["ours", "theirs", "off-policy"])
def test_agents_of_both_loops_train_on_normalised_rows(kind) -> None:
    entry = {"n_timesteps": 64, "n_envs": 4, "gamma": 0.9, "normalize": "dict(clip_obs=1.5)"}
    env = zoo.normalized("CartPole-v1", zoo.read("ppo", "CartPole-v1", entry))
    assert isinstance(env, VecNormalize) and (env.gamma, env.clip_obs, env.num_envs) == (0.9, 1.5, 4)
    few = {"learning_starts": 0} if kind is deep.DQN else {"n_steps": 16, "batch_size": 32, "n_epochs": 1}
    model = kind("MlpPolicy", env, gamma=0.9, seed=0, device="cpu", **few).learn(64)
    assert model.get_vec_normalize_env() is env
    assert env.obs_rms.count == pytest.approx(4 * 17, abs=1e-3)  # the reset, and 16 steps of 4 rows
    assert env.ret_rms.count == pytest.approx(4 * 16, abs=1e-3)
    if kind is deep.DQN:  # it keeps what the world showed, and normalises what it draws
        last, drawn = model.replay.held["next_obs"][60:64], model.stored.sample(64)[0].obs
        np.testing.assert_allclose(last, env.get_original_obs(), rtol=1e-6)
        assert drawn.abs().max() == 1.5
    else:
        shown = (
            model.rollout_buffer.obs[:-1] if kind is deep.PPO else torch.as_tensor(model.rollout_buffer.observations)
        )
        assert shown.abs().max() == 1.5 and 0.4 < shown.std() < 1.2
    assert zoo.normalized(env, zoo.read("ppo", "CartPole-v1", {"n_timesteps": 9})) is env


@pytest.mark.parametrize("algorithm", ["dqn", "ppo", "sac"])
def test_every_entry_of_the_package_can_be_read_and_says_where_it_comes_from(algorithm: str) -> None:
    held = zoo.entries(algorithm)
    assert held
    for env_id in held:
        found = zoo.recipe(algorithm, env_id)
        assert found.found and found.arguments["policy"] and not found.normalize
        steps = found.arguments.get("n_steps", 1) * found.n_envs
        assert steps % min(found.arguments.get("batch_size", 1), steps) == 0 or algorithm != "ppo"
