"""MiniGrid's rules for n grids at once: what an action does, and what the agent sees of its level.

A cell is one byte, kind | colour << 4, and a grid is a row of bytes with a border of walls as wide as the agent sees,
so that no index needs a bound. Every function is a table look-up over all rows.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

import numpy as np

Cells = np.ndarray  # [n, (width + 2 BORDER) * (height + 2 BORDER)] uint8, x-major

VIEW = 7  # cells: the agent sees a square of 7 x 7 with itself in the middle of the near edge
BORDER = VIEW - 1
UNSEEN, EMPTY, WALL, FLOOR, OPEN, KEY, BALL, BOX, GOAL, LAVA, AGENT, CLOSED, LOCKED = range(13)
LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE, DONE = range(7)
GREY_WALL = WALL | 5 << 4
HEADINGS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])  # right, down, left, up: x to the right, y down

_ENTER = np.isin(np.arange(16), (EMPTY, FLOOR, OPEN, GOAL, LAVA))  # by kind
_TAKE = np.isin(np.arange(16), (KEY, BALL, BOX))
_CLEAR = ~np.isin(np.arange(128) & 15, (WALL, CLOSED, LOCKED))  # by code: does one see what lies behind?
_TURN = np.array([3, 1, 0, 0, 0, 0, 0])  # by action, in quarter turns clockwise


def _toggled() -> np.ndarray:
    """[128] what a code becomes when it is toggled and, if locked, the key fits."""
    code = np.arange(128, dtype=np.uint8)
    for kind, other in ((OPEN, CLOSED), (CLOSED, OPEN), (LOCKED, OPEN)):
        of_kind = np.arange(128) & 15 == kind
        code[of_kind] = code[of_kind] & 0x70 | other
    code[np.arange(128) & 15 == BOX] = EMPTY
    return code


def _triples() -> np.ndarray:
    """[128, 3] MiniGrid's (type, colour, state) of a code."""
    kind, colour = np.arange(128) & 15, np.arange(128) >> 4
    state = np.select([kind == CLOSED, kind == LOCKED], [1, 2])
    return np.stack([np.where(state > 0, OPEN, kind), colour, state], axis=-1).astype(np.uint8)


def _light() -> np.ndarray:
    """[128, 128] uint16: lit cells of a row of the view, cells that are clear -> seen | next row << 7."""
    seen, clear = np.meshgrid(np.arange(128), np.arange(128), indexing="ij")
    ahead = np.zeros_like(seen)
    for i, step in [(i, 1) for i in range(VIEW - 1)] + [(i, -1) for i in range(VIEW - 1, 0, -1)]:
        passes = (seen >> i & 1) & (clear >> i & 1)
        seen = seen | passes << (i + step)
        ahead = ahead | passes << i | passes << (i + step)
    return (seen | ahead << 7).astype(np.uint16)


_TOGGLED, TRIPLES, _LIGHT = _toggled(), _triples(), _light()


def pack(grid: np.ndarray) -> np.ndarray:
    """One of MiniGrid's grid encodings [width, height, 3] as a row of cells."""
    kind = np.where((grid[..., 0] == OPEN) & (grid[..., 2] > 0), CLOSED - 1 + grid[..., 2], grid[..., 0])
    code = (kind | grid[..., 1] << 4).astype(np.uint8)
    return np.pad(code, BORDER, constant_values=GREY_WALL).ravel()


def unpack(cells: np.ndarray, height: int) -> np.ndarray:
    """The encoding [width, height, 3] of one row of cells: the inverse of `pack`."""
    inner = slice(BORDER, -BORDER)
    return TRIPLES[cells.reshape(-1, height + 2 * BORDER)[inner, inner]]


def view_offsets(stride: int) -> np.ndarray:
    """[4, 49] where the cells of the view lie relative to the agent, by heading; the far row first."""
    far, side = np.meshgrid(np.arange(VIEW - 1, -1, -1), np.arange(VIEW) - VIEW // 2, indexing="ij")
    right = np.stack([-HEADINGS[:, 1], HEADINGS[:, 0]], axis=-1)
    at = HEADINGS[:, None, :] * far.reshape(-1, 1) + right[:, None, :] * side.reshape(-1, 1)  # [4, 49, 2]
    return at @ (stride, 1)


def view(
    cells: Cells, at: np.ndarray, heading: np.ndarray, carried: np.ndarray, offsets: np.ndarray, *, through: bool
) -> np.ndarray:
    """What the agent of each row sees, as codes [n, column, row]; 0 where something hides the cell.

    Args:
        cells: [n, size].
        at: [n] position in the row of cells.
        heading: [n] 0..3.
        carried: [n] code, EMPTY for nothing; it is shown in the agent's own cell.
        offsets: from `view_offsets`.
        through: walls hide nothing.
    """
    n = len(at)
    codes = np.take_along_axis(cells, at[:, None] + offsets[heading], axis=1).reshape(n, VIEW, VIEW)  # [n, row, column]
    if not through:
        clear = np.packbits(_CLEAR[codes], axis=2, bitorder="little")[..., 0]  # [n, row]
        seen = np.empty((n, VIEW, 1), dtype=np.uint8)
        reached: np.ndarray = np.full(n, 1 << VIEW // 2, dtype=np.uint16)
        for row in range(VIEW - 1, -1, -1):  # light starts at the agent and never turns back
            light = _LIGHT[reached, clear[:, row]]
            seen[:, row, 0] = light & 127
            reached = light >> 7
        codes *= np.unpackbits(seen, axis=2, count=VIEW, bitorder="little")
    codes[:, VIEW - 1, VIEW // 2] = carried
    return codes.transpose(0, 2, 1)


def act(
    cells: Cells, at: np.ndarray, heading: np.ndarray, carried: np.ndarray, action: np.ndarray, steps: np.ndarray
) -> tuple[Cells, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One action in each row.

    Args:
        cells, at, heading, carried: as in `view`.
        action: [n] 0..6: left, right, forward, pick up, drop, toggle, done.
        steps: [4] what one step forward adds to `at`, by heading.

    Returns:
        cells (the same object if nothing changed), at, heading, carried, and the kind [n] of the cell that was entered,
        0 where the agent stayed.
    """
    row = np.arange(len(at))
    front = at + steps[heading]
    ahead = cells[row, front]
    kind = ahead & 15
    enters = (action == FORWARD) & _ENTER[kind]
    empty_handed = carried == EMPTY
    lifts = (action == PICKUP) & _TAKE[kind] & empty_handed
    drops = (action == DROP) & (kind == EMPTY) & ~empty_handed
    toggles = (action == TOGGLE) & ((kind != LOCKED) | (carried == (ahead & 0x70 | KEY)))
    left = np.where(toggles, _TOGGLED[ahead], ahead)
    left[lifts] = EMPTY
    left[drops] = carried[drops]
    if (left != ahead).any():
        cells = cells.copy()
        cells[row, front] = left
        carried = np.where(lifts, ahead, np.where(drops, np.uint8(EMPTY), carried))
    return cells, np.where(enters, front, at), (heading + _TURN[action]) & 3, carried, np.where(enters, kind, 0)
