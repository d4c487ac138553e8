"""What no deep agent can work with is refused by name: spaces, sizes, environments, and numbers that are none."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch
from counting_worlds import Counter
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from sb3_cases import Noise, cases, rows

from rewardlab.agents.loops.run_checkpoint import RunCheckpoint
from rewardlab.core.errors import (
    BadCheckpoint,
    BadOption,
    BadReward,
    BadSpace,
    Diverged,
    FaultyEnvironment,
    RewardlabError,
)

PAIR = spaces.Box(-1, 1, (2,), np.float32)


class Broken(Noise):
    """`Noise` that shows or pays `wrong` at its step `at`."""

    def __init__(self, actions, *, at=30, what="reward", wrong=np.nan):
        super().__init__(PAIR, actions)
        self.at, self.what, self.wrong, self.count = at, what, wrong, 0

    def step(self, action):
        obs, reward, terminated, truncated, info = super().step(action)
        self.count += 1
        if self.count == self.at and self.what == "reward":
            reward = self.wrong
        if self.count == self.at and self.what == "observation":
            obs = np.array([0.0, self.wrong], np.float32)
        return obs, reward, terminated, truncated, info


@cases()
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_reward_that_is_no_number_stops_at_its_step(case, wrong):
    with pytest.raises(BadReward, match=rf"{wrong} at step 30"):
        case.make(Broken(case.actions, wrong=wrong)).learn(100)


@cases()
def test_an_observation_that_is_no_number_stops_training(case):
    with pytest.raises(FaultyEnvironment, match="nan in observation"):
        case.make(Broken(case.actions, what="observation")).learn(200)


@cases()
def test_weights_that_are_no_numbers_stop_with_step_tensor_and_last_checkpoint(case, tmp_path):
    agent = case.make(Noise(PAIR, case.actions))
    agent.learn(64, callback=RunCheckpoint(tmp_path / "runs", every=16, fresh_episodes=True))
    with torch.no_grad():
        last = list(agent.policy.named_parameters())
        for name, parameter in last:
            if "value_net" in name or "q_net" in name or "qf" in name or "critic" in name:
                parameter.fill_(torch.nan)
    with pytest.raises(Diverged) as told:
        agent.learn(64, reset_num_timesteps=False)
    assert "step" in told.value.what and case.name in told.value.where
    assert any(name in told.value.what for name, _ in last)
    assert Path(told.value.mend.removeprefix("go on from ")) == max((tmp_path / "runs").glob("*"))


@cases()
def test_spaces_that_it_cannot_act_in_are_named(case):
    wrong = spaces.Discrete(2) if case.continuous else spaces.Text(5)
    with pytest.raises(BadSpace, match=case.name):
        case.make(Noise(PAIR, wrong))
    nested = spaces.Dict({"a": spaces.Dict({"b": PAIR})})
    with pytest.raises((BadSpace, NotImplementedError)):
        case.make(Noise(nested, case.actions), "MultiInputPolicy")


@cases("DQN")
def test_boxes_are_refused_by_an_agent_of_choices(case):
    with pytest.raises(BadSpace, match="DQN"):
        case.make("Pendulum-v1")


@cases("PPO", "A2C", "DQN")
@pytest.mark.parametrize("mode", [AutoresetMode.DISABLED, None], ids=["disabled", "undeclared"])
def test_an_autoreset_that_would_corrupt_targets_is_refused(case, mode):
    with pytest.raises(BadOption, match="autoreset"):
        case.make(Counter((3, 4), mode=mode)).learn(8)


@cases()
@pytest.mark.parametrize("name", ["batch_size", "n_steps", "n_epochs", "buffer_size"])
@pytest.mark.parametrize("value", [0, -3, 2.5])
def test_sizes_that_leave_nothing_to_learn_are_refused(case, name, value):
    import inspect

    if name not in inspect.signature(case.theirs.__init__).parameters:
        name = "n_steps" if case.on_policy else "batch_size"
    with pytest.raises(BadOption, match=f"{name}={value}"):
        case.make(Noise(PAIR, case.actions), **{name: value})


@cases()
def test_another_environment_is_refused_when_set_and_when_loaded(case, tmp_path):
    agent = case.make(Noise(PAIR, case.actions))
    agent.save(tmp_path / "agent.zip")
    wide = Noise(spaces.Box(-1, 1, (3,), np.float32), case.actions)
    other = Noise(PAIR, spaces.Box(-3, 3, (4,), np.float32) if case.continuous else spaces.Discrete(7))
    for env in (wide, other):
        with pytest.raises(BadSpace):
            agent.set_env(env)
        with pytest.raises((BadSpace, BadCheckpoint)):
            case.ours.load(tmp_path / "agent.zip", env=env)
    with pytest.raises((RewardlabError, AssertionError), match="environment"):
        agent.set_env(rows(lambda: Noise(PAIR, case.actions), 3))


@cases()
def test_without_an_environment_nothing_is_learned(case, tmp_path):
    case.make().save(tmp_path / "agent.zip")
    with pytest.raises(BadOption, match="environment"):
        case.ours.load(tmp_path / "agent.zip").learn(10)


@cases()
def test_what_is_no_environment_is_refused(case):
    with pytest.raises(RewardlabError, match="NoSuchWorld"):
        case.make("NoSuchWorld-v0")
    with pytest.raises((RewardlabError, ValueError)):
        case.make(object())


def test_the_worlds_of_these_tests_are_sound():
    env = gym.wrappers.TimeLimit(Noise(PAIR, spaces.Discrete(3)), 5)
    env.reset(seed=0)
    assert [env.step(0)[3] for _ in range(5)] == [False] * 4 + [True]
