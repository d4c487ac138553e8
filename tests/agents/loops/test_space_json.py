"""Spaces survive JSON exactly; what Stable-Baselines3 prints is read only where it says all."""

import json

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.save_util import data_to_json

from rewardlab.agents.loops.space_json import built, described, is_printed, read
from rewardlab.core.errors import BadCheckpoint, BadSpace

PLAIN = [
    spaces.Box(-1, 1, (3,)),
    spaces.Box(np.array([-4.8, -np.inf, -0.41887903]), np.array([4.8, np.inf, 0.41887903]), dtype=np.float32),
    spaces.Box(0, 255, (8, 8, 3), np.uint8),
    spaces.Box(-np.inf, np.inf, (17,), np.float64),
    spaces.Box(0.1, 1 / 3, (), np.float32),
    spaces.Discrete(5),
    spaces.Discrete(3, start=-1),
    spaces.MultiDiscrete([3, 4]),
    spaces.MultiBinary(4),
    spaces.MultiBinary((2, 3)),
]
NESTED = spaces.Dict({"z": spaces.Discrete(2), "a": spaces.Box(0, 1, (2, 2))})


def _printed(space):
    printed = json.loads(data_to_json({"space": space}))["space"]
    del printed[":serialized:"]
    return printed


@pytest.mark.parametrize("space", [*PLAIN, NESTED], ids=str)
def test_json_gives_an_equal_space(space):
    again = built(json.loads(json.dumps(described(space))))
    assert again == space
    if isinstance(space, spaces.Dict):
        assert [*again] == [*space]


@pytest.mark.parametrize("space", PLAIN, ids=str)
def test_what_stable_baselines_prints_is_the_same_space_or_nothing(space):
    printed = _printed(space)
    assert read(printed) in (space, None)
    if space.shape and space.shape[0] < 5:
        assert read(printed) == space


def test_a_print_tells_bounds_to_eight_digits_and_nothing_where_numbers_are_left_out():
    low, high = np.array([-1 / 3, 1e-9]), np.array([1e9, 2 / 3])
    space = read(_printed(spaces.Box(low, high, dtype=np.float64)))
    assert np.allclose(space.low, low, rtol=1e-8, atol=0) and np.allclose(space.high, high, rtol=1e-8, atol=0)
    assert read(_printed(spaces.Box(np.arange(2000.0), np.arange(2000.0) + 1, dtype=np.float64))) is None
    assert read({":type:": "<class 'os.system'>"}) is None
    assert read({}) is None


@pytest.mark.parametrize("space", [*PLAIN, NESTED], ids=str)
def test_a_space_is_known_by_its_print_and_no_other_is(space):
    printed = _printed(space)
    assert is_printed(space, printed)
    assert [other for other in [*PLAIN, NESTED] if is_printed(other, printed)] == [space]


def test_a_text_space_and_a_strange_description_are_refused():
    with pytest.raises(BadSpace, match="Text"):
        described(spaces.Text(5))
    deep: dict = {"kind": "Discrete", "n": 2, "start": 0, "dtype": "int64"}
    for _ in range(20):
        deep = {"kind": "Dict", "spaces": [["a", deep]]}
    huge = {"kind": "Box", "low": 0, "high": 1, "shape": [1 << 30], "dtype": "float32"}
    strange = {"kind": "Box", "low": 0, "high": 1, "shape": [2], "dtype": "object"}
    for text in (deep, huge, strange, {"kind": "system"}, {}, None, 3):
        with pytest.raises(BadCheckpoint):
            built(text)
