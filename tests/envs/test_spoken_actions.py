"""Actions in words: what is said of an action means that action, and what means none is no action."""

import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.core.errors import BadOption
from rewardlab.envs.spoken_actions import check_names, choices, escape, idle, named, parse, speakable, usage

FOUR = (("up", "right", "down", "turn left"),)
DISCRETE = spaces.Discrete(4)


@pytest.mark.parametrize(
    ("said", "action"),
    [
        ("up", 0), (" Turn   LEFT. ", 3), ("3", 3), ("+2", 2), ("action: down", 2),
        ("I think\nup\n\nAnswer: right\n", 1),
        ("", None), ("left", None), ("4", None), ("-1", None), ("up down", None), ("1.0", None), ("\uff11", None),
        ("up, up", None), ("\u00b2", None), ("9" * 5000, None), ("up\nperhaps", None),
    ],
)  # fmt: skip
def test_one_of_several_is_said_by_name_or_number(said, action):
    found = parse(said, DISCRETE, FOUR)
    assert found is None if action is None else int(found) == action


def test_every_action_can_be_said_in_every_kind_of_space():
    rng = np.random.default_rng(0)
    kinds = [
        spaces.Discrete(3, start=-1), spaces.MultiDiscrete([2, 5, 3]), spaces.MultiDiscrete([[2, 3], [4, 5]]),
        spaces.MultiBinary(4), spaces.Box(-1, 1, (3,), np.float64), spaces.Box(0, 5, (2, 2), np.float64),
        spaces.MultiDiscrete([3, 3], start=[1, -2]),
    ]  # fmt: skip
    for space in kinds:
        names = ((),) * len(choices(space))
        space.seed(int(rng.integers(1000)))
        assert idle(space) in space or int(idle(space)) in space
        for _ in range(20):
            action = space.sample()
            for mark in (" ", ", "):
                said = mark.join(repr(x) for x in np.ravel(action).tolist())
                found = parse(said, space, names)
                assert found is not None and np.array_equal(found, action) and np.shape(found) == np.shape(action)


def test_numbers_outside_the_bounds_and_of_another_count_are_no_actions():
    space = spaces.Box(-1, 1, (2,), np.float32)
    for said in ("0", "0 0 0", "1.1 0", "nan 0", "inf 0", "1e999 0", "0 x", "", "0x1 0", "--1 0", "1_0 0"):
        assert parse(said, space, ()) is None, said
    assert parse("[-1, 1e-1]", space, ()).tolist() == [-1, np.float32(0.1)]


def test_names_are_read_from_cards():
    listed = named(DISCRETE, {"action": "0 up, 1 right, 2 down, 3 turn left; walls stop"})
    assert (
        listed == named(DISCRETE, {"0": "up", "1": "right; slowly", "2": "down", "3": "turn left (90 degrees)"}) == FOUR
    )
    two = spaces.MultiDiscrete([2, 2])
    assert named(two, {"a": "of a: 0 stay, 1 go", "b": "of b, likewise"}) == (("stay", "go"),) * 2
    for text in ("0..3", "the arm, 0..3", "0 up, 1 right, 2 down", "0 a, 1 a, 2 b, 3 c", "0 or 1; which goes right"):
        assert named(DISCRETE, {"action": text}) == ((),)
    assert named(spaces.Box(-1, 1, (1,)), {"x": "0 up"}) == ()


def test_names_that_do_not_fit_are_refused():
    for wrong in (
        [["a", "b"]],
        [["a", "b", "c", "a"]],
        [["a", "b", "c", "3"]],
        [["a", "b", "c", ""]],
        [["a,b", "b", "c", "d"]],
    ):
        with pytest.raises(BadOption, match="names"):
            check_names(wrong, DISCRETE, "here")
    with pytest.raises(BadOption, match="2 components"):
        check_names([["a", "b", "c", "d"]] * 2, DISCRETE, "here")
    assert check_names([["Go  UP", "b", "c", "d"]], DISCRETE, "here") == (("go up", "b", "c", "d"),)


def test_usage_says_what_is_known_and_spaces_without_words_are_told_apart():
    assert usage(DISCRETE, FOUR) == "Say one of up, right, down, turn left."
    assert usage(spaces.Discrete(3, start=2), ((),)) == "Say a number 2..4."
    assert usage(spaces.Box(-1, 1, (2,)), ()) == "Say 2 numbers with spaces between them, each -1..1."
    assert (
        usage(spaces.MultiDiscrete([2, 3]), (("a", "b"), ())) == "Say, with commas between: one of a, b; a number 0..2."
    )
    assert (
        not speakable(spaces.Text(5))
        and not speakable(spaces.Dict({}))
        and not speakable(spaces.Box(0, 255, (2,), np.uint8))
    )
    assert escape("a\u2192b") == "a\\u{2192}b"
