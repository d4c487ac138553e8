"""The numbers that grids are made of: one byte a cell, a row of integers for all that is no cell.

    code = kind | colour << 4

The kinds are MiniGrid's types, with a door's state folded in; `TRIPLES` turns a code into MiniGrid's own (type, colour,
state). Bit 7 is a mark: in a level of the object that is to be picked up, in a running environment of what blocks the
view.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

import numpy as np

# Kinds of cells.
UNSEEN, EMPTY, WALL, FLOOR, OPEN, KEY, BALL, BOX, GOAL, LAVA, AGENT, CLOSED, LOCKED = range(13)
RED, GREEN, BLUE, PURPLE, YELLOW, GREY = range(6)
COLOURS = ("red", "green", "blue", "purple", "yellow", "grey")
TARGET = 0x80  # in a level: the one object that a pick-up task is about
OPAQUE = 0x80  # in a running environment: one does not see what lies behind
GREY_WALL = WALL | GREY << 4

LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE, DONE = range(7)
HEADINGS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])  # right, down, left, up: x to the right, y down

# Fields of an environment, int32.
X, Y, HEADING, CARRIED, CARRIED_INSIDE, CARRIED_TAG, STEPS, MAX_STEPS, MISSION, P0, P1, P2, P3, PROGRAM = range(14)
PROGRESS, GOAL_AT, KEY_AT, DOOR_AT, TOOK, OPENED, TAKE_AT, MOVED, WON, DOOR_OPEN = range(14, 24)
FIELDS = 24  # what follows are the cells of moving obstacles, in their order
# Wide fields, uint64: the seed of the level, and the generator of tasks that draw while they step.
LEVEL_SEED, RANDOM = 0, 1
WIDE = 6

# Rules: what ends an episode beside goal and lava, and what it pays.
STANDARD, PICK_UP, OPEN_DOOR, FETCH, GO_DONE, PUT_NEAR, TWO_DOORS, MEMORY, OBSTACLES, INSTRUCTION = range(10)

# Constants of a task, int64.
C_WIDTH, C_HEIGHT, C_SIZE, C_COLUMN, C_ROW, C_LINES, C_VIEW, C_THROUGH, C_RULE, C_INSIDE, C_WORDS = range(11)
C_FLAT_PAY, C_BALLS = 11, 12
CONSTANTS = 16

# Instructions: a clause is `what | strict << 3`; clause k is about the objects with tag bits 2k and 2k + 1.
GO_TO, TAKE, UNBAR, PUT_NEXT = 1, 2, 3, 4
# A program is `order | strict << 2 | two clauses in A << 3 | two clauses in B << 4`.
ALONE, BEFORE, AFTER = range(3)


def _triples() -> np.ndarray:
    code = np.arange(256)
    kind, colour = code & 15, code >> 4 & 7
    state = np.select([kind == CLOSED, kind == LOCKED], [1, 2])
    return np.stack([np.where(state > 0, OPEN, kind), colour, state], axis=-1).astype(np.uint8)


TRIPLES = _triples()
"""[256, 3] uint8: MiniGrid's (type, colour, state) of a code."""


def pack(grid: np.ndarray) -> np.ndarray:
    """MiniGrid's encoding [..., 3] as codes [...] uint8."""
    kind = np.where((grid[..., 0] == OPEN) & (grid[..., 2] > 0), CLOSED - 1 + grid[..., 2], grid[..., 0])
    return (kind | grid[..., 1] << 4).astype(np.uint8)


def unpack(codes: np.ndarray) -> np.ndarray:
    """Codes [...] as MiniGrid's encoding [..., 3] uint8: the inverse of `pack`."""
    return TRIPLES[codes]
