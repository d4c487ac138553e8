"""`Paid`: what one environment's info says, by hand."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.wrappers import RecordEpisodeStatistics
from support_rewards import Recorder, Streak, Walk

from rewardlab.core.errors import BadCheckpoint, BadOption, ResetNeeded
from rewardlab.core.reward import Task
from rewardlab.rewards import Paid, PaidVecEnv, PaidVector


def to_the_end(env: gym.Env, action: int, **options: int) -> list[tuple]:
    env.reset(**options)
    steps = [env.step(action)]
    while not (steps[-1][2] or steps[-1][3]):
        steps.append(env.step(action))
    return steps


def test_info_by_hand() -> None:
    env = Paid(Walk(4, proxy=True), 2.0 * Task() + Streak())
    for _ in range(2):  # the second episode starts from nothing
        steps = to_the_end(env, 0, seed=1)
        x = [env.env.x + 3 - t for t in range(4)]
        assert [s[4]["task_reward"] for s in steps] == [v / 8 for v in x]
        assert [s[1] for s in steps] == [2 * v / 8 + (t + 1) / 8 for t, v in enumerate(x)]
        assert steps[2][4]["reward_parts"] == {"task": 2 * x[2] / 8, "streak": 3 / 8}
        assert steps[2][4]["true_reward"] == 0.0 and all("episode" not in s[4] for s in steps[:-1])
        last = steps[-1]
        assert last[2:4] == (False, True) and type(last[1]) is float and type(last[4]["reward_parts"]["task"]) is float
        assert last[4]["episode"]["r"] == sum(s[1] for s in steps) and last[4]["episode"]["l"] == 4
        assert last[4]["episode_true"]["r"] == 0.0 and last[4]["episode"]["t"] >= 0.0
        assert set(last[4]["episode_true"]) == {"r", "l", "t"}


def test_the_true_return_is_that_of_the_task_where_nothing_else_is_known() -> None:
    steps = to_the_end(Paid(Walk(), -3.0 * Task()), 1, seed=0)
    assert steps[-1][2] and steps[-1][4]["episode_true"]["r"] == sum(s[4]["task_reward"] for s in steps)
    assert steps[-1][4]["episode"]["r"] == -3 * steps[-1][4]["episode_true"]["r"]


def test_batches_are_true_transitions_with_both_flags() -> None:
    recorder = Recorder()
    steps = to_the_end(Paid(Walk(5), recorder), 1, seed=2)
    assert len(recorder.batches) == len(steps)
    for batch, (obs, _, ended, cut, _) in zip(recorder.batches, steps, strict=True):
        batch.check()
        assert batch.shape == (1,) and batch.action.tolist() == [1]
        assert np.array_equal(batch.next_obs[0], obs) and batch.next_obs.dtype == obs.dtype
        assert batch.terminated.tolist() == [ended] and batch.truncated.tolist() == [cut]
        assert batch.info["position"].tolist() == [float(obs[0])] and batch.info["pair"].shape == (1, 2)
        assert np.array_equal(batch.info["task_reward"], batch.reward)
    both = Recorder()
    env = Paid(Walk(1), both)
    env.reset(seed=0)
    env.env.x = 2
    assert env.step(1)[2:4] == (True, True)
    assert both.batches[0].terminated[0] and both.batches[0].truncated[0]


def test_the_observation_may_be_written_into_again() -> None:
    class Reuses(Walk):
        kept = np.zeros(3, dtype=np.float32)

        def _look(self) -> np.ndarray:
            self.kept[:] = super()._look()
            return self.kept

    recorder = Recorder()
    to_the_end(Paid(Reuses(6), recorder), 0, seed=0)
    t = [(b.obs[0, 1], b.next_obs[0, 1]) for b in recorder.batches]
    assert t == [(k, k + 1) for k in range(6)]


def test_the_rest_of_the_environment_is_untouched() -> None:
    own = gym.make("CartPole-v1")
    env = Paid(own, Task())
    assert env.observation_space is own.observation_space and env.action_space is own.action_space
    assert env.unwrapped is own.unwrapped and env.metadata is own.metadata and env.spec.id == "CartPole-v1"
    assert env.get_wrapper_attr("gravity") == 9.8
    a, b = env.reset(seed=3), gym.make("CartPole-v1").reset(seed=3)
    assert np.array_equal(a[0], b[0])


def test_every_kind_of_observation_and_action_becomes_a_row() -> None:
    class Odd(gym.Env):
        observation_space = gym.spaces.Dict(
            {"text": gym.spaces.Text(9), "pair": gym.spaces.Tuple([gym.spaces.Discrete(3)] * 2)}
        )
        action_space = gym.spaces.Text(9)

        def reset(self, *, seed=None, options=None):
            return {"text": "now", "pair": (1, 2)}, {}

        def step(self, action):
            return {"text": "then", "pair": (2, 0)}, 1, False, False, {}

    recorder = Recorder()
    env = Paid(Odd(), recorder)
    env.reset()
    env.step("go")
    (batch,) = recorder.batches
    assert batch.obs["text"].tolist() == ["now"] and batch.action.tolist() == ["go"]
    assert [x.tolist() for x in batch.next_obs["pair"]] == [[2], [0]] and batch.reward.dtype == np.float64


def test_step_before_reset_and_foreign_states_are_refused() -> None:
    env = Paid(Walk(), Task())
    with pytest.raises(ResetNeeded, match="call reset"):
        env.step(0)
    for state in ({}, {"reward": {}}, {**env.state_dict(), "obs": 3}, {**env.state_dict(), "pending": [{"steps": 1}]}):
        with pytest.raises(BadCheckpoint):
            env.load_state_dict(state)


def test_the_wrong_driver_is_told_which_is_the_right_one() -> None:
    single, vector = "rewardlab/DeepSea-v0", gym.make_vec("rewardlab/DeepSea-v0", num_envs=2)
    for driver, wrong in ((Paid, vector), (Paid, single), (PaidVector, gym.make(single)), (PaidVecEnv, vector)):
        with pytest.raises(BadOption, match=rf"(?s){driver.__name__}: .* is no (Vector|Vec)?Env\n.*PaidVector\(gym"):
            driver(wrong, Task())


def test_statistics_of_gymnasium_stand_inside_or_under_another_key() -> None:
    def played(env: gym.Env) -> dict[str, Any]:
        env.reset(seed=0)
        while True:
            *_, terminated, truncated, info = env.step(1)
            if terminated or truncated:
                return info

    def sea() -> gym.Env:
        return gym.make("rewardlab/DeepSea-v0", size=4)

    inside = played(Paid(RecordEpisodeStatistics(sea()), 2 * Task()))
    around = played(RecordEpisodeStatistics(Paid(sea(), 2 * Task()), stats_key="around"))
    for info in (inside, around):
        assert info["episode"]["r"] == pytest.approx(2 * info["episode_true"]["r"]) and info["episode"]["l"] == 4
    assert around["around"]["r"] == pytest.approx(around["episode"]["r"])
    with pytest.raises(AssertionError):  # Gymnasium's own refusal
        played(RecordEpisodeStatistics(Paid(sea(), Task())))
