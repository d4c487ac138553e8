"""What Stable-Baselines3 tests of saving, loading, parameters and changing the environment."""

import io
import zipfile
from copy import deepcopy

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces
from sb3_cases import TINY, Noise, cases, rows, weights
from stable_baselines3.common.utils import ConstantSchedule, FloatSchedule

PAIR = spaces.Box(-1, 1, (2,), np.float32)


def seen(agent, n=10):
    return np.random.default_rng(0).normal(size=(n, *agent.observation_space.shape)).astype(np.float32)


@cases()
def test_parameters_are_given_taken_and_refused(case):
    agent = case.make().learn(64)
    given = deepcopy(agent.get_parameters())
    assert "policy" in given and any("optimizer" in k for k in given)
    with pytest.raises(ValueError, match="nothing_of_mine"):
        agent.set_parameters(given | {"nothing_of_mine": {}}, exact_match=False)
    with pytest.raises(ValueError, match="do not match"):
        agent.set_parameters({k: given[k] for k in list(given)[:-1]}, exact_match=True)
    short = {k: dict(list(v.items())[:-1]) for k, v in given.items()}
    with pytest.raises((RuntimeError, KeyError)):
        agent.set_parameters(short, exact_match=True)
    agent.set_parameters(given)
    held = given["policy"]
    *first, last = held
    drawn = {k: torch.full_like(held[k], 0.25) for k in first}
    agent.set_parameters({"policy": drawn}, exact_match=False)
    now = agent.get_parameters()["policy"]
    assert all(torch.equal(now[k], drawn[k]) for k in first) and torch.equal(now[last], held[last])
    agent.set_parameters(given, exact_match=True)
    again = agent.get_parameters()["policy"]
    assert all(torch.equal(again[k], held[k]) for k in held)
    before = weights(agent).clone()
    agent.learn(64)
    assert not torch.equal(weights(agent), before)


@cases()
@pytest.mark.parametrize("kind", ["path", "str", "file"])
def test_a_file_brings_back_actions_optimisers_and_options(case, kind, tmp_path):
    agent = case.make(gamma=0.9, learning_rate=2e-3, policy_kwargs={"net_arch": [12]}).learn(64)
    path = {"path": tmp_path / "agent.zip", "str": str(tmp_path / "agent"), "file": io.BytesIO()}[kind]
    agent.save(path)
    if kind == "file":
        path.seek(0)
    back = case.ours.load(path)
    assert back.gamma == 0.9 and back.learning_rate == 2e-3 and back.policy_kwargs["net_arch"] == [12]
    assert back.num_timesteps == agent.num_timesteps and back._n_updates == agent._n_updates
    obs = seen(agent)
    for a, b in zip(agent.predict(obs, deterministic=True), back.predict(obs, deterministic=True), strict=True):
        np.testing.assert_array_equal(a, b)
    mine, theirs = agent.get_parameters(), back.get_parameters()
    assert set(mine) == set(theirs)
    for name in (n for n in mine if "optimizer" in n):
        one, two = mine[name]["state"], theirs[name]["state"]
        assert one.keys() == two.keys() and len(one) > 0
        for key in one:
            for what in one[key]:
                assert torch.equal(torch.as_tensor(one[key][what]), torch.as_tensor(two[key][what])), (name, what)
    before = weights(back).clone()
    back.set_env(case.world)
    back.learn(64)
    assert not torch.equal(weights(back), before)


@cases()
def test_what_is_saved_can_be_chosen_and_replaced(case, tmp_path):
    path = tmp_path / "agent.zip"
    agent = case.make(verbose=0)
    agent.verbose = 2
    agent.save(path, exclude=["verbose"])
    assert case.ours.load(path).verbose == 0
    agent.save(path, exclude=["verbose"], include=["verbose"])
    back = case.ours.load(path, custom_objects={"learning_rate": 2e-5, "dummy": 1.0})
    assert back.verbose == 2 and back.learning_rate == 2e-5 and not hasattr(back, "dummy")
    assert case.ours.load(path, gamma=0.5).gamma == 0.5  # keywords win over the file
    with pytest.raises(ValueError, match="policy_kwargs"):
        case.ours.load(path, policy_kwargs={"net_arch": [99]})


