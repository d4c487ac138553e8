import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3 import DDPG, DQN, PPO, SAC, HerReplayBuffer
from stable_baselines3.common.envs import BitFlippingEnv
from stable_baselines3.common.utils import set_random_seed
from stable_baselines3.common.vec_env import DummyVecEnv

from rewardlab.core.errors import BadOption, BadReward
from rewardlab.core.reward import Reward
from rewardlab.rewards import HindsightPaid, PaidVecEnv, relabel_replay
from rewardlab.rewards.drivers.kernel import check_reward


class Linear(Reward):
    """Pays a linear function of what is seen, done and reached, in the units of the environment."""

    def __init__(self, weight=1.0):
        self.weight = weight

    def __call__(self, batch):
        obs, after = (
            np.concatenate([x[k].reshape(*batch.shape, -1) for k in sorted(x)], -1) if isinstance(x, dict) else x
            for x in (batch.obs, batch.next_obs)
        )
        ends = batch.terminated * 3.0 + batch.truncated * 5.0
        return self.weight * (
            obs.sum(-1) + 10 * after.sum(-1) + 100.0 * batch.action.reshape(*batch.shape, -1).sum(-1) + ends
        )


class Small(gym.Env):
    """A walk of six steps, in Box or Dict observations, whose actions are not between -1 and 1."""

    def __init__(self, mapping=False):
        box = spaces.Box(-100, 100, (2,), np.float32)
        self.observation_space = spaces.Dict({"a": box, "b": spaces.Box(-9, 9, (1,), np.float32)}) if mapping else box
        self.action_space = spaces.Box(-2, 6, (1,), np.float32)
        self.mapping = mapping

    def seen(self):
        return {"a": self.x, "b": self.x[:1] / 10} if self.mapping else self.x

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x, self.t = self.np_random.normal(size=2).astype(np.float32), 0
        return self.seen(), {}

    def step(self, action):
        self.x, self.t = self.x + np.float32(0.1) * action, self.t + 1
        return self.seen(), 0.0, self.t == 6 and self.x[0] > 0.5, self.t == 6, {}


def trained(kind=SAC, *, mapping=False, reward=None, steps=70, **options):
    """An agent whose memory of 40 steps in two rows has wrapped around."""
    reward = Linear() if reward is None else reward
    envs = PaidVecEnv(DummyVecEnv([lambda: Small(mapping)] * 2), reward)
    policy = "MultiInputPolicy" if mapping else "MlpPolicy"
    options = {"buffer_size": 40, "learning_starts": 20, "batch_size": 8, "seed": 0, "device": "cpu"} | options
    return kind(policy, envs, policy_kwargs={"net_arch": [8]}, **options).learn(steps)


@pytest.mark.parametrize("mapping", [False, True])
def test_paying_anew_what_was_paid_changes_no_bit(mapping):
    agent = trained(mapping=mapping)
    before = agent.replay_buffer.rewards.copy()
    assert agent.replay_buffer.full and agent.replay_buffer.pos not in (0, 20)  # it has wrapped around
    assert relabel_replay(agent, Linear()) == 40
    # actions go from the scale of the agent to that of the world and back: the last bits of float32
    np.testing.assert_allclose(agent.replay_buffer.rewards, before, rtol=1e-5)
    relabel_replay(agent, Linear(2.0))
    np.testing.assert_allclose(agent.replay_buffer.rewards, 2 * before, rtol=1e-5)


def test_a_memory_that_is_not_full_is_paid_as_far_as_it_goes():
    agent = trained(steps=24)
    buffer = agent.replay_buffer
    before = buffer.rewards[: buffer.pos].copy()
    assert not buffer.full and relabel_replay(agent, Linear(-1.0)) == 2 * buffer.pos
    np.testing.assert_allclose(buffer.rewards[: buffer.pos], -before, rtol=1e-5)
    assert (buffer.rewards[buffer.pos :] == 0).all()


def test_sums_of_several_steps_are_of_the_new_rewards():
    agent = trained(n_steps=3)
    set_random_seed(0)
    old = agent.replay_buffer.sample(16).rewards
    relabel_replay(agent, Linear(2.0))
    set_random_seed(0)
    assert torch.allclose(agent.replay_buffer.sample(16).rewards, 2 * old, rtol=1e-4)


