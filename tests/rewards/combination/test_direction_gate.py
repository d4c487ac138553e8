import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import random_steps, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task, add
from rewardlab.rewards import DirectionGate, Milestones


@given(st.integers(0, 2**32 - 1), st.floats(-0.99, 0.99), st.integers(1, 4))
def test_it_pays_inside_the_cone_whatever_the_lengths(seed, c, m):
    rng = np.random.default_rng(seed)
    f, goal = rng.normal(size=(20, m)), rng.normal(size=m)
    cosine = f @ goal / np.linalg.norm(f, axis=1) / np.linalg.norm(goal)
    batch = steps(20, reward=np.full(20, 3.0), reward_vector=f)
    sure = np.abs(cosine - c) > 1e-9
    paid = DirectionGate(Task(), tuple(goal), c)(batch)
    np.testing.assert_array_equal(paid[sure], np.where(cosine >= c, 3.0, 0.0)[sure])
    longer = steps(20, reward=batch.reward, reward_vector=f * rng.uniform(0.1, 9, (20, 1)))
    np.testing.assert_array_equal(DirectionGate(Task(), tuple(7 * goal), c)(longer)[sure], paid[sure])


def test_no_direction_is_outside_and_nan_shows():
    gate = DirectionGate(Task(), (1.0, 1.0), 0.5)
    assert gate(steps(2, reward=[1.0, 1.0], reward_vector=[[0.0, 0.0], [1.0, 1.0]])).tolist() == [0.0, 1.0]
    assert np.isnan(gate(steps(1, reward_vector=[[np.nan, 1.0]]))).all()


def test_what_has_memory_is_gated_in_recordings_too():
    rng = np.random.default_rng(0)
    batch = random_steps((9, 2), rng)
    batch = batch.paying(batch.reward, reward_vector=rng.random((9, 2, 2)))
    inner = Milestones({"flag": 1.0})
    gated = add(DirectionGate(inner, (1.0, 0.0), 0.8).recorded(batch))
    f = batch.info["reward_vector"]
    inside = f[..., 0] / np.linalg.norm(f, axis=-1) >= 0.8
    np.testing.assert_array_equal(gated, add(inner.recorded(batch)) * inside)


def test_bad_options_are_refused():
    for goal, c in (((0.0, 0.0), 0.5), ((1.0,), 1.5), ((np.nan, 1.0), 0.5)):
        with pytest.raises(BadOption):
            DirectionGate(Task(), goal, c)
