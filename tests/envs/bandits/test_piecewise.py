"""Means that change all at once: where, how often, and to what."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits import PiecewiseBandit


@pytest.mark.parametrize("instance", range(5))
def test_the_course_has_so_many_changes_and_each_moves_the_best_arm(instance):
    rules = PiecewiseBandit(arms=4, changes=6, pulls=100, instance=instance)
    moved = np.flatnonzero((np.diff(rules.course, axis=0) != 0).any(1)) + 1
    np.testing.assert_array_equal(moved, rules.starts[1:])
    assert len(moved) == 6
    best = rules.course.argmax(1)[rules.starts]
    assert (np.diff(best) != 0).all()
    assert rules.variation == pytest.approx(
        sum(np.abs(rules.course[t] - rules.course[t - 1]).max() for t in range(1, 100))
    )
    again, other = PiecewiseBandit(4, 6, pulls=100, instance=instance), PiecewiseBandit(4, 6, pulls=100, instance=99)
    np.testing.assert_array_equal(rules.course, again.course)
    assert (rules.course != other.course).any()


def test_changes_are_at_any_round_alike():
    drawn = np.concatenate([PiecewiseBandit(changes=3, pulls=11, instance=i).starts[1:] for i in range(400)])
    counts = np.bincount(drawn, minlength=11)
    assert counts[0] == 0 and len(counts) == 11
    # each of 10 rounds in 3 of 10 cases: three and a half standard errors
    assert (np.abs(counts[1:] - 120) < 3.5 * np.sqrt(400 * 0.3 * 0.7)).all()


def test_given_means_change_at_given_rounds():
    rules = PiecewiseBandit(means=[[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]], at=[2, 5], pulls=7)
    np.testing.assert_array_equal(rules.course[:, 0], [0.1, 0.1, 0.8, 0.8, 0.8, 0.3, 0.3])
    np.testing.assert_array_equal(rules.course.argmax(1), [1, 1, 0, 0, 0, 1, 1])
    assert rules.changes == 2 and rules.arms == 2
    assert rules.optimal_value == pytest.approx(2 * 0.9 + 3 * 0.8 + 2 * 0.7)
    assert rules.best_fixed_value == pytest.approx(max(2 * 0.1 + 3 * 0.8 + 2 * 0.3, 2 * 0.9 + 3 * 0.2 + 2 * 0.7))


def test_without_a_change_it_is_the_plain_bandit():
    rules = PiecewiseBandit(changes=0, pulls=9)
    assert (rules.course == rules.course[0]).all() and rules.variation == 0.0
    assert rules.best_fixed_value == pytest.approx(rules.optimal_value, abs=1e-12)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"changes": 10, "pulls": 10}, "changes=10"),
        ({"changes": -1}, "changes=-1"),
        ({"at": [0, 3], "pulls": 10}, "at="),
        ({"at": [3, 3], "pulls": 10}, "at="),
        ({"at": [3, 10], "pulls": 10}, "at="),
        ({"at": [3], "means": [[0.1, 0.2]]}, "1 changes and means of 1 stretches"),
        ({"means": [0.1, 0.2]}, "means of shape"),
        ({"means": [[0.1, 1.2]]}, "Bernoulli"),
        ({"arms": 1}, "1 arms"),
        ({"deviation": -1.0}, "deviation=-1.0"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        PiecewiseBandit(**fields)