@cases()
def test_steps_go_on_where_the_environment_stands_or_begin_anew(case, tmp_path):
    path = tmp_path / "agent.zip"
    agent = case.make(rows(lambda: Noise(PAIR, case.actions), 1)).learn(64)
    agent.set_env(rows(lambda: Noise(PAIR, case.actions), 1))
    assert agent._last_obs is None  # another environment is reset
    agent.learn(64)
    assert agent.num_timesteps == 64
    agent.set_env(Noise(PAIR, case.actions))
    agent.learn(64)
    agent.set_env(agent.get_env(), force_reset=False)
    standing = agent._last_obs
    assert standing is not None
    agent.learn(64, reset_num_timesteps=False)
    assert agent.num_timesteps == 128
    env = agent.get_env()
    agent.save(path)
    back = case.ours.load(path, env=env, force_reset=False)
    back.learn(64, reset_num_timesteps=False)
    assert back.num_timesteps == 192
    back = case.ours.load(path, env=Noise(PAIR, case.actions), force_reset=True)
    assert back._last_obs is None
    back.learn(64, reset_num_timesteps=False)
    assert back.num_timesteps == 192
    back = case.ours.load(path, env=rows(lambda: Noise(PAIR, case.actions), 2))
    assert back.learn(64).n_envs == 2


@cases("PPO", "A2C")
def test_schedules_come_back_from_files(case, tmp_path):
    path = tmp_path / "agent.zip"
    agent = case.make(learning_rate=lambda left: left * np.sin(1.0))
    assert type(agent.lr_schedule(1.0)) is float
    agent.save(path)
    back = case.ours.load(path, custom_objects={"learning_rate": 0.1, "lr_schedule": ConstantSchedule(0.1)})
    assert back.lr_schedule(0.5) == 0.1
    if case.name == "PPO":
        case.make().save(path)
        back = case.ours.load(path)
        assert isinstance(back.clip_range, FloatSchedule) and back.clip_range(0.3) == 0.2


@cases()
def test_the_policy_alone_is_saved_and_loaded(case, tmp_path):
    agent = case.make().learn(32)
    agent.policy.save(tmp_path / "policy.pkl")
    back = type(agent.policy).load(tmp_path / "policy.pkl")
    obs = seen(agent)
    np.testing.assert_array_equal(
        agent.policy.predict(obs, deterministic=True)[0], back.predict(obs, deterministic=True)[0]
    )


@cases()
def test_networks_without_layers_and_defaults_come_back(case, tmp_path):
    for arch in ([], None):
        agent = case.make(policy_kwargs={"net_arch": arch})
        agent.save(tmp_path / "agent.zip")
        back = case.ours.load(tmp_path / "agent.zip")
        assert torch.equal(weights(agent), weights(back))


@cases()
def test_the_members_of_the_file_are_theirs(case, tmp_path):
    for cls, name in ((case.ours, "ours.zip"), (case.theirs, "theirs.zip")):
        cls("MlpPolicy", case.world, policy_kwargs=dict(TINY), device="cpu", **case.options).save(tmp_path / name)
    ours, theirs = (set(zipfile.ZipFile(tmp_path / n).namelist()) for n in ("ours.zip", "theirs.zip"))
    assert theirs <= ours


@cases("DQN", "SAC")
def test_a_replay_is_saved_beside_the_agent(case, tmp_path):
    agent = case.make().learn(52)
    agent.save_replay_buffer(tmp_path / "replay")
    other = case.make()
    other.load_replay_buffer(tmp_path / "replay")
    assert len(other.replay_buffer) == len(agent.replay_buffer) == 52


@cases("DQN")
def test_intervals_of_the_target_come_back(case, tmp_path):
    agent = case.make(gym.make_vec("CartPole-v1", num_envs=2), target_update_interval=100)
    agent.save(tmp_path / "agent.zip")
    assert case.ours.load(tmp_path / "agent.zip").target_update_interval == 100


@cases("SAC")
@pytest.mark.parametrize("learned", [True, False])
def test_temperatures_come_back_and_go_on(case, learned, tmp_path):
    agent = case.make(ent_coef="auto" if learned else 0.01).learn(64)
    agent.save(tmp_path / "agent.zip")
    back = case.ours.load(tmp_path / "agent.zip", env="Pendulum-v1")
    if learned:
        before = agent.log_ent_coef.detach().clone()
        assert torch.equal(before, back.log_ent_coef.detach())
        assert not torch.equal(before, back.learn(32).log_ent_coef.detach())
    else:
        assert back.log_ent_coef is None and float(back.learn(32).ent_coef_tensor) == pytest.approx(0.01)
