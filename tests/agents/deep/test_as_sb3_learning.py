"""What Stable-Baselines3 tests of training: environments of every kind, schedules, limits, returns and continuing."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from counting_worlds import Counter, OnDevice
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from sb3_cases import ALL, Noise, cases, rows, silent, weights
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import SubprocVecEnv, VecNormalize, VecTransposeImage

from rewardlab.core.errors import BadOption

PAIR = spaces.Box(-1, 1, (2,), np.float32)
WORLDS = {
    "id": lambda c: c.world,
    "env": lambda c: gym.make(c.world),
    "dummy": lambda c: make_vec_env(c.world, 2),
    "normalised": lambda c: VecNormalize(make_vec_env(c.world, 2)),
    "same step": lambda c: vector(c, AutoresetMode.SAME_STEP),
    "next step": lambda c: vector(c, AutoresetMode.NEXT_STEP),
    "ours": lambda c: OnDevice((3, 4)) if not c.continuous else vector(c, AutoresetMode.SAME_STEP),
}


def vector(case, mode):
    return gym.make_vec(case.world, 2, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode})


@cases()
@pytest.mark.parametrize("kind", WORLDS)
def test_it_learns_in_every_kind_of_environment(case, kind):
    agent = case.make(WORLDS[kind](case))
    before = weights(agent).clone()
    agent.learn(64)
    try:
        assert 64 <= agent.num_timesteps < 64 + 32 and not torch.equal(weights(agent), before)
        assert agent.get_env() is agent.env and agent.env.num_envs == agent.n_envs
        assert not isinstance(agent.env, VecTransposeImage)
    finally:
        agent.env.close()


def test_agents_of_both_loops_learn_from_other_processes():
    env = make_vec_env("CartPole-v1", 2, vec_env_cls=SubprocVecEnv)  # once: to start processes costs seconds
    try:
        for case in (c for c in ALL if c.name in ("PPO", "DQN")):
            agent = case.make(env)
            before = weights(agent).clone()
            agent.learn(64)
            assert agent.num_timesteps >= 64 and not torch.equal(weights(agent), before)
    finally:
        env.close()


@cases()
def test_steps_are_counted_on_or_anew_and_none_changes_nothing(case):
    agent = case.make(rows(lambda: Noise(PAIR, case.actions), 1))
    before = weights(agent).clone()
    assert agent.learn(0).num_timesteps == 0 and torch.equal(weights(agent), before)
    assert agent.learn(64).num_timesteps == 64
    assert agent.learn(64, reset_num_timesteps=False).num_timesteps == 128
    assert agent._total_timesteps == 128
    assert agent.learn(32).num_timesteps == 32


@cases()
def test_learning_rates_follow_their_schedule(case):
    asked = []

    def rate(left):
        asked.append(left)
        return 1e-3 * left

    agent = silent(case.make(rows(lambda: Noise(PAIR, case.actions), 1), learning_rate=rate))
    agent.learn(128, log_interval=1)
    told = agent.logger.name_to_value["train/learning_rate"]
    assert 0 <= min(asked) < 0.3 and max(asked) == 1.0 and told == pytest.approx(1e-3 * asked[-1])


@cases("PPO")
def test_a_limit_on_the_divergence_ends_a_round_early(case):
    options = {"n_epochs": 50, "learning_rate": 0.05}
    free = case.make("CartPole-v1", **options).learn(32)
    bound = case.make("CartPole-v1", target_kl=0.001, **options).learn(32)
    assert free._n_updates == 50 and 1 <= bound._n_updates < 10


@cases("PPO")
def test_a_batch_of_one_step_is_not_normalised(case):
    with pytest.raises(BadOption, match="greater than 1"):
        case.make("Pendulum-v1", n_steps=1)
    case.make("Pendulum-v1", n_steps=1, batch_size=1, normalize_advantage=False).learn(4)
    with pytest.warns(UserWarning, match="truncated mini-batch of size 1"):
        agent = silent(case.make("Pendulum-v1", n_steps=32, batch_size=31)).learn(32)
    assert np.isfinite(agent.logger.name_to_value["train/loss"]) and torch.isfinite(weights(agent)).all()


@cases("PPO", "A2C")
@pytest.mark.parametrize("gamma", [1.0, 0.9])
@pytest.mark.parametrize("decay", [1.0, 0.8])
def test_advantages_of_a_critic_that_knows_nothing_are_discounted_rewards(case, gamma, decay):
    whole = {"batch_size": 16} if case.name == "PPO" else {}
    agent = case.make(
        rows(lambda: Noise(PAIR, case.actions, ends=True), 1),
        n_steps=16, gamma=gamma, gae_lambda=decay, learning_rate=0.0, policy_kwargs={"net_arch": []}, **whole
    )  # fmt: skip
    with torch.no_grad():
        agent.policy.value_net.weight.zero_()
        agent.policy.value_net.bias.zero_()
    agent.learn(16)
    rewards = np.tile(np.arange(1.0, 9.0), 2)
    expected = [
        sum((gamma * decay) ** k * rewards[t + k] for k in range(8 - t % 8)) for t in range(16)
    ]  # no value: A = Σ (γλ)^k r
    np.testing.assert_allclose(agent._batch.advantage, expected, rtol=1e-5)
    np.testing.assert_allclose(agent._batch.returns[:, 0], expected, rtol=1e-5)


@cases("DQN", "SAC")
def test_updates_are_as_many_as_asked(case):
    env = rows(lambda: Noise(PAIR, case.actions), 2)
    agent = case.make(env, learning_starts=0, train_freq=3, gradient_steps=-1).learn(6)
    assert agent._n_updates == 6  # as many as transitions
    agent = case.make(env, learning_starts=0, train_freq=(2, "step"), gradient_steps=5).learn(8)
    assert agent._n_updates == 10
    single = case.make(Noise(PAIR, case.actions), learning_starts=0, train_freq=(1, "episode"), gradient_steps=1)
    assert single.learn(24)._n_updates == 3
    for wrong in ("4", (1, "close")):
        with pytest.raises(ValueError, match=r"train_freq|frequency|TrainFrequencyUnit|must be"):
            case.make(env, train_freq=wrong).learn(8)


@cases("PPO", "A2C", "DQN")
def test_rows_that_are_only_reset_are_counted_and_not_learned_from(case):
    agent = case.make(Counter((3, 4), mode=AutoresetMode.NEXT_STEP)).learn(64)
    assert agent.num_timesteps >= 64 and {e["l"] for e in agent.ep_info_buffer} == {3, 4}
    assert {e["r"] for e in agent.ep_info_buffer} == {6.0, 10.0}
