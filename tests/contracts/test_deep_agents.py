"""The laws of deep agents, over every one that the catalogue finds. A new agent needs one row in `ROWS`."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import stable_baselines3
import torch
from continuous_worlds import STEER
from contracts.chosen import has_turn, kept
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy

from rewardlab.agents import A2C, C51, DQN, MDPO, PPO, QRDQN, SAC, MDPOOffPolicy, OccupancyPPO
from rewardlab.core import catalogue
from rewardlab.core.agent import Agent
from rewardlab.core.errors import BadCheckpoint, BadOption, BadSpace
from rewardlab.rewards import PaidVector, Task


@dataclass(frozen=True)
class Row:
    """A deep agent for the laws, and the smallest world in which it beats random play.

    Attributes:
        make: the class.
        options: with which it learns fast.
        world: an id.
        steps: to learn.
        score: that the mean return of the last 20 episodes exceeds; random play has 22 on CartPole, -3 on Steer.
        twin: the class of Stable-Baselines3 that reads its files; None if there is none.
    """

    make: Callable[..., Any]
    options: dict[str, Any] = field(default_factory=dict)
    world: str = "CartPole-v1"
    steps: int = 6000
    score: float = 60.0
    twin: Any = None

    def envs(self, rows: int = 4, mode: AutoresetMode = AutoresetMode.SAME_STEP) -> Any:
        """N rows of the smallest world."""
        return gym.make_vec(
            self.world, num_envs=rows, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}
        )

    def agent(self, env: Any = None, seed: int = 0) -> Any:
        """A fresh agent."""
        small = {"policy_kwargs": {"net_arch": [32]}, "device": "cpu"}
        return self.make("MlpPolicy", self.envs() if env is None else env, seed=seed, **small | self.options)

    def load(self, path: Any, **options: Any) -> Any:
        """What `save` wrote; samples are no part of a file."""
        given = {k: v for k, v in self.options.items() if k == "base"}
        return self.make.load(path, **given, **options)


EPOCHS = {"n_steps": 64, "batch_size": 64, "n_epochs": 8, "learning_rate": 5e-3}
REPLAY = {
    "learning_starts": 200, "buffer_size": 5000, "batch_size": 32, "train_freq": 4, "gradient_steps": 8,
    "target_update_interval": 200, "learning_rate": 4e-3, "exploration_fraction": 0.5, "gamma": 0.97,
    "policy_kwargs": {"net_arch": [64]},
}  # fmt: skip
SOFT = {
    "learning_starts": 100, "learning_rate": 1e-2, "batch_size": 64, "train_freq": 1, "gradient_steps": 1,
    "gamma": 0.9, "tau": 0.02,
}  # fmt: skip
DRAW = np.random.default_rng(0)
BASE = (DRAW.normal(size=(256, 4)).astype(np.float32), DRAW.integers(2, size=256))  # what a base policy saw and did
ROWS = {
    "A2C": Row(A2C, {"n_steps": 16, "learning_rate": 5e-3}, score=35.0, twin=stable_baselines3.A2C),
    "C51": Row(C51, {**REPLAY, "low": 0.0, "high": 35.0, "atoms": 21}, score=40.0, steps=2400),
    "DQN": Row(DQN, {**REPLAY, "double": True}, score=40.0, steps=3000, twin=stable_baselines3.DQN),
    "MDPO": Row(MDPO, EPOCHS),
    "OccupancyPPO": Row(OccupancyPPO, {**EPOCHS, "base": BASE, "weight": 0.01}),
    "PPO": Row(PPO, EPOCHS, twin=stable_baselines3.PPO),
    "QRDQN": Row(QRDQN, {**REPLAY, "n_quantiles": 10}, score=40.0, steps=2400),
    "MDPOOffPolicy": Row(MDPOOffPolicy, {**SOFT, "step_size": 10.0, "mirror_steps": 50}, STEER, 1000, -1.0),
    "SAC": Row(SAC, {**SOFT, "ent_coef": 0.02}, STEER, 1000, -1.0, twin=stable_baselines3.SAC),
}
TOKENS = {"ArCHer"}
"""Agents of texts; their laws stand in `test_token_agents.py`."""
EVERY = pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items()])
BY_TURNS = pytest.mark.parametrize(  # every third in a short run, by its word
    "row",
    kept([pytest.param(r, id=n, marks=() if has_turn(0, 3, n) else pytest.mark.slow) for n, r in ROWS.items()]),
)
TWINS = pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ROWS.items() if row.twin])


def weights(agent):
    """All parameters, one after the other."""
    return torch.cat([x.detach().flatten().double() for x in agent.policy.state_dict().values()]).numpy()


def observations(agent, n=64):
    return np.random.default_rng(0).normal(size=(n, *agent.observation_space.shape)).astype(np.float32)


def test_every_deep_agent_of_the_catalogue_has_a_row_and_every_row_its_agent():
    found = {e.name: e.module for e in catalogue.entries("agent") if ".deep." in e.module and e.name not in TOKENS}
    assert set(ROWS) == set(found)
    for name, row in ROWS.items():
        cls, agent = getattr(importlib.import_module(found[name]), name), row.agent()
        assert type(agent) is cls and isinstance(agent, Agent) and isinstance(agent, BaseAlgorithm)
        assert row.twin is None or isinstance(agent, row.twin)


@BY_TURNS
def test_it_beats_random_play_on_its_smallest_world(row):
    agent = row.agent().learn(row.steps)
    assert np.mean([e["r"] for e in list(agent.ep_info_buffer)[-20:]]) > row.score


@EVERY
def test_equal_seeds_give_equal_agents_and_others_do_not(row):
    one, two, other = (row.agent(seed=s).learn(300) for s in (0, 0, 1))
    obs = observations(one)
    for _ in range(2):
        np.testing.assert_array_equal(one.predict(obs)[0], two.predict(obs)[0])
    np.testing.assert_array_equal(weights(one), weights(two))
    assert one.num_timesteps == two.num_timesteps >= 300
    assert not np.array_equal(weights(one), weights(other))


@EVERY
def test_save_and_load_act_the_same_and_learning_goes_on(row, tmp_path):
    agent = row.agent().learn(300)
    agent.save(tmp_path / "agent.zip")
    back, obs = row.load(tmp_path / "agent.zip"), observations(agent)
    np.testing.assert_array_equal(agent.predict(obs, deterministic=True)[0], back.predict(obs, deterministic=True)[0])
    np.testing.assert_array_equal(weights(agent), weights(back))
    again = row.load(tmp_path / "agent.zip", env=row.envs())
    before = again.num_timesteps
    again.learn(200, reset_num_timesteps=False)
    assert again.num_timesteps >= before + 200 and not np.array_equal(weights(again), weights(agent))


@TWINS
def test_files_are_exchanged_with_stable_baselines(row, tmp_path):
    mine = row.agent().learn(300)
    theirs = row.twin("MlpPolicy", make_vec_env(row.world, 1), seed=0, device="cpu").learn(16)
    obs = observations(mine)
    for agent, reader in ((mine, row.twin), (theirs, row.make)):
        agent.save(tmp_path / "agent.zip")
        back = reader.load(tmp_path / "agent.zip", env=row.envs() if reader is row.make else None)
        np.testing.assert_array_equal(
            agent.predict(obs, deterministic=True)[0], back.predict(obs, deterministic=True)[0]
        )


@EVERY
def test_a_damaged_or_foreign_file_is_refused(row, tmp_path):
    row.agent().save(tmp_path / "agent.zip")
    raw = (tmp_path / "agent.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(raw[: len(raw) // 2])
    for name in ("cut.zip", "none.zip"):
        with pytest.raises(BadCheckpoint):
            row.make.load(tmp_path / name)
    foreign = gym.make_vec("rewardlab/DeepSea-v0", num_envs=2)
    with pytest.raises((BadSpace, BadCheckpoint)):
        row.make.load(tmp_path / "agent.zip", env=foreign)


@EVERY
def test_it_takes_an_id_an_environment_any_vector_and_a_paid_one(row):
    paid = PaidVector(row.envs(2), Task() * 0.5)
    worlds = [row.world, gym.make(row.world), row.envs(3), paid, row.envs(2, AutoresetMode.NEXT_STEP)]
    worlds.append(make_vec_env(row.world, 2))
    for env in worlds:
        agent = row.agent(env).learn(40)
        assert agent.num_timesteps >= 40
    with pytest.raises(BadOption, match="autoreset"):
        row.agent(row.envs(2, AutoresetMode.DISABLED))


@EVERY
def test_a_callback_reads_the_step_and_stops_training(row):
    seen = []

    def stop(given, _):
        assert {"infos", "dones", "rewards", "new_obs", "actions"} <= set(given)
        seen.append(given["rewards"].shape)
        return len(seen) < 3

    agent = row.agent().learn(1000, callback=stop)
    assert seen == [(4,)] * 3 and agent.num_timesteps == 12


@EVERY
def test_actions_lie_in_the_space_one_or_many_and_policies_are_evaluated(row):
    agent, envs = row.agent(), row.envs(5)
    obs, _ = envs.reset(seed=0)
    many, state = agent.predict(obs)
    one, _ = agent.predict(obs[0])
    assert len(many) == 5 and state is None
    assert all(envs.single_action_space.contains(a) for a in many) and envs.single_action_space.contains(one)
    mean, deviation = evaluate_policy(agent, make_vec_env(row.world, 1), n_eval_episodes=1)
    assert np.isfinite(mean) and deviation == 0


@EVERY
def test_unknown_policies_and_spaces_are_named(row):
    with pytest.raises((BadOption, LookupError, ValueError), match="MlpPolcy"):
        row.make("MlpPolcy", row.world)
    with pytest.raises((BadSpace, ValueError), match=r"MultiInputPolicy|action spaces"):
        row.make("MlpPolicy", gym.make_vec("rewardlab/MiniGrid-Empty-5x5-v0", num_envs=2))
