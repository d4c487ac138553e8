"""Puzzles, each with a generator of five levels, a solver that writes down its search, and an exact verifier."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.text.puzzles.all import PUZZLES as PUZZLES
    from rewardlab.envs.text.puzzles.kernel import Puzzle as Puzzle
    from rewardlab.envs.text.puzzles.kernel import Solved as Solved

__getattr__ = lazy(__name__)
