"""A model's reward is found in whatever pays it, and put where it is not."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards.drivers import PaidVector, Remembering
from rewardlab.rewards.preference.wiring import driving, paid


class Model(Reward):
    """Pays 7 for each step."""

    def __call__(self, batch):
        return np.full(batch.shape, 7.0)


def envs():
    return gym.make_vec("rewardlab/GridWorld-v0", num_envs=2)


@pytest.mark.parametrize("kind", ["VectorEnv", "ToVecEnv", "ToVecEnv, bare", "VecEnv"])
def test_what_is_put_around_an_environment_is_found_and_pays(kind):
    from stable_baselines3.common.vec_env import DummyVecEnv

    inner = envs()
    made = {"VectorEnv": lambda: inner, "VecEnv": lambda: DummyVecEnv([lambda: gym.make("CartPole-v1")] * 2)}
    env = made.get(kind, lambda: ToVecEnv(inner))()
    reward = Remembering(reward=Model())
    assert driving(env, reward.reward) == (None, None)
    around = paid(env, reward, bare="bare" in kind)
    found, layer = driving(around, reward.reward)
    assert found is reward and layer is not env
    reward.awake = True
    around.reset()
    actions = np.zeros(2, np.int64)
    rewards = around.step(actions)[1]
    assert np.array_equal(rewards, [7.0, 7.0])
    assert isinstance(around, ToVecEnv) == (kind == "ToVecEnv")


def test_it_is_found_within_a_sum_and_another_model_is_not():
    reward = Remembering(reward=Model())
    env = PaidVector(envs(), Task() + 0.5 * reward)
    assert driving(ToVecEnv(env), reward.reward) == (reward, env)
    assert driving(env, Model()) == (None, None)


def test_an_environment_of_another_kind_is_named():
    with pytest.raises(BadOption, match="kind TimeLimit"):
        paid(gym.make("CartPole-v1"), Remembering(reward=Model()), bare=True)
