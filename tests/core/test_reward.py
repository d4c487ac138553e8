"""Rewards: names, recorded steps, what a bare one says, how they look."""

from dataclasses import dataclass

import numpy as np
import pytest
from core.small_rewards import Cell, HTTPCost, Steps, batch

from rewardlab.core.reward import Reward, Task, replayed


def test_names_are_snake_case():
    assert [r.name for r in (Cell(), HTTPCost(), Task())] == ["cell", "http_cost", "task"]


def test_recorded_counts_episodes_from_their_own_beginnings():
    b = batch(5, 1, ends=[(1, 0)])
    assert Steps().recorded(b)["steps"][:, 0].tolist() == [1, 2, 1, 2, 3]


def test_without_memory_recorded_is_one_call():
    b = batch(4, 3)
    r = Task() + 0.5 * Cell()
    for name, value in replayed(r, b).items():
        np.testing.assert_array_equal(value, r.parts(b)[name])


def test_a_bare_reward_has_no_pay():
    with pytest.raises(NotImplementedError):
        Reward()(batch(2))


def test_task_pays_the_very_array_of_the_stage_below():
    b = batch(3)
    assert Task()(b) is b.reward


def test_no_recorded_steps_are_paid_nothing():
    empty = batch(4).rows(slice(0, 0)).map(lambda x: x.reshape(0, 2, *x.shape[1:]))
    assert {k: v.shape for k, v in Steps().recorded(empty).items()} == {"steps": (0, 2)}


def test_a_reward_shows_what_it_was_told_and_may_say_it_itself():
    @dataclass
    class Near(Reward):
        goal: str
        radius: float = 0.1

    @dataclass
    class Quiet(Reward):
        radius: float = 0.1

        def __repr__(self):
            return "Quiet"

    assert [repr(Near("door")), repr(Near("door", 0.2)), repr(Quiet(3.0))] == [
        "Near(goal='door')",
        "Near(goal='door', radius=0.2)",
        "Quiet",
    ]


def test_a_reward_without_a_pay_says_what_is_missing():
    class Idea(Reward):
        pass

    with pytest.raises(NotImplementedError, match=r"Idea does not say what it pays: define __call__\(self, batch\)"):
        Idea()(batch(3))
