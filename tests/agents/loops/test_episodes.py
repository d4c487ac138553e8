"""Returns and true returns of episodes, against a count by hand."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from counting_worlds import Counter, OnDevice
from gymnasium.vector import AutoresetMode

from rewardlab.agents.loops.episodes import Episodes
from rewardlab.agents.loops.stream import Stream
from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.errors import BadCheckpoint
from rewardlab.rewards import PaidVector, Task


def stream(envs):
    venv = ToVecEnv(envs, steps=False)
    made = Stream(venv, device=torch.device("cpu"), where="test")
    made.begun(venv.reset())
    return made


def played(envs, steps=12):
    s, episodes = stream(envs), Episodes(envs.num_envs)
    records = []
    for _ in range(steps):
        records += episodes.add(s.step(torch.zeros(envs.num_envs, dtype=torch.int64)))
    return records, episodes


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_each_ended_episode_has_one_record(mode):
    records, _ = played(Counter((3, 5), mode=mode))
    cycle = 0 if mode is AutoresetMode.SAME_STEP else 1
    assert [r["l"] for r in records].count(3) == 12 // (3 + cycle) and all(
        r["r"] == sum(range(r["l"] + 1)) for r in records
    )
    assert {r["l"] for r in records} == {3, 5} and "true" not in records[0]


def test_a_driver_tells_what_the_task_was_worth():
    records, _ = played(PaidVector(Counter((3, 5)), Task() * 2.0))
    assert records and all(r["r"] == 2 * r["true"] == 2 * sum(range(r["l"] + 1)) for r in records)


def test_an_environment_that_pays_a_proxy_tells_the_true_return_and_success():
    envs = gym.make_vec("rewardlab/BoatRace-v0", num_envs=4)
    s, episodes, records = stream(envs), Episodes(4), []
    true = np.zeros(4)
    for _ in range(250):
        moved = s.step(torch.randint(0, 4, (4,), generator=torch.Generator().manual_seed(0)))
        true += moved.column("true_reward")
        got = episodes.add(moved)
        for record, row in zip(got, moved.ended, strict=True):
            assert record["true"] == pytest.approx(true[row])
            true[row] = 0
        records += got
    assert len(records) >= 4 and all("true" in r for r in records)


def test_a_whole_rollout_at_once_tells_the_same():
    expected, _ = played(Counter((3, 5)))
    s, episodes, records = stream(OnDevice((3, 5))), Episodes(2), []
    for _ in range(2):
        reward, done = [], []
        for _ in range(6):
            moved = s.step(torch.zeros(2, dtype=torch.int64))
            reward.append(moved.reward)
            done.append(moved.done)
        records += episodes.add_rollout(torch.stack(reward), torch.stack(done))
    assert records == expected


def test_running_sums_are_kept_and_foreign_ones_refused():
    _, episodes = played(Counter((30, 40)), steps=7)
    other = Episodes(2)
    other.load_state_dict(episodes.state_dict())
    assert other.paid.tolist() == [28, 28] and other.length.tolist() == [7, 7]
    with pytest.raises(BadCheckpoint, match="2 rows"):
        other.load_state_dict(Episodes(3).state_dict())
