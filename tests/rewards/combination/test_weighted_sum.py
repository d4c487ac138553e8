import numpy as np
import pytest
from steps import random_steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task, add
from rewardlab.rewards import Clip, Milestones, Normalise, WeightedSum


def test_it_is_the_sum_of_the_multiples_part_by_part_and_recorded():
    batch = random_steps((12, 3), np.random.default_rng(0))
    mean = WeightedSum((Task(), Milestones({"flag": 1.0})), (0.25, 0.75))
    sums = 0.25 * Task() + 0.75 * Milestones({"flag": 1.0})
    for a, b in zip(mean.recorded(batch).values(), sums.recorded(batch).values(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert list(mean.parts(batch.rows(0))) == ["task", "milestones"]
    np.testing.assert_array_equal(add(mean.recorded(batch)), add(sums.recorded(batch)))


def test_the_parts_learn():
    batch = random_steps(50, np.random.default_rng(1))
    mean = WeightedSum((Clip(-1, 1), Normalise(clip=100)), (0.5, 0.5))
    assert mean.learns and mean.update(batch)
    assert not np.allclose(mean(batch), WeightedSum((Clip(-1, 1), Normalise(clip=100)), (0.5, 0.5))(batch))


def test_weights_and_rewards_must_fit():
    for rewards, weights in (((Task(),), (0.5, 0.5)), ((Task(), Task()), (0.5, 0.6)), ((), ()), ((1.0,), (1.0,))):
        with pytest.raises(BadOption):
            WeightedSum(rewards, weights)
