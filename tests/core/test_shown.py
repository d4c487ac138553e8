"""How objects look: one line, and nothing that nobody asked for."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces

from rewardlab.core.shown import shown_call, shown_space, shown_tree


@dataclass
class Made:
    where: str
    size: int = 3
    parts: list[int] = field(default_factory=list)
    act: Any = None
    secret: int = field(default=1, repr=False)
    count: int = field(default=0, init=False)


def twice(x):
    return 2 * x


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Made("a"), "Made(where='a')"),
        (Made("a", 3, []), "Made(where='a')"),
        (Made("a", 4, [1]), "Made(where='a', size=4, parts=[1])"),
        (Made("a", True), "Made(where='a', size=True)"),  # True == 1, and is not 1
        (Made("a", secret=5), "Made(where='a')"),
        (Made("a", act=twice), "Made(where='a', act=twice)"),
        (Made("a", act=lambda x: x), "Made(where='a', act=<lambda>)"),
        (Made("a", act=np.zeros((8, 2))), "Made(where='a', act=[8, 2] float64)"),
        (Made("a", act=spaces.Box(-1.0, 1.0, (2,))), "Made(where='a', act=Box(-1..1, [2], float32))"),
        (object(), "<object>"),
    ],
)
def test_a_call_shows_what_is_no_default(made, text):
    assert shown_call(made) == text


def test_trees_show_shape_and_type():
    tree = {"image": np.zeros((8, 7, 7, 3), np.uint8), "pair": (torch.zeros(8, 2), np.array(["a"], dtype=object))}
    assert shown_tree(tree) == "{image: [8, 7, 7, 3] uint8, pair: ([8, 2] float32, [1] object)}"
    assert shown_tree(None) == "NoneType" and shown_tree({}) == "{}"


@pytest.mark.parametrize(
    ("space", "text"),
    [
        (spaces.Box(-0.0, 1.0, (20,)), "Box(0..1, [20], float32)"),
        (spaces.Box(np.array([0, -9], np.float32), np.array([1, np.inf], np.float32)), "Box(-9..inf, [2], float32)"),
        (spaces.Box(0, 255, (7, 7, 3), np.uint8), "Box(0..255, [7, 7, 3], uint8)"),
        (spaces.Text(64, min_length=0, charset="ab \n\t"), "Text(0..64 characters)"),
        (spaces.MultiDiscrete([11] * 13), "MultiDiscrete([13] of 11)"),
        (spaces.MultiDiscrete([2, 3]), "MultiDiscrete([2 3])"),
        (spaces.Discrete(4, start=1), "Discrete(4, start=1)"),
        (spaces.Dict(a=spaces.Discrete(2), b=spaces.MultiBinary(3)), "Dict(a: Discrete(2), b: MultiBinary(3))"),
        (spaces.Tuple([spaces.Discrete(2), spaces.Discrete(3)]), "Tuple(Discrete(2), Discrete(3))"),
    ],
)
def test_spaces_take_one_line(space, text):
    assert shown_space(space) == text
