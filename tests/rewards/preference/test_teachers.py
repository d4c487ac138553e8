import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import NoisyTeacher, Teacher


def pairs(sums, length=4):
    """Pairs whose segments have these sums of reward [P, 2]."""
    sums = np.asarray(sums, dtype=np.float64)
    return steps((len(sums), 2, length), reward=np.repeat(sums[..., None] / length, length, -1))


def test_the_perfect_teacher_prefers_the_larger_sum_and_calls_equal_ones_a_tie():
    assert Teacher(Task())(pairs([[1, 0], [0, 1], [2, 2], [-3, -2], [0, 0]])).tolist() == [1, 0, 0.5, 0, 0.5]
    rounded = steps((1, 2, 3), reward=[[[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]]])
    assert Teacher(Task())(rounded).tolist() == [0.5]


def test_masked_steps_are_not_judged():
    batch = steps((1, 2, 2), reward=[[[1.0, 0.0], [0.5, 9.0]]], mask=[[[True, True], [True, False]]])
    assert Teacher(Task())(batch).tolist() == [1.0]


def test_labels_come_as_a_column_and_of_the_kind_of_the_batch():
    batch = pairs([[1, 0], [0, 1]])
    assert Teacher(lambda b: -b.reward).labelled(batch).info["label"].tolist() == [0, 1]
    assert Teacher(Task())(as_torch(batch)).tolist() == [1.0, 0.0]


def test_the_noisy_teacher_errs_as_the_logistic_says_in_units_of_the_spread():
    sums = np.tile([[1.0, 0.0]], (20000, 1))  # the spread is 1/2, so the gap is two spreads
    for scale in (1.0, 1000.0):
        for temperature in (1.0, 4.0):
            share = NoisyTeacher(Task(), temperature=temperature, seed=3)(pairs(scale * sums)).mean()
            exact = 1 / (1 + np.exp(-2 / temperature))
            assert abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / 20000)


def test_a_cold_teacher_is_sure_and_one_who_sees_no_difference_tosses_a_coin():
    rng = np.random.default_rng(0)
    batch = pairs(rng.normal(size=(200, 2)))
    assert (NoisyTeacher(Task(), temperature=1e-6)(batch) == Teacher(Task())(batch)).all()
    assert abs(NoisyTeacher(Task())(pairs(np.zeros((10000, 2)))).mean() - 0.5) < 0.02


def test_a_seed_decides_and_judgements_draw_on():
    batch = pairs(np.random.default_rng(0).normal(size=(200, 2)))
    a, b = NoisyTeacher(Task(), temperature=1.0, seed=5), NoisyTeacher(Task(), temperature=1.0, seed=5)
    first = a(batch)
    assert (first == b(batch)).all() and (first != a(batch)).any()


@pytest.mark.parametrize("teacher", [Teacher, NoisyTeacher])
def test_nan_is_not_hidden_behind_a_label(teacher):
    labels = teacher(Task())(pairs([[np.nan, 0.0]]))
    assert np.isnan(labels).all()


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    with pytest.raises(BadOption, match="temperature"):
        NoisyTeacher(Task(), temperature=temperature)
