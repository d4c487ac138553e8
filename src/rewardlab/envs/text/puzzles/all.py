"""The twelve puzzles by name."""

from rewardlab.envs.text.puzzles.binairo import Binairo
from rewardlab.envs.text.puzzles.colours import Colours
from rewardlab.envs.text.puzzles.kernel import Puzzle
from rewardlab.envs.text.puzzles.ladder import Ladder
from rewardlab.envs.text.puzzles.lights import Lights
from rewardlab.envs.text.puzzles.maze import Maze
from rewardlab.envs.text.puzzles.order import Order
from rewardlab.envs.text.puzzles.path import Path
from rewardlab.envs.text.puzzles.queens import Queens
from rewardlab.envs.text.puzzles.sokoban import Sokoban
from rewardlab.envs.text.puzzles.subset import Subset
from rewardlab.envs.text.puzzles.sudoku import Sudoku
from rewardlab.envs.text.puzzles.twentyfour import TwentyFour

_KINDS = (Binairo, Colours, Ladder, Lights, Maze, Order, Path, Queens, Sokoban, Subset, Sudoku, TwentyFour)
PUZZLES: dict[str, Puzzle] = {kind.name: kind() for kind in _KINDS}
"""Name -> puzzle, in alphabetical order."""
