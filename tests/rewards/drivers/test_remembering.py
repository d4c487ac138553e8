import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from steps import steps

from rewardlab.core import checkpoint
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import CountBonus, PaidVector, Remembering


def played(memory, *, rows=3, count=40, mode="SameStep", every=4, seed=0):
    """Random play in short episodes."""
    envs = PaidVector(
        gym.make_vec("CartPole-v1", num_envs=rows, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}),
        memory,
        update_every=every,
    )
    envs.reset(seed=seed)
    envs.action_space.seed(seed)
    for _ in range(count):
        envs.step(envs.action_space.sample())
    return envs


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_it_keeps_true_steps_episode_by_episode(mode):
    memory = Remembering(reward=Task())
    played(memory, mode=mode)
    episodes = memory.episodes()
    assert sum(map(len, episodes)) == len(memory) == (120 if mode is AutoresetMode.SAME_STEP else memory.seen)
    for one in episodes:
        assert not one.done[:-1].any()
        np.testing.assert_array_equal(one.obs[1:], one.next_obs[:-1])  # no border inside
    assert sum(not one.done[-1] for one in episodes) <= 3 < len(episodes)
    assert set(episodes[0].info) == {"task_reward"}


def test_the_oldest_make_room_and_episodes_lose_their_beginning():
    wide, narrow = Remembering(reward=Task()), Remembering(reward=Task(), capacity=50)
    for memory in (wide, narrow):
        played(memory)
    assert len(narrow) == 50 and narrow.seen == 120
    for mine, theirs in zip(narrow.episodes(), wide.episodes(last=50), strict=True):
        np.testing.assert_array_equal(mine.obs, theirs.obs)


def test_a_batch_larger_than_the_memory_leaves_its_end():
    memory = Remembering(reward=Task(), capacity=6)
    memory.update(steps((5, 2), obs=np.arange(10).reshape(5, 2)))
    memory.update(steps((5, 2), obs=10 + np.arange(10).reshape(5, 2)))
    assert sorted(int(o) for one in memory.episodes() for o in one.obs) == [14, 15, 16, 17, 18, 19]


def test_it_pays_what_it_holds_once_it_is_awake():
    batch = steps(4, obs=np.arange(4.0)[:, None], reward=np.arange(4.0))
    memory = Remembering(reward=Task(), before=CountBonus())
    assert (memory(batch) == batch.reward).all()
    memory.awake = False
    assert (memory(batch) == CountBonus()(batch)).all()
    quiet = Remembering(reward=Task())
    quiet.awake = False
    assert (quiet(batch) == 0).all()


def test_what_is_kept_and_paid_survives_a_file(tmp_path):
    memory = Remembering(reward=CountBonus(), capacity=50)
    played(memory)
    memory.awake = False
    checkpoint.save(tmp_path / "memory", "reward", {}, memory.state_dict())
    again = Remembering(reward=CountBonus(), capacity=50)
    again.load_state_dict(checkpoint.load(tmp_path / "memory", "reward")[1])
    assert again.awake is False and again.seen == 120
    for one, two in zip(memory.episodes(), again.episodes(), strict=True):
        for name in ("obs", "action", "next_obs", "reward", "terminated", "truncated"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    with pytest.raises(BadCheckpoint, match="a memory of 9"):
        Remembering(reward=CountBonus(), capacity=9).load_state_dict(memory.state_dict())


def test_it_keeps_the_columns_that_are_there_at_every_step():
    memory = Remembering(reward=Task())
    memory.update(steps((2, 2), a=np.ones((2, 2)), b=np.ones((2, 2)), word=np.full((2, 2), "x", object)))
    memory.update(steps((2, 2), b=np.zeros((2, 2))))
    assert [set(one.info) for one in memory.episodes()] == [{"b"}] * 2
    chosen = Remembering(reward=Task(), columns=("a",))
    chosen.update(steps((2, 2), a=np.ones((2, 2)), b=np.ones((2, 2))))
    assert set(chosen.episodes()[0].info) == {"a"}
    assert Remembering(reward=Task()).episodes() == []
    with pytest.raises(BadOption, match="capacity=0"):
        Remembering(reward=Task(), capacity=0)
