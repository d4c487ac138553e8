"""Candidates in training: the task judges, results do not depend on company, failures are results."""

import numpy as np
import pytest

from rewardlab.benchmarks.design_training import Course, train_one, train_with
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards.language.programmed import Programmed
from rewardlab.rewards.language.reward_file import signature_of

SEA = "rewardlab/DeepSea-v0"
SMALL = Course(SEA, steps=1024, episodes=4, evaluations=2)


def designed(text="-0.01 * action"):
    source = f"def reward(obs, action, next_obs, info):\n    x = {text}\n    return x, {{'x': x}}\n"
    return Programmed(source, signature_of(SEA))


class Broken(Reward):
    """Pays no number."""

    def __call__(self, batch):
        return batch.reward * np.nan


def same(one, two):
    return (one.success, one.task_return, one.curve, one.parts) == (two.success, two.task_return, two.curve, two.parts)


def test_results_come_in_order_and_do_not_depend_on_company():
    rewards = [designed(), Broken(), designed("0.02 * action")]
    made = list(train_with(SMALL)(rewards))
    assert "NaN" in made[1].error or "nan" in made[1].error
    assert same(train_one(SMALL, designed("0.02 * action")), made[2]) and not same(made[0], made[2])
    assert made[0].curve[0][0] == 0 and made[0].curve[-1][0] >= 1024 and len(made[0].curve) == 3
    assert set(made[0].parts) == {"x"} and all(v <= 0 for v in made[0].parts["x"])
    assert made[0].steps.terminated.any(0).all() and made[0].steps.shape[1] == 4


@pytest.mark.slow
def test_processes_give_the_same_and_lose_one_candidate_at_most():
    course = Course(SEA, steps=1024, episodes=4, evaluations=2, jobs=2)
    made = list(train_with(course)([designed(), Broken()]))
    assert same(made[0], train_one(SMALL, designed())) and made[1].error
    assert np.array_equal(made[0].steps.reward, train_one(SMALL, designed()).steps.reward)


def test_the_task_is_paid_beside_the_design_unless_it_is_alone():
    reward = designed()
    assert repr(Course(SEA).pays(reward)) == repr(Task() + reward)
    assert repr(Course(SEA, weight=0.5).pays(reward)) == repr(Task() + 0.5 * reward)
    assert Course(SEA, alone=True).pays(reward) is reward
    assert "jobs" not in Course(SEA).settings() and Course(SEA).settings()["steps"] == 100_000


@pytest.mark.parametrize("bad", [{"steps": 0}, {"jobs": 1.5}, {"weight": float("nan")}, {"episodes": True}])
def test_numbers_out_of_range_are_refused(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        Course(SEA, **bad)
