"""`PaidVector`: what the columns say in both autoreset modes, next to Gymnasium's own records."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorWrapper
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics
from support_rewards import Recorder, Scripted, Streak, Walk, play, walks

from rewardlab.core.errors import BadOption, FaultyEnvironment, ResetNeeded
from rewardlab.core.reward import Task
from rewardlab.rewards import CountBonus, Milestones, PaidVector

SAME, NEXT = AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP


@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_episode_records_stand_where_gymnasium_puts_them(mode: AutoresetMode) -> None:
    theirs = play(RecordEpisodeStatistics(walks(4, mode)), 150)
    ours = play(PaidVector(walks(4, mode), Task()), 150)
    ends = 0
    for (*_, a), (*_, b) in zip(theirs, ours, strict=True):
        assert ("episode" in a) == ("episode" in b)
        if "episode" in a:
            ends += int(a["_episode"].sum())
            assert np.array_equal(a["_episode"], b["_episode"]) and np.array_equal(a["_episode"], b["_episode_true"])
            for record in (b["episode"], b["episode_true"]):
                assert np.array_equal(a["episode"]["r"], record["r"]) and np.array_equal(a["episode"]["l"], record["l"])
                assert record["t"].shape == (4,) and (record["t"][~a["_episode"]] == 0).all()
            if mode is SAME:
                final = b["final_info"]
                assert final["episode"] is b["episode"] and np.array_equal(final["_episode"], a["_episode"])
                for key in ("task_reward", "reward_parts", "episode_true"):
                    assert np.array_equal(final[f"_{key}"], a["_episode"])
    assert ends > 50


@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_columns_by_hand(mode: AutoresetMode) -> None:
    recorder = Recorder()
    envs = PaidVector(walks(3, mode, proxy=True), Task() + 0.5 * Streak() + recorder)
    bare = play(walks(3, mode, proxy=True), 80)
    paid, true, count = np.zeros(3), np.zeros(3), np.zeros(3)
    over, calls = np.zeros(3, dtype=bool), 0
    envs.reset(seed=0)
    rng = np.random.default_rng(1)  # as in `play`
    for _, own, *_ in bare:
        _, pay, ended, cut, info = envs.step(rng.integers(0, 2, 3))
        live = ~over
        count = np.where(over, 0, count + 1)
        assert np.array_equal(pay, np.where(live, own + count / 16, 0.0))
        assert np.array_equal(info["task_reward"][live], own[live]) and np.array_equal(info["_task_reward"], live)
        assert set(info["reward_parts"]) == {"task", "streak", "recorder"} and np.array_equal(
            info["_reward_parts"], live
        )
        assert np.array_equal(np.sum([*info["reward_parts"].values()], axis=0), pay)
        calls += live.any()  # a step that only resets asks no reward
        assert len(recorder.batches) == calls
        batch = recorder.batches[-1]
        if live.any():
            assert np.array_equal(batch.info["position"][live], batch.next_obs[live, 0].astype(float))
            assert np.array_equal(batch.info["inner"]["speed"][live], 0.5 * batch.next_obs[live, 1])
        paid, true = np.where(over, 0, paid + pay), np.where(over, 0, true + (batch.next_obs[:, 0] >= 3))
        done = ended | cut
        assert ("episode" in info) == bool(done.any())
        if done.any():
            assert np.array_equal(info["episode"]["r"], np.where(done, paid, 0))
            assert np.array_equal(info["episode_true"]["r"], np.where(done, true, 0))
            assert np.array_equal(info["episode"]["l"], np.where(done, count, 0))
        if mode is SAME:
            paid, true, count = (np.where(done, 0, x) for x in (paid, true, count))
        over = done if mode is NEXT else over


class Bare(VectorWrapper):
    """The same environment under other metadata."""

    def __init__(self, envs: gym.vector.VectorEnv, metadata: dict[str, Any]) -> None:
        super().__init__(envs)
        self.metadata = metadata


def test_disabled_and_undeclared_modes_are_refused() -> None:
    for declared in ({}, {"autoreset_mode": AutoresetMode.DISABLED}, {"autoreset_mode": "sometimes"}):
        with pytest.raises(BadOption, match=r"(?s)autoreset mode.*expected: SAME_STEP or NEXT_STEP.*mend"):
            PaidVector(Bare(walks(2), declared), Task())
    assert PaidVector(Bare(walks(2), {"autoreset_mode": "SameStep"}), Task()).mode is SAME


def test_a_same_step_environment_without_final_obs_is_named() -> None:
    envs = PaidVector(Bare(walks(2, NEXT), {"autoreset_mode": SAME}), Task())
    with pytest.raises(FaultyEnvironment, match="without info"):
        play(envs, 30)
    with pytest.raises(ResetNeeded):
        PaidVector(walks(2), Task()).step(np.zeros(2))


@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_partial_resets_begin_only_their_rows(mode: AutoresetMode) -> None:
    recorder = Recorder()
    envs = PaidVector(walks(3, mode), Streak() + recorder)
    envs.reset(seed=0)
    for _ in range(3):
        _, paid, *_ = envs.step(np.zeros(3, dtype=int))
    assert paid.tolist() == [3 / 8] * 3
    options = {"reset_mask": np.array([False, True, False])}
    envs.reset(options=options)
    assert "reset_mask" in options  # the caller's dict is his own
    _, paid, *_ = envs.step(np.zeros(3, dtype=int))
    assert paid.tolist() == [0.5, 0.125, 0.5]
    assert recorder.batches[-1].obs[:, 1].tolist() == [3, 0, 3]
    assert [m.tolist() for m in recorder.begun] == [[True] * 3, [False, True, False]]
    for _ in range(10):
        *_, info = envs.step(np.zeros(3, dtype=int))
        if "episode" in info and info["_episode"][1]:
            assert info["episode"]["l"][1] == 6
            break
    else:
        raise AssertionError("row 1 never ended")


def test_an_environment_may_write_into_the_same_arrays() -> None:
    made = [lambda i=i: Walk(5 + i) for i in range(3)]
    reused = SyncVectorEnv(made, autoreset_mode=SAME, copy=False)
    fresh = SyncVectorEnv(made, autoreset_mode=SAME, copy=True)
    a, b, c = Recorder(), Recorder(), Recorder()
    play(PaidVector(reused, a, update_every=3), 40)
    play(PaidVector(fresh, b), 40)
    play(PaidVector(fresh, c, copy=False), 40)
    for x, y, z in zip(a.batches, b.batches, c.batches, strict=True):
        for other in (x, z):
            assert np.array_equal(other.obs, y.obs) and np.array_equal(other.next_obs, y.next_obs)


def test_what_learners_do_to_the_pay_reaches_nobody_else() -> None:
    envs = PaidVector(walks(3), Task())
    envs.reset(seed=0)
    _, paid, _, _, info = envs.step(np.zeros(3, dtype=int))
    was = info["task_reward"].copy()
    paid += 100.0  # as Stable-Baselines3 does where an episode was truncated
    assert np.array_equal(info["task_reward"], was) and np.array_equal(info["reward_parts"]["task"], was)


def test_gymnasiums_wrappers_stand_around_it() -> None:
    envs = DictInfoToList(PaidVector(walks(3), Task() + Streak()))
    envs.reset(seed=0)
    for _ in range(9):
        _, paid, _, _, infos = envs.step(np.zeros(3, dtype=int))
        for i, row in enumerate(infos):
            assert sum(row["reward_parts"].values()) == paid[i] and row["task_reward"] == row["reward_parts"]["task"]
    assert envs.num_envs == 3 and envs.env.unwrapped is envs.unwrapped
    cart = gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="vector_entry_point")
    paid = PaidVector(cart, Task())
    assert paid.single_observation_space == cart.single_observation_space and paid.metadata is cart.metadata
    play(paid, 60)


def test_a_mask_of_none_begins_all_rows_for_the_reward_too() -> None:
    reward = Recorder()
    envs = PaidVector(gym.make_vec("rewardlab/DeepSea-v0", num_envs=3), reward)
    envs.reset(seed=0)
    envs.step(np.zeros(3, dtype=int))
    envs.reset(options={"reset_mask": None})
    assert [b.tolist() for b in reward.begun] == [[True] * 3] * 2


class Spoken(Walk):
    """A walk that also says where it is."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        place = spaces.Tuple((spaces.Discrete(9, start=-4), spaces.Text(5, min_length=0)))
        self.observation_space = spaces.Dict({"said": spaces.Text(5, min_length=0), "place": place})

    def _look(self) -> dict[str, Any]:
        return {"said": "x" * (self.x % 4), "place": (np.int64(self.x), "t" * (self.t % 5))}


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_texts_inside_other_observations_are_rows_like_all_else(mode: AutoresetMode) -> None:
    recorder, count = Recorder(), CountBonus(key=lambda o: o["place"])
    envs = PaidVector(SyncVectorEnv([lambda i=i: Spoken(5 + i) for i in range(3)], autoreset_mode=mode),
                      recorder + count, update_every=4)  # fmt: skip
    play(envs, 30)
    for b in recorder.batches:
        number, said = b.next_obs["place"]
        assert number.shape == said.shape == (3,) and said.dtype == object
        moved = b.info["_position"] if "_position" in b.info else np.ones(3, dtype=bool)
        assert all(s == "x" * (x % 4) for s, x, m in zip(b.next_obs["said"], number, moved, strict=True) if m)
    assert sum(b.done.sum() for b in recorder.batches) > 10
    copy = CountBonus(key=count.key)
    copy.load_state_dict(count.state_dict())
    np.testing.assert_array_equal(copy(recorder.batches[-1]), count(recorder.batches[-1]))


@pytest.mark.parametrize("n", [1, 3])
def test_a_reset_of_all_rows_at_once_needs_no_columns(n: int) -> None:
    made = [lambda: Scripted([1.0, 1.0], infos=[{"stage": 1.0}, {"stage": 2.0}])] * n
    envs = PaidVector(SyncVectorEnv(made, autoreset_mode=NEXT), Task() + Milestones({"stage": 0.5}) + Recorder())
    envs.reset()
    for t in range(12):
        _, paid, _, _, info = envs.step(np.zeros(n, dtype=int))
        moved = t % 3 < 2
        assert paid.tolist() == [1.5 * moved] * n
        assert {k: v.tolist() for k, v in info["reward_parts"].items()} == {
            "task": [1.0 * moved] * n, "milestones": [0.5 * moved] * n, "recorder": [0.0] * n
        }  # fmt: skip
