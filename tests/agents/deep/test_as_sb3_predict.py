"""What Stable-Baselines3 tests of predictions, evaluation, modes of networks and seeds."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from sb3_cases import Noise, cases, rows
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.preprocessing import get_flattened_obs_dim
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor

PAIR = spaces.Box(-1, 1, (2,), np.float32)
SPACES = {
    "box": PAIR,
    "grid": spaces.Box(-1, 1, (2, 3), np.float32),
    "discrete": spaces.Discrete(4),
    "multi discrete": spaces.MultiDiscrete([4, 3]),
    "multi binary": spaces.MultiBinary(5),
    "dict": spaces.Dict({"a": PAIR, "b": spaces.Discrete(3)}),
}


def batch(space, n):
    drawn = [space.sample() for _ in range(n)]
    return {k: np.stack([d[k] for d in drawn]) for k in space.spaces} if isinstance(drawn[0], dict) else np.stack(drawn)


@cases()
@pytest.mark.parametrize("kind", SPACES)
def test_one_observation_gives_one_action_and_a_batch_gives_many(case, kind):
    space = SPACES[kind]
    space.seed(0)
    agent = case.make(Noise(space, case.actions), "MultiInputPolicy" if kind == "dict" else "MlpPolicy")
    for fixed in (True, False):
        one, state = agent.predict(space.sample(), deterministic=fixed)
        assert isinstance(one, np.ndarray) and one.shape == case.actions.shape and state is None
        assert case.actions.contains(one if one.shape else one.item())
        many, _ = agent.predict(batch(space, 5), deterministic=fixed)
        assert many.shape == (5, *case.actions.shape) and many.dtype == case.actions.dtype


@cases("PPO", "A2C")
@pytest.mark.parametrize(
    "actions",
    [spaces.MultiDiscrete([2, 3]), spaces.MultiBinary(3), spaces.Box(-2, 5, (2, 2), np.float32)],
    ids=["multi discrete", "multi binary", "grid"],
)
def test_policies_act_in_every_kind_of_space(case, actions):
    agent = case.make(Noise(PAIR, actions)).learn(32)  # the world refuses actions that are not in its space
    for fixed in (True, False):
        many, _ = agent.predict(batch(PAIR, 4), deterministic=fixed)
        assert many.shape == (4, *actions.shape) and all(actions.contains(a.astype(actions.dtype)) for a in many)


@cases()
def test_what_is_no_observation_is_refused(case):
    env = Noise(PAIR, case.actions)
    agent = case.make(env)
    with pytest.raises(ValueError, match="mixing Gym API"):
        agent.predict(env.reset())
    with pytest.raises(ValueError, match="shape"):
        agent.predict(np.zeros((2, 3), np.float32))


@cases("DQN")
def test_an_agent_that_explores_draws_all_actions(case):
    agent = case.make()
    agent.exploration_rate = 1.0
    obs = np.zeros((200, 4), np.float32)
    assert set(agent.predict(obs)[0]) == {0, 1} and len(set(agent.predict(obs, deterministic=True)[0])) == 1
    assert agent.action_space.contains(agent.predict(obs[0])[0])


@cases()
def test_the_same_seed_gives_the_same_training_and_the_same_play(case):
    def played():
        agent = case.make(case.world, seed=3).learn(100)
        env, taken = agent.get_env(), []
        obs = env.reset()
        for _ in range(30):
            action, _ = agent.predict(obs, deterministic=False)
            obs, reward, _, _ = env.step(action)
            taken.append((action.copy(), reward.copy()))
        return taken

    for (a, r), (b, s) in zip(played(), played(), strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(r, s)


@cases()
@pytest.mark.parametrize("n", [1, 2, 5])
def test_so_many_episodes_are_evaluated_as_asked(case, n):
    ends = []
    agent = case.make(Noise(PAIR, case.actions))
    env = rows(lambda: Noise(PAIR, case.actions), n)
    for actor in (agent, agent.policy):
        ends.clear()
        returns, lengths = evaluate_policy(
            actor, env, 6, callback=lambda now, _: ends.append(now["done"]), return_episode_rewards=True, warn=False
        )
        assert returns == [36.0] * 6 and lengths == [8] * 6 and sum(ends) == 6
    with pytest.raises(AssertionError, match="below threshold"):
        evaluate_policy(agent, env, 1, reward_threshold=40.0, warn=False)
    with pytest.warns(UserWarning, match="Monitor"):
        evaluate_policy(agent, env, 1)


@cases()
def test_single_environments_are_monitored_for_the_owner(case):
    for env in (gym.make(case.world), Monitor(gym.make(case.world))):
        assert case.make(env).env.env_is_wrapped(Monitor)[0]
    mean, spread = evaluate_policy(case.make(case.world), make_vec_env(case.world, 2, seed=0), 2)
    assert np.isfinite(mean) and np.isfinite(spread)


class Shaky(BaseFeaturesExtractor):
    """Batch normalisation and dropout: what acting and learning must do in different modes."""

    def __init__(self, space):
        super().__init__(space, get_flattened_obs_dim(space))
        self.layers = torch.nn.Sequential(
            torch.nn.Flatten(), torch.nn.BatchNorm1d(self.features_dim), torch.nn.Dropout(0.5)
        )

    def forward(self, obs):
        return self.layers(obs)


def norms(agent):
    return [m for m in agent.policy.modules() if isinstance(m, torch.nn.BatchNorm1d)]


@cases()
def test_networks_act_in_one_mode_and_learn_in_the_other(case):
    options = {"policy_kwargs": {"net_arch": [8], "features_extractor_class": Shaky}}
    agent = case.make(Noise(PAIR, case.actions), **options)
    before = [m.running_mean.clone() for m in norms(agent)]
    obs = batch(PAIR, 8)
    first = agent.predict(obs, deterministic=True)[0]
    np.testing.assert_array_equal(first, agent.predict(obs, deterministic=True)[0])  # no dropout
    assert all(torch.equal(a, m.running_mean) for a, m in zip(before, norms(agent), strict=True))
    agent.learn(64)
    moved = [not torch.equal(a, m.running_mean) for a, m in zip(before, norms(agent), strict=True)]
    assert any(moved)
    np.testing.assert_array_equal(agent.predict(obs, deterministic=True)[0], agent.predict(obs, deterministic=True)[0])


@cases("PPO", "A2C")
def test_no_statistics_move_while_a_rollout_is_collected(case):
    agent = case.make(
        rows(lambda: Noise(PAIR, case.actions), 4),
        policy_kwargs={"net_arch": [8], "features_extractor_class": Shaky},
        learning_rate=0.0,
    )
    seen = []

    def look(given, _):
        seen.append(float(norms(agent)[0].running_mean.sum()))
        return True

    agent.learn(agent.n_steps * 4, callback=look)
    assert len(set(seen)) == 1 and float(norms(agent)[0].running_mean.sum()) != seen[-1]
