"""Steps as tensors: the same whether read by columns, by rows, or left on the device."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from counting_worlds import Counter, OnDevice
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecMonitor, VecTransposeImage

from rewardlab.agents.loops.stream import Stream, check_observations
from rewardlab.core.agent import as_vec_env
from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.errors import BadOption, BadReward, FaultyEnvironment, MissingColumn

CPU = torch.device("cpu")


def stream(envs, **options):
    venv = ToVecEnv(envs, steps=False) if isinstance(envs, (Counter, OnDevice)) else envs
    made = Stream(venv, device=CPU, where="test", **options)
    made.begun(venv.reset())
    return made


def zeros(n=2):
    return torch.zeros(n, dtype=torch.int64)


@pytest.mark.parametrize("cut", [False, True])
def test_ended_rows_show_the_next_episode_and_their_own_last_frame(cut):
    s = stream(Counter((2, 3), cut=cut))
    first, second = s.step(zeros()), s.step(zeros())
    assert first.ended.tolist() == [] and first.final is None and first.live is None
    assert second.ended.tolist() == [0] and second.final.tolist() == [[2, 0]]
    assert second.obs.tolist() == [[0, 1], [2, 0]] and second.reward.tolist() == [2, 2]
    assert second.truncated.tolist() == [cut, False] and second.terminated.tolist() == [not cut, False]
    assert second.done.tolist() == [True, False]


def test_rows_and_columns_tell_the_same():
    by_columns = stream(Counter((2, 3), cut=True))
    wrapped = VecMonitor(ToVecEnv(Counter((2, 3), cut=True)), info_keywords=())
    wrapped.results_writer = object()  # writes a file: then its step must be called
    by_rows = stream(wrapped)
    wrapped.results_writer = None
    assert by_columns.envs is not None and by_rows.envs is None
    for _ in range(7):
        a, b = by_columns.step(zeros()), by_rows.step(zeros())
        for name in ("obs", "reward", "terminated", "truncated"):
            assert torch.equal(getattr(a, name), getattr(b, name)), name
        assert a.ended.tolist() == b.ended.tolist()
        assert (a.final is None and b.final is None) or torch.equal(a.final, b.final)
        for i in a.ended:
            mine, theirs = a.infos()[i], b.infos()[i]
            np.testing.assert_array_equal(mine["terminal_observation"], theirs["terminal_observation"])
            assert mine["TimeLimit.truncated"] is theirs["TimeLimit.truncated"] is True


def test_the_step_after_an_end_is_no_transition_in_next_step():
    s = stream(Counter((2, 3), mode=AutoresetMode.NEXT_STEP))
    s.step(zeros())
    end, reset = s.step(zeros()), s.step(zeros())
    assert end.live is None and end.final is None and end.obs.tolist() == [[2, 0], [2, 0]]
    assert reset.live.tolist() == [False, True] and reset.obs.tolist() == [[0, 1], [3, 0]]
    assert s.step(zeros()).live.tolist() == [True, False]


def test_what_the_device_knows_stays_there():
    host, device = stream(Counter((2, 3))), stream(OnDevice((2, 3)))
    for _ in range(6):
        a, b = host.step(zeros()), device.step(zeros())
        assert b.ended is None
        assert torch.equal(a.obs, b.obs) and torch.equal(a.done, b.done) and torch.equal(a.reward, b.reward)
        if len(a.ended):
            assert torch.equal(a.final, b.final[a.ended])


def test_a_monitor_that_writes_nothing_and_moved_channels_are_looked_through():
    assert stream(as_vec_env("CartPole-v1", num_envs=2)).monitored
    plain = stream(make_vec_env("CartPole-v1", 2))
    assert plain.envs is None and not plain.monitored
    envs = gym.make_vec("rewardlab/MiniGrid-Empty-5x5-v0", num_envs=2, observation="dict")
    pictures = Pictures(envs)
    s = Stream(VecTransposeImage(ToVecEnv(pictures)), device=CPU, where="test")
    obs, _ = s.begun(s.env.reset())
    assert s.transposed and obs.shape == (2, 3, 40, 40)
    assert s.step(zeros()).obs.shape == (2, 3, 40, 40)


class Pictures(gym.vector.VectorWrapper):
    """Grids as small pictures."""

    def __init__(self, envs):
        super().__init__(envs)
        self.single_observation_space = gym.spaces.Box(0, 255, (40, 40, 3), np.uint8)

    def _picture(self, obs):
        return np.repeat(np.repeat(obs["image"][:, :5, :5], 8, 1), 8, 2)

    def reset(self, **options):
        obs, info = self.env.reset(**options)
        return self._picture(obs), info

    def step(self, actions):
        obs, *rest = self.env.step(actions)
        return self._picture(obs), *rest


def test_masks_are_those_of_what_is_shown():
    s = stream(Counter((2, 3), masks=True))
    _, mask = s.begun(s.env.reset())
    assert mask.tolist() == [[True, False]] * 2
    moved = s.step(zeros())
    assert s.mask(moved).tolist() == [[True, True]] * 2
    moved.info = {}
    with pytest.raises(MissingColumn, match="action_mask"):
        s.mask(moved)


def test_faults_are_named():
    with pytest.raises(BadReward, match="row 1 paid nan at step 2"):
        s = stream(Counter((5, 5), nan_at=2))
        for _ in range(3):
            s.step(zeros())
    for mode in (None, AutoresetMode.DISABLED):
        with pytest.raises(BadOption, match="autoreset"):
            stream(Counter(mode=mode))
    silent = stream(Counter((1, 1)))
    step = silent.envs.step
    silent.envs.step = lambda a: (*step(a)[:4], {})
    with pytest.raises(FaultyEnvironment, match="final_obs"):
        silent.step(zeros())
    x = torch.zeros(3, 2, 4)
    x[1, 0, 2] = torch.inf
    with pytest.raises(FaultyEnvironment, match=r"inf in observation 'a' at \[1, 0, 2\]"):
        check_observations({"a": x, "b": x[:1]}, "test")
    check_observations({"a": x[:1]}, "test")
