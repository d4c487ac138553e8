import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.core.errors import BadBatch, BadSpace
from rewardlab.rewards.intrinsic.factors import Factors


@pytest.mark.parametrize(
    ("space", "obs", "sizes", "expected"),
    [
        (spaces.Discrete(3, start=2), np.array([2, 4]), [3], [[0], [2]]),
        (spaces.MultiDiscrete([2, 5]), np.array([[1, 4], [0, 0]]), [2, 5], [[1, 4], [0, 0]]),
        (spaces.MultiBinary(2), np.array([[1, 0], [1, 1]]), [2, 2], [[1, 0], [1, 1]]),
        (spaces.Box(-1.0, 1.0, (2,)), np.array([[-1.0, 0.1], [5.0, -9.0]]), [4, 4], [[0, 2], [3, 0]]),
        (spaces.Box(0, 255, (2,), np.uint8), np.array([[0, 64], [63, 255]]), [4, 4], [[0, 1], [0, 3]]),
        (spaces.Box(0, 2, (1,), np.int64), np.array([[0], [2]]), [3], [[0], [2]]),
    ],
)
def test_each_space_has_its_bins(space, obs, sizes, expected):
    factors = Factors(space, 4)
    assert factors.sizes.tolist() == sizes
    place, wrong = factors(obs, (2,))
    assert place.tolist() == expected and not wrong.any()


def test_parts_of_a_dict_stand_side_by_side_and_nan_is_told():
    space = spaces.Dict({"b": spaces.Box(0.0, 1.0, (1,)), "a": spaces.Tuple((spaces.Discrete(2), spaces.Discrete(3)))})
    obs = {"a": (np.array([[1, 0]]), np.array([[2, 1]])), "b": np.array([[[0.9], [np.nan]]])}
    place, wrong = Factors(space, 10)(obs, (1, 2))
    assert place.tolist() == [[1, 2, 9], [0, 1, 0]] and wrong.tolist() == [False, True]


def test_what_has_no_range_or_lies_outside_is_refused():
    for space in (spaces.Box(-np.inf, np.inf, (1,)), spaces.Text(3), spaces.Dict({"x": spaces.Text(3)})):
        with pytest.raises(BadSpace, match="bounded Box"):
            Factors(space, 4)
    with pytest.raises(BadBatch, match="outside"):
        Factors(spaces.Discrete(3), 4)(np.array([3]), (1,))
    with pytest.raises(BadBatch, match="shape"):
        Factors(spaces.MultiDiscrete([2, 2]), 4)(np.array([1]), (1,))