def test_training_goes_on_as_with_the_reward_that_was_always_there():
    """Paid 0 while it acted and relabelled before any update, against paid at once: equal to rounding."""
    agents = [trained(reward=r, steps=20, learning_starts=100) for r in (Linear(), Linear(0.0))]
    relabel_replay(agents[1], Linear())
    for agent in agents:
        set_random_seed(1)
        agent.train(5, batch_size=8)
    for one, two in zip(agents[0].critic.parameters(), agents[1].critic.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-5)


def test_discrete_actions_are_those_of_the_environment():
    class Plus(Reward):
        def __call__(self, batch):
            assert batch.action.dtype.kind == "i" and batch.action.shape == batch.reward.shape
            return batch.action * 1.0

    envs = PaidVecEnv(DummyVecEnv([lambda: gym.make("CartPole-v1")]), Plus())
    agent = DQN("MlpPolicy", envs, buffer_size=30, learning_starts=100, device="cpu", seed=0).learn(50)
    relabel_replay(agent, Plus() * 3.0)
    np.testing.assert_array_equal(agent.replay_buffer.rewards, 3.0 * agent.replay_buffer.actions[..., 0])


class ToGoal(Reward):
    """Pays how near what was reached is to the goal, and 10 times how near it was."""

    def __init__(self, weight=1.0):
        self.weight = weight

    def __call__(self, batch):
        def miss(x):
            return (x["achieved_goal"] != x["desired_goal"]).sum(-1)

        return -self.weight * (miss(batch.next_obs) + 10.0 * miss(batch.obs))


def hindsight(buffer, reward=None, **options):
    env = BitFlippingEnv(n_bits=4, continuous=True)
    return DDPG(
        "MultiInputPolicy",
        env,
        replay_buffer_class=buffer,
        replay_buffer_kwargs={"n_sampled_goal": 4, **({"reward": reward} if reward else {})},
        **{"buffer_size": 30, "learning_starts": 10, "batch_size": 8, "seed": 0, "device": "cpu"} | options,
    ).learn(77)


def test_hindsight_pays_the_goals_that_nobody_had():
    agent = hindsight(HindsightPaid, ToGoal())
    assert agent.replay_buffer.full  # wrapped around
    sample = agent.replay_buffer.sample(200)
    miss = [(x["achieved_goal"] != x["desired_goal"]).sum(-1) for x in (sample.next_observations, sample.observations)]
    assert torch.equal(sample.rewards[:, 0], -(miss[0] + 10.0 * miss[1]))
    assert torch.equal(sample.next_observations["desired_goal"], sample.observations["desired_goal"])
    agent.replay_buffer.reward = ToGoal(2.0)  # learned meanwhile: nothing is stale
    set_random_seed(0)
    twice = agent.replay_buffer.sample(50).rewards
    agent.replay_buffer.reward = ToGoal(1.0)
    set_random_seed(0)
    assert torch.equal(twice, 2 * agent.replay_buffer.sample(50).rewards)


def test_with_the_environments_own_reward_hindsight_is_stable_baselines3s():
    class Own(Reward):
        def __call__(self, batch):
            return np.where((batch.next_obs["achieved_goal"] == batch.obs["desired_goal"]).all(-1), 0.0, -1.0)

    weights = [
        torch.cat([p.detach().flatten() for p in hindsight(*kind).critic.parameters()])
        for kind in ((HerReplayBuffer,), (HindsightPaid, Own()))
    ]
    assert torch.equal(*weights)


def test_what_cannot_be_paid_is_refused_and_nothing_is_written():
    agent = trained(steps=24)
    before = agent.replay_buffer.rewards.copy()

    class Broken(Reward):
        def __call__(self, batch):
            return np.where(np.arange(len(batch)) == 7, np.nan, 1.0)

    class Remembers(Linear):
        memory = True

    with pytest.raises(BadReward, match="1 kept steps are paid NaN"):
        relabel_replay(agent, Broken())
    with pytest.raises(BadOption, match="remembers episodes"):
        relabel_replay(agent, Remembers())
    with pytest.raises(BadOption, match="remembers episodes"):
        hindsight(HindsightPaid, Remembers())
    with pytest.raises(BadOption, match="PPO with NoneType"):
        relabel_replay(PPO("MlpPolicy", "CartPole-v1", device="cpu"), Linear())
    assert (agent.replay_buffer.rewards == before).all() and check_reward(Linear(), "here")
