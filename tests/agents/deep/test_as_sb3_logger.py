"""What Stable-Baselines3 tests of the logger: formats, keys, TensorBoard's folders and the means of episodes."""

import csv
import json
from unittest import mock

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from sb3_cases import Noise, cases, rows, silent
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import (
    CSVOutputFormat,
    HParam,
    HumanOutputFormat,
    TensorBoardOutputFormat,
    configure,
)
from stable_baselines3.common.monitor import Monitor

PAIR = spaces.Box(-1, 1, (2,), np.float32)


def world(case, n=1, **options):
    return rows(lambda: Monitor(Noise(PAIR, case.actions, **options)), n)


@cases()
def test_every_key_of_theirs_is_written_and_episodes_are_counted(case):
    keys = []
    for cls in (case.ours, case.theirs):
        agent = silent(cls("MlpPolicy", world(case, 2), device="cpu", **case.options))
        agent.learn(128, log_interval=1)
        told = agent.logger.name_to_value
        assert told["rollout/ep_rew_mean"] == 36.0 and told["rollout/ep_len_mean"] == 8.0
        assert told["time/total_timesteps"] == agent.num_timesteps == 128
        keys.append(set(told))
    assert keys[1] <= keys[0], keys[1] - keys[0]


@cases()
def test_all_formats_hold_the_same_numbers(case, tmp_path, capsys):
    agent = case.make(world(case))
    agent.set_logger(configure(str(tmp_path), ["stdout", "log", "csv", "json", "tensorboard"]))
    agent.learn(64, log_interval=1)
    agent.logger.close()
    lines = [json.loads(line) for line in (tmp_path / "progress.json").read_text().splitlines()]
    with (tmp_path / "progress.csv").open() as file:
        table = list(csv.DictReader(file))
    assert len(lines) == len(table) > 0
    for key in ("rollout/ep_rew_mean", "time/total_timesteps"):
        assert [float(r[key]) for r in table] == [line[key] for line in lines]
    for text in (capsys.readouterr().out, (tmp_path / "log.txt").read_text()):
        assert "ep_rew_mean" in text and "total_timesteps" in text
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path))
    events.Reload()
    written = events.scalars.Items("rollout/ep_rew_mean")
    assert [e.value for e in written] == [36.0] * len(written) and len(written) == len(lines)
    assert "time/total_timesteps" not in events.scalars.Keys()


@cases()
def test_loggers_are_made_as_asked_and_a_given_one_stays(case, tmp_path, monkeypatch):
    assert case.make(world(case)).learn(2).logger.output_formats == []
    (board,) = case.make(world(case), tensorboard_log=str(tmp_path)).learn(2).logger.output_formats
    assert isinstance(board, TensorBoardOutputFormat)
    monkeypatch.setenv("SB3_LOGDIR", str(tmp_path / "chosen"))
    assert case.make(world(case)).learn(2).logger.dir == str(tmp_path / "chosen")
    formats = case.make(world(case), verbose=1, tensorboard_log=str(tmp_path)).learn(2).logger.output_formats
    assert [type(f) for f in formats] == [HumanOutputFormat, TensorBoardOutputFormat]
    given = configure(str(tmp_path / "mine"), ["csv"])
    agent = case.make(world(case), verbose=1)
    agent.set_logger(given)
    agent.learn(2)
    assert agent.learn(2).logger is given and isinstance(given.output_formats[0], CSVOutputFormat)
    given.close()


@cases()
def test_runs_of_tensorboard_are_numbered(case, tmp_path):
    class Told(BaseCallback):
        def _on_training_start(self):
            about = HParam({"algorithm": type(self.model).__name__, "gamma": self.model.gamma}, {"rollout/x": 0})
            self.logger.record("hparams", about, exclude=("stdout", "log", "json", "csv"))

        def _on_step(self):
            return True

    agent = case.make(world(case), tensorboard_log=str(tmp_path)).learn(32, callback=Told())
    agent.learn(32, reset_num_timesteps=False)
    assert [p.name for p in tmp_path.iterdir()] == [f"{case.name}_1"]
    agent.learn(32, tb_log_name="again")
    agent.learn(32, tb_log_name="again")
    assert {p.name for p in tmp_path.iterdir()} == {f"{case.name}_1", "again_1", "again_2"}


@cases()
@pytest.mark.parametrize("size", [1, 5])
def test_the_window_of_the_means_is_as_wide_as_asked(case, size):
    agent = case.make(world(case), stats_window_size=size).learn(64)
    assert agent.ep_info_buffer.maxlen == agent.ep_success_buffer.maxlen == size
    assert len(agent.ep_info_buffer) == min(size, 64 // 8)


@cases()
def test_success_is_logged_as_a_rate(case):
    class Sometimes(gym.Wrapper):
        ended = 0

        def step(self, action):
            obs, reward, terminated, truncated, info = self.env.step(action)
            if truncated:
                self.ended += 1
                info["is_success"] = self.ended % 4 == 0
            return obs, reward, terminated, truncated, info

    agent = silent(case.make(Monitor(Sometimes(Noise(PAIR, case.actions))), stats_window_size=8))
    agent.learn(128, log_interval=1)
    assert agent.logger.name_to_value["rollout/success_rate"] == 0.25


@cases()
def test_a_clock_that_stands_still_divides_nothing_by_zero(case):
    agent = silent(case.make(world(case)))
    with mock.patch("time.time", lambda: 42.0), mock.patch("time.time_ns", lambda: 42):
        agent.learn(64, log_interval=1)
    assert np.isfinite(agent.logger.name_to_value["time/fps"])


@cases()
def test_frames_per_second_are_of_this_call_alone(case):
    agent = silent(case.make(world(case)).learn(32))
    agent.num_timesteps = 10**9
    agent.learn(64, log_interval=1, reset_num_timesteps=False)
    assert 0 < agent.logger.name_to_value["time/fps"] < 10**6
