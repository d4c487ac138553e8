"""What Stable-Baselines3 tests of spaces: kinds of observations and actions, dicts, pictures, noise of the state."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from sb3_cases import Noise, cases, rows
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecFrameStack, VecNormalize, VecTransposeImage

PAIR = spaces.Box(-1, 1, (2,), np.float32)
DOUBLE = spaces.Box(-1, 1, (2,), np.float64)
PICTURE = spaces.Box(0, 255, (36, 36, 1), np.uint8)
SMALL = {"net_arch": [8], "features_extractor_kwargs": {"cnn_output_dim": 8}}
BOXES = spaces.Dict({"img": PICTURE, "vec": PAIR})
NAMED = spaces.Dict({"img": PICTURE, "vec": PAIR, "kind": spaces.Discrete(4)})


@cases()
@pytest.mark.parametrize(
    "shown",
    [spaces.Discrete(5), spaces.MultiDiscrete([4, 3]), spaces.MultiBinary(8), spaces.MultiBinary((3, 2)), DOUBLE],
    ids=str,
)
def test_it_learns_from_every_kind_of_observation(case, shown):
    env = Noise(shown, case.actions)
    agent = case.make(env).learn(48)
    assert evaluate_policy(agent, env, 2, warn=False) == (36.0, 0.0)


@cases("PPO", "A2C", "DQN")
def test_actions_that_do_not_begin_at_0(case):
    agent = case.make(Noise(PAIR, spaces.Discrete(3, start=2))).learn(48)  # the world refuses actions outside of it
    drawn = [int(agent.predict(np.zeros((1, 2), np.float32))[0][0]) for _ in range(60)]
    assert set(drawn) <= {2, 3, 4}


@cases("PPO", "A2C", "SAC")
@pytest.mark.parametrize("shown", [DOUBLE, spaces.Dict({"a": PAIR, "b": DOUBLE})], ids=["box", "dict"])
def test_actions_of_double_precision_stay_so(case, shown):
    policy = "MultiInputPolicy" if isinstance(shown, spaces.Dict) else "MlpPolicy"
    agent = case.make(Noise(shown, DOUBLE), policy).learn(48)  # the world refuses actions of another type
    assert agent.predict(agent.env.reset())[0].dtype == np.float64


@cases("PPO", "A2C", "SAC")
def test_actions_of_several_axes(case):
    wide = spaces.Box(np.array([[-1, -2], [0, -4]], np.float32), np.array([[1, 2], [9, 4]], np.float32))
    agent = case.make(Noise(PAIR, wide)).learn(48)
    assert wide.contains(agent.predict(PAIR.sample())[0])


@cases("PPO", "A2C")
@pytest.mark.parametrize("actions", [spaces.MultiDiscrete([3, 4]), spaces.MultiBinary(3)], ids=str)
def test_choices_of_several_kinds_at_once(case, actions):
    case.make(Noise(PAIR, actions)).learn(48)


@cases()
@pytest.mark.parametrize("stacked", [False, True])
def test_dicts_of_pictures_and_numbers(case, stacked):
    env = rows(lambda: Noise(BOXES if stacked else NAMED, case.actions))
    if stacked:
        env = VecFrameStack(env, 2, channels_order={"img": "last", "vec": None})
    agent = case.make(env, "MultiInputPolicy", policy_kwargs=SMALL).learn(48)
    assert evaluate_policy(agent, env, 2, warn=False)[0] == 36.0


@cases()
def test_a_dict_of_one_box_is_that_box(case):
    def make():
        env = Noise(spaces.Dict({"vec": PAIR}), case.actions)
        env.observation_space.seed(5)
        return env

    named = case.make(make(), "MultiInputPolicy", seed=1).learn(64)
    flat = case.make(gym.wrappers.FlattenObservation(make()), seed=1).learn(64)
    obs = np.linspace(-1, 1, 20, dtype=np.float32).reshape(10, 2)
    np.testing.assert_allclose(
        named.predict({"vec": obs}, deterministic=True)[0], flat.predict(obs, deterministic=True)[0], atol=1e-5
    )


@cases()
@pytest.mark.parametrize("first", [False, True], ids=["last", "first"])
def test_pictures_have_their_channels_first_in_the_end(case, first, tmp_path):
    shape = (1, 36, 36) if first else (36, 36, 1)
    env = Noise(spaces.Box(0, 255, shape, np.uint8), case.actions)
    options = {"policy_kwargs": {"net_arch": [8], "features_extractor_kwargs": {"features_dim": 8}}}
    agent = case.make(env, "CnnPolicy", **options).learn(48)
    wrapped, inner = False, agent.get_env()
    while hasattr(inner, "venv"):
        wrapped, inner = wrapped or isinstance(inner, VecTransposeImage), inner.venv
    assert wrapped == (not first) and agent.observation_space.shape == (1, 36, 36)
    obs, _ = env.reset()
    agent.save(tmp_path / "agent.zip")
    back = case.ours.load(tmp_path / "agent.zip", env=env)
    np.testing.assert_array_equal(agent.predict(obs, deterministic=True)[0], back.predict(obs, deterministic=True)[0])


@cases()
def test_dicts_are_normalised_in_the_parts_that_are_named(case):
    env = VecNormalize(rows(lambda: Noise(spaces.Dict({"a": PAIR, "b": PAIR}), case.actions)), norm_obs_keys=["a"])
    agent = case.make(env, "MultiInputPolicy").learn(48)
    raw, shown = env.get_original_obs(), agent._last_obs
    np.testing.assert_array_equal(raw["b"], shown["b"])
    assert agent.get_vec_normalize_env() is env and not np.array_equal(raw["a"], shown["a"])


@cases("PPO", "A2C", "SAC")
@pytest.mark.parametrize("squash", [False, True])
def test_noise_that_depends_on_the_state(case, squash):
    sent = []

    class Watched(Noise):
        def step(self, action):
            sent.append(action)
            return super().step(action)

    kwargs = {"net_arch": [8], "log_std_init": -2.0}
    kwargs |= {} if case.name == "SAC" else {"squash_output": squash}
    env = Watched(PAIR, spaces.Box(-2, 2, (2,), np.float32))
    agent = case.make(env, use_sde=True, sde_sample_freq=4, policy_kwargs=kwargs).learn(64)
    assert np.unique(np.array(sent), axis=0).shape[0] > 8 and np.abs(sent).max() <= 2
    agent.policy.reset_noise()


@cases()
def test_actions_that_do_not_begin_at_zero_reach_the_world_as_they_are(case):
    if case.continuous:
        space = spaces.Box(3, 5, (1,), np.float32)
    else:
        space = spaces.Discrete(3, start=2) if case.name == "DQN" else spaces.Discrete(3)
    agent = case.make(Noise(PAIR, space)).learn(48)  # the world refuses others
    assert space.contains(agent.predict(PAIR.sample())[0] if space.shape else int(agent.predict(PAIR.sample())[0]))
