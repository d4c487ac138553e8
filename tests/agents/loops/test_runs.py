"""A resumed run goes on bit for bit as if it had never stopped, in another process; other files are refused."""

import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode
from saving import SaveAt
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from rewardlab.agents.deep import DQN, PPO
from rewardlab.agents.deep.sac import SAC
from rewardlab.agents.loops.runs import resume_run, save_run
from rewardlab.core import checkpoint
from rewardlab.core.errors import BadCheckpoint, RewardlabError

SMALL = {"seed": 1, "device": "cpu"}
ROLL = {"n_steps": 16, "batch_size": 32, "n_epochs": 2, **SMALL}


def sync(n=4):
    same = {"autoreset_mode": AutoresetMode.SAME_STEP}
    return gym.make_vec("CartPole-v1", n, vectorization_mode="sync", vector_kwargs=same)


def normal():
    return VecNormalize(DummyVecEnv([lambda: gym.make("CartPole-v1")] * 2))


ELSEWHERE = ("PPO, CartPole", "PPO, HalfCheetah", "DQN, CartPole", "SAC, Pendulum")  # tried in another process
MADE = {
    "PPO, CartPole": (lambda: PPO("MlpPolicy", sync(), **ROLL), 512),
    "PPO, VecNormalize": (lambda: PPO("MlpPolicy", normal(), **ROLL), 256),
    "PPO, memory": (lambda: PPO("MlpGruPolicy", sync(), **ROLL), 512),
    "PPO, grid": (
        lambda: PPO("MultiInputPolicy", gym.make_vec("rewardlab/MiniGrid-Empty-5x5-v0", num_envs=4), **ROLL),
        512,
    ),
    "PPO, HalfCheetah": (lambda: PPO("MlpPolicy", "HalfCheetah-v5", **{**ROLL, "n_steps": 32}), 320),
    "PPO, Ant": (lambda: PPO("MlpPolicy", "Ant-v5", **{**ROLL, "n_steps": 32}), 192),
    "DQN, CartPole": (
        lambda: DQN("MlpPolicy", "CartPole-v1", learning_starts=20, buffer_size=100, train_freq=4, **SMALL),
        300,
    ),
    "SAC, Pendulum": (
        lambda: SAC("MlpPolicy", "Pendulum-v1", learning_starts=20, buffer_size=60, train_freq=4, **SMALL),
        100,
    ),
}


def ends(agent):
    """What a run ends with."""
    held = {k: v.numpy() for k, v in agent.policy.state_dict().items()}
    held["counted"] = np.array([agent.num_timesteps, agent._n_updates, agent._episode_num])
    held["returns"] = np.array([[e["r"], e["l"]] for e in agent.ep_info_buffer])
    held["drawn"] = agent.generator.get_state().numpy()
    return held


def equal(one, two):
    return one.keys() == two.keys() and all(np.array_equal(one[k], two[k]) for k in one)


def finish(name, path, out):
    """What another process does."""
    torch.set_num_threads(1)
    make, steps = MADE[name]
    agent = resume_run(make(), path)
    agent.learn(steps - agent.num_timesteps, reset_num_timesteps=False)
    np.savez(out, **ends(agent))


@pytest.mark.parametrize("name", [name for name in MADE if name not in ELSEWHERE])
def test_a_resumed_run_ends_as_the_whole_one(name, tmp_path):
    make, steps = MADE[name]
    whole = make().learn(steps, callback=SaveAt(tmp_path / "run"))
    agent = resume_run(make(), tmp_path / "run")
    assert 0 < agent.num_timesteps < steps
    agent.learn(steps - agent.num_timesteps, reset_num_timesteps=False)
    assert equal(ends(whole), ends(agent))
    assert not equal(ends(resume_run(make(), tmp_path / "run")), ends(whole))


def test_in_another_process_as_well(tmp_path):
    whole = {}
    for name in ELSEWHERE:
        make, steps = MADE[name]
        whole[name] = ends(make().learn(steps, callback=SaveAt(tmp_path / f"{name}.run")))
    code = "import sys; sys.path[:0] = sys.argv[2:]; import test_runs as t\n"
    code += f"for n in {ELSEWHERE!r}: t.finish(n, f'{{sys.argv[1]}}/{{n}}.run', f'{{sys.argv[1]}}/{{n}}.npz')"
    places = [str(Path(__file__).parent), str(Path(__file__).parents[2])]  # this file, and what it shares with others
    subprocess.run([sys.executable, "-c", code, str(tmp_path), *places], check=True, timeout=60)
    for name in ELSEWHERE:
        with np.load(tmp_path / f"{name}.npz") as found:
            assert equal(whole[name], dict(found)), name


def test_a_class_makes_the_agent_of_the_file(tmp_path):
    whole = PPO("MlpPolicy", sync(), **ROLL, clip_range=0.1).learn(512, callback=SaveAt(tmp_path / "run"))
    agent = resume_run(PPO, tmp_path / "run", sync(), device="cpu")
    assert agent.clip_range(1.0) == 0.1
    agent.learn(512 - agent.num_timesteps, reset_num_timesteps=False)
    assert equal(ends(whole), ends(agent))


def test_other_agents_settings_and_environments_are_refused(tmp_path):
    PPO("MlpPolicy", sync(), **ROLL).learn(64).save(tmp_path / "zip")
    agent = PPO("MlpPolicy", sync(), **ROLL).learn(64)
    save_run(agent, tmp_path / "run")
    others = (
        DQN("MlpPolicy", "CartPole-v1", buffer_size=9, **SMALL),
        PPO("MlpPolicy", sync(), **{**ROLL, "n_epochs": 3}),
        PPO("MlpPolicy", sync(), **ROLL, clip_range=0.3),
        PPO("MlpPolicy", "Acrobot-v1", **ROLL),
        PPO("MlpPolicy", sync(3), **ROLL),
        PPO("MlpPolicy", normal(), **ROLL),
    )
    for other in others:
        with pytest.raises(BadCheckpoint):
            resume_run(other, tmp_path / "run")
    with pytest.raises(BadCheckpoint):
        resume_run(agent, tmp_path / "zip")


def test_damage_is_refused(tmp_path):
    path = tmp_path / "run"
    save_run(PPO("MlpPolicy", sync(), **ROLL).learn(64), path)
    meta, state = checkpoint.load(path, "training run")
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for k in range(200):
        data = bytearray(whole)
        if k % 4:
            data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        else:
            del data[rng.integers(1, len(data)) :]
        path.write_bytes(data)
        try:
            found = checkpoint.load(path, "training run")
        except RewardlabError:
            continue
        assert str(found) == str((meta, state))  # a byte that nobody reads


class Closed(gym.Wrapper):
    """An environment of somebody else's, which nobody can look into."""


def test_an_environment_that_cannot_be_written_down_begins_anew_only_when_asked(tmp_path):
    def make():
        return PPO("MlpPolicy", Closed(gym.make("CartPole-v1")), **ROLL)

    agent = make().learn(32)
    with pytest.raises(BadCheckpoint, match=r"Closed[\s\S]*fresh_episodes=True"):
        save_run(agent, tmp_path / "run")
    save_run(agent, tmp_path / "run", fresh_episodes=True)
    with pytest.raises(BadCheckpoint, match="fresh_episodes"):
        resume_run(make(), tmp_path / "run")
    again = resume_run(make(), tmp_path / "run", fresh_episodes=True)
    assert equal(ends(agent), ends(again))
    assert again.learn(32, reset_num_timesteps=False).num_timesteps == 64
