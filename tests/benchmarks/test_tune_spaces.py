"""What is tried: every argument is one of the constructor, and every choice is within its space."""

import inspect

import pytest
import stable_baselines3

from rewardlab.benchmarks.tune_spaces import SPACES, proposed


class Corner:
    """A trial at the low or the high end of everything."""

    def __init__(self, high: bool) -> None:
        self.at = -1 if high else 0

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float:
        assert log
        return (low, high)[self.at]

    def suggest_categorical(self, name: str, choices: list) -> object:
        return choices[self.at]


@pytest.mark.parametrize("algorithm", SPACES)
def test_corners_of_a_space_are_arguments_of_the_constructor(algorithm: str) -> None:
    known = inspect.signature(getattr(stable_baselines3, algorithm.upper()).__init__).parameters
    low, high = (proposed(Corner(high), algorithm) for high in (False, True))
    assert low.keys() == high.keys() == SPACES[algorithm].keys() <= known.keys()
    assert low["learning_rate"] == 1e-4 and high["learning_rate"] == 3e-3
    assert all(low[k] != high[k] for k in low)


def test_numbers_are_rounded_to_what_is_written_down() -> None:
    class Odd(Corner):
        def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float:
            return 0.00123456

    assert proposed(Odd(False), "ppo")["learning_rate"] == 0.0012
