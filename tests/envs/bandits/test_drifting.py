"""Means that walk: reflection, the size of steps, and where a long walk is."""

import numpy as np
import pytest
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits import DriftingBandit
from rewardlab.envs.bandits.drifting import folded


def test_folding_is_reflection_step_by_step():
    steps = np.random.default_rng(0).normal(size=400) * 0.3
    place, direction, seen = 0.4, 1.0, [0.4]
    for step in steps:
        place += direction * step
        while not 0 <= place <= 1:  # a wall turns the walk and all its later steps
            place, direction = (-place, -direction) if place < 0 else (2 - place, -direction)
        seen.append(place)
    np.testing.assert_allclose(folded(0.4 + np.r_[0, np.cumsum(steps)]), seen, atol=1e-9)


def test_steps_have_their_size_and_long_walks_forget_where_they_began():
    quiet = DriftingBandit(arms=200, step=0.001, pulls=50)
    inside = (quiet.course > 0.1).all(0) & (quiet.course < 0.9).all(0)
    moves = np.diff(quiet.course[:, inside], axis=0).ravel()
    assert stats.kstest(moves / 0.001, "norm").pvalue > 0.001
    late = DriftingBandit(arms=2000, step=0.5, pulls=60).course[-1]
    assert stats.kstest(late, "uniform").pvalue > 0.001
    assert stats.kstest(DriftingBandit(arms=2000, pulls=1).course[0], "uniform").pvalue > 0.001


def test_no_step_is_no_drift_and_instances_differ():
    still = DriftingBandit(step=0.0, pulls=20)
    assert (still.course == still.course[0]).all() and still.variation == 0.0
    assert (DriftingBandit(instance=1).course != DriftingBandit(instance=2).course).all()
    np.testing.assert_array_equal(DriftingBandit(instance=1).course, DriftingBandit(instance=1).course)


@pytest.mark.parametrize(
    ("fields", "words"), [({"step": 1.5}, "step=1.5"), ({"step": -0.1}, "step"), ({"arms": 1}, "1 arms")]
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        DriftingBandit(**fields)
