"""An environment that is put where another one stood shows the same ever after."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecFrameStack, VecMonitor, VecNormalize

from rewardlab.agents.loops.worlds import set_world_state, world_state
from rewardlab.core import checkpoint
from rewardlab.core.agent import as_vec_env
from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.errors import BadCheckpoint


def single(name, n=2, **options):
    return DummyVecEnv([lambda: Monitor(gym.make(name, **options)) for _ in range(n)])


def sync(name, mode=AutoresetMode.SAME_STEP):
    made = gym.make_vec(name, num_envs=3, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode})
    return ToVecEnv(made)


MADE = {
    "CartPole": lambda: single("CartPole-v1"),
    "CartPole, cut": lambda: single("CartPole-v1", max_episode_steps=7),
    "Acrobot": lambda: single("Acrobot-v1"),
    "Pendulum": lambda: single("Pendulum-v1"),
    "FrozenLake": lambda: single("FrozenLake-v1"),
    "sync": lambda: sync("CartPole-v1"),
    "sync, next step": lambda: sync("CartPole-v1", AutoresetMode.NEXT_STEP),
    "monitored": lambda: VecMonitor(sync("CartPole-v1")),
    "normalised": lambda: VecNormalize(single("CartPole-v1")),
    "stacked": lambda: VecFrameStack(single("CartPole-v1"), 3),
    "ours, one": lambda: single("rewardlab/DeepSea-v0"),
    "ours, many": lambda: as_vec_env(gym.make_vec("rewardlab/DeepSea-v0", num_envs=4)),
    "a grid": lambda: as_vec_env(gym.make_vec("rewardlab/MiniGrid-DoorKey-5x5-v0", num_envs=4)),
    "Hopper": lambda: single("Hopper-v5"),
    "Humanoid": lambda: single("Humanoid-v5", n=1),
}


def played(env, actions):
    seen = []
    for action in actions:
        obs, reward, done, infos = env.step(action)
        parts = list(obs.values()) if isinstance(obs, dict) else [obs]
        seen += [np.array(x) for x in (*parts, reward, done)]
        seen += [np.array([info["episode"]["r"], info["episode"]["l"]]) for info in infos if "episode" in info]
    return seen


@pytest.mark.parametrize("name", MADE)
def test_it_goes_on_as_it_would_have(name, tmp_path):
    env = MADE[name]()
    env.seed(3)
    env.action_space.seed(0)
    env.reset()
    draws = [np.array([env.action_space.sample() for _ in range(env.num_envs)]) for _ in range(60)]
    played(env, draws[:25])
    checkpoint.save(tmp_path / "f", "world", {}, {"world": world_state(env)})
    truth = played(env, draws[25:])
    again = MADE[name]()
    again.reset()
    set_world_state(again, checkpoint.load(tmp_path / "f", "world")[1]["world"])
    found = played(again, draws[25:])
    assert len(found) == len(truth) and all(np.array_equal(a, b) for a, b in zip(truth, found, strict=True))


class Hidden(gym.Wrapper):
    """Somebody else's."""


def test_what_cannot_be_looked_into_is_named():
    with pytest.raises(BadCheckpoint, match="Hidden"):
        world_state(DummyVecEnv([lambda: Hidden(gym.make("CartPole-v1"))]))
    env = SubprocVecEnv([lambda: gym.make("CartPole-v1")], start_method="fork")
    try:
        with pytest.raises(BadCheckpoint, match="other processes"):
            world_state(env)
    finally:
        env.close()


def test_the_state_of_another_environment_is_refused():
    one, two = MADE["CartPole"](), MADE["Pendulum"]()
    for env in (one, two):
        env.reset()
    with pytest.raises(BadCheckpoint, match=r"CartPole[\s\S]*Pendulum"):
        set_world_state(two, world_state(one))
    with pytest.raises(BadCheckpoint):
        set_world_state(one, None)
    wrong = world_state(one)
    wrong[-1]["plain"]["step"] = 3
    with pytest.raises(BadCheckpoint, match="'step'"):
        set_world_state(one, wrong)
