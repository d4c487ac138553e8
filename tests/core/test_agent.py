"""The agent protocol and the environments that agents take."""

import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from rewardlab.core.agent import as_vec_env, as_vector_env
from rewardlab.core.errors import BadOption, UnknownName


def test_an_id_becomes_rows_that_reset_in_the_same_step() -> None:
    for name in ("rewardlab/DeepSea-v0", "CartPole-v1", "Pendulum-v1"):
        envs = as_vector_env(name, num_envs=3)
        assert envs.num_envs == 3
        assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
        envs.close()


def test_our_ids_are_batched_not_looped() -> None:
    assert type(as_vector_env("rewardlab/DeepSea-v0", num_envs=2).unwrapped).__name__ == "WorldVectorEnv"


def test_a_single_environment_becomes_one_row() -> None:
    single = gym.make("rewardlab/DeepSea-v0", size=2)
    envs = as_vector_env(single)
    assert envs.num_envs == 1
    envs.reset(seed=3)
    envs.step(np.zeros(1, dtype=np.int64))
    obs, _, terminated, _, info = envs.step(np.zeros(1, dtype=np.int64))
    assert terminated[0] and obs[0] == 0 and info["final_obs"][0] == 4


def test_a_vector_environment_is_itself() -> None:
    envs = gym.make_vec("rewardlab/DeepSea-v0", num_envs=2)
    assert as_vector_env(envs) is envs
    assert as_vector_env(envs, num_envs=2) is envs


def test_mistakes_say_how_to_mend_them() -> None:
    with pytest.raises(UnknownName, match=r"rewardlab/DeepSea-v0"):
        as_vector_env("rewardlab/DeapSea-v0")
    with pytest.raises(BadOption, match="3 for an environment of 2 rows"):
        as_vector_env(gym.make_vec("rewardlab/DeepSea-v0", num_envs=2), num_envs=3)
    with pytest.raises(BadOption, match="num_envs=0"):
        as_vector_env("rewardlab/DeepSea-v0", num_envs=0)
    with pytest.raises(BadOption, match="type is no environment"):
        as_vector_env(gym.Env)
    with pytest.raises(BadOption, match="int is no environment"):
        as_vec_env(3)


def test_the_module_needs_neither_torch_nor_sb3() -> None:
    code = (
        "import sys, rewardlab.core.agent as a\n"
        "a.as_vector_env('rewardlab/DeepSea-v0') if __import__('rewardlab') else 0\n"
        "sys.exit(sum(m in sys.modules for m in ('torch', 'stable_baselines3')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
