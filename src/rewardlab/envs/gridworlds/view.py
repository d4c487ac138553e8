"""What an agent sees of its level: light, and the picture of codes that it makes.

    next = dilate(A),   lit = m | next,   A = the runs of clear cells of a row that hold a lit one

MiniGrid sends light from the agent's row of the view to the far one, through clear cells, sideways and ahead. Its two
sweeps over a row come to the equation above, on bits: m are the cells that the nearer row lights. A level keeps a board
of clear cells by column and by row, so that a row of the view is one shift, and all of the shadows are V look-ups.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

import numpy as np

from rewardlab.envs.gridworlds.codes import (
    C_GUARD, C_HEIGHT, C_SIZE, C_THROUGH, C_VIEW, C_WIDTH, C_WORDS, CARRIED, CLOSED, GREY_WALL, HEADING, LOCKED,
    TRIPLES, WALL, X, Y,
)  # fmt: skip
from rewardlab.envs.gridworlds.compiled import scalar

U = np.uint64
MARGIN = 14  # lines of a board beyond the level on each side: the farthest that the largest view reaches
HALF = 7  # bits below the first cell of a line: half of the largest view
SIZES = (3, 5, 7, 9, 11, 13, 15)


def _dilated() -> np.ndarray:
    """[128 * 128] uint64: cells of a row that are lit << 7 | cells that are clear -> what they light in the next."""
    table = np.zeros(1 << 14, dtype=np.uint64)
    for lit in range(128):
        for clear in range(128):
            run = lit & clear
            for _ in range(6):
                run |= (run << 1 | run >> 1) & clear
            table[lit << 7 | clear] = (run | run << 1 | run >> 1) & 127
    return table


def _spread() -> np.ndarray:
    """[2 * 128] uint64: bit i of a row to bit 7 i of a picture; in the second half to bit 7 (6 - i)."""
    i = np.arange(7, dtype=np.uint64)
    bits = (np.arange(128, dtype=np.uint64)[:, None] >> i) & U(1)
    return np.concatenate([(bits << 7 * i).sum(axis=1), (bits << 7 * i[::-1]).sum(axis=1)]).astype(np.uint64)


_NEXT, _SPREAD = _dilated(), _spread()
_LUT = (TRIPLES.astype(np.uint64) << np.array([0, 8, 16], dtype=np.uint64)).sum(axis=1).astype(np.uint64)
_WALL = U(_LUT[GREY_WALL])
_ALL = U((1 << 49) - 1)
_MIRRORED = np.array([0, 128, 128, 0], dtype=np.int64)  # heading -> do the lines of a board run against the view?


def offsets(view: int, height: int) -> np.ndarray:
    """[4 * view * view] int64: where a cell of the picture lies from the agent, by heading, then column, then row."""
    i, j = np.meshgrid(np.arange(view) - view // 2, np.arange(view - 1, -1, -1), indexing="ij")
    ahead, right = (height, 1, -height, -1), (1, -height, -1, height)
    return np.concatenate([(a * j + r * i).ravel() for a, r in zip(ahead, right, strict=True)]).astype(np.int64)


@scalar
def is_clear(code):  # type: ignore[no-untyped-def]
    """1 if one sees what lies behind a cell of this code."""
    kind = code & 15
    return 0 if kind == WALL or kind == CLOSED or kind == LOCKED else 1


@scalar
def draw_boards(e, const, cells, boards):  # type: ignore[no-untyped-def]
    """The boards of environment e from its cells."""
    width, height = const[C_WIDTH], const[C_HEIGHT]
    lines = width + height + 4 * MARGIN
    for p in range(lines):
        boards[U(e * lines + p)] = U(0)
    for x in range(width):
        for y in range(height):
            if is_clear(np.int64(cells[U(const[C_GUARD] + e * const[C_SIZE] + x * height + y)])):
                boards[U(e * lines + MARGIN + x)] |= U(1) << U(y + HALF)
                boards[U(e * lines + width + 3 * MARGIN + y)] |= U(1) << U(x + HALF)


@scalar
def flip_clear(e, x, y, const, boards):  # type: ignore[no-untyped-def]
    """The cell x, y of environment e has become clear, or is clear no longer."""
    lines = const[C_WIDTH] + const[C_HEIGHT] + 4 * MARGIN
    boards[U(e * lines + MARGIN + x)] ^= U(1) << U(y + HALF)
    boards[U(e * lines + const[C_WIDTH] + 3 * MARGIN + y)] ^= U(1) << U(x + HALF)


@scalar
def _line(e, const, boards, x, y, heading, j):  # type: ignore[no-untyped-def]
    """The clear cells of the j-th line ahead, the agent's own being the 0-th, with bit 0 at one border of the view."""
    width = const[C_WIDTH]
    start = e * (width + const[C_HEIGHT] + 4 * MARGIN)
    sign = 1 - (heading & 2)
    at = width + 3 * MARGIN + y + sign * j if heading & 1 else MARGIN + x + sign * j
    along = x if heading & 1 else y
    return boards[U(start + at)] >> U(along + HALF - const[C_VIEW] // 2)


@scalar
def _bounds(const, x, y, heading):  # type: ignore[no-untyped-def]
    """Cells between the agent and the level's border: ahead, to the left, to the right."""
    right, below = const[C_WIDTH] - 1 - x, const[C_HEIGHT] - 1 - y
    if heading == 0:
        return right, y, below
    if heading == 1:
        return below, right, x
    if heading == 2:
        return x, below, y
    return y, x, right


@scalar
def _shown(cells, lit, walls, at, n):  # type: ignore[no-untyped-def]
    """Type, colour and state of one cell of the picture as 24 bits, 0 if it is dark."""
    inside = _LUT[cells[U(at)]] * ((lit >> n) & U(1))
    return inside | _WALL * ((walls >> n) & U(1))


@scalar
def look(e, const, offset, cells, field, boards, words, picture):  # type: ignore[no-untyped-def]
    """Draw what environment e sees.

    Args:
        words, picture: the same memory as uint64 and as uint8, C_WORDS words an environment: [view, view, 3] bytes.
    """
    x, y = np.int64(field[e, X]), np.int64(field[e, Y])
    heading = np.int64(field[e, HEADING])
    base = const[C_GUARD] + e * const[C_SIZE] + x * const[C_HEIGHT] + y
    if const[C_VIEW] == 7:
        _look_7(e, const, offset, cells, boards, words, x, y, heading, base, U(field[e, CARRIED]))
    else:
        _look_any(e, const, offset, cells, boards, picture, x, y, heading, base, U(field[e, CARRIED]))


@scalar
def _look_7(e, const, offset, cells, boards, words, x, y, heading, base, carried):  # type: ignore[no-untyped-def]
    """The common view: all cells on one 64-bit board, eight of them written with three words."""
    if const[C_THROUGH]:
        seen = _ALL
    else:
        seen, lit, side = U(0), U(8), _MIRRORED[U(heading)]
        for j in range(7):
            ahead = _NEXT[(lit << U(7)) | (_line(e, const, boards, x, y, heading, j) & U(127))]
            seen |= _SPREAD[U(side) + (lit | ahead)] << U(6 - j)
            lit = ahead
    far, left, right = _bounds(const, x, y, heading)
    rows = (U(127) << U(max(0, 6 - far))) & U(127)
    columns = (U(127) << U(max(0, 3 - left))) & (U(127) >> U(max(0, 3 - right)))
    inside = _SPREAD[columns & U(127)] * rows
    walls, seen = seen & ~inside, seen & inside
    o, q = U(e * const[C_WORDS]), U(heading * 49)
    for b in range(6):
        n = U(8 * b)
        t0 = _shown(cells, seen, walls, base + offset[q + n], n)
        t1 = _shown(cells, seen, walls, base + offset[q + n + U(1)], n + U(1))
        t2 = _shown(cells, seen, walls, base + offset[q + n + U(2)], n + U(2))
        t3 = _shown(cells, seen, walls, base + offset[q + n + U(3)], n + U(3))
        t4 = _shown(cells, seen, walls, base + offset[q + n + U(4)], n + U(4))
        t5 = _shown(cells, seen, walls, base + offset[q + n + U(5)], n + U(5))
        t6 = _shown(cells, seen, walls, base + offset[q + n + U(6)], n + U(6))
        t7 = _shown(cells, seen, walls, base + offset[q + n + U(7)], n + U(7))
        w = o + U(3 * b)
        words[w] = t0 | t1 << U(24) | t2 << U(48)
        words[w + U(1)] = t2 >> U(16) | t3 << U(8) | t4 << U(32) | t5 << U(56)
        words[w + U(2)] = t5 >> U(8) | t6 << U(16) | t7 << U(40)
    words[o + U(18)] = _shown(cells, seen, walls, base + offset[q + U(48)], U(48))
    # the agent's own cell, number 27, shows what it carries
    words[o + U(10)] = (words[o + U(10)] & ~U(0xFFFFFF00)) | _LUT[carried] << U(8)


@scalar
def _look_any(e, const, offset, cells, boards, picture, x, y, heading, base, carried):  # type: ignore[no-untyped-def]
    """A view of any odd size up to 15, cell by cell."""
    view = const[C_VIEW]
    half, full = view // 2, (U(1) << U(view)) - U(1)
    far, left, right = _bounds(const, x, y, heading)
    mirrored = _MIRRORED[U(heading)] != 0
    start, lit = e * const[C_WORDS] * 8, U(1) << U(half)
    for j in range(view):
        clear = _line(e, const, boards, x, y, heading, j) & full
        run = lit & clear
        for _ in range(view - 1):
            run |= (run << U(1) | run >> U(1)) & clear
        ahead = (run | run << U(1) | run >> U(1)) & full
        lit |= ahead
        row = view - 1 - j
        for i in range(view):
            bit = view - 1 - i if mirrored else i
            word = U(0)
            if const[C_THROUGH] or (lit >> U(bit)) & U(1):
                word = _WALL
                if j <= far and half - left <= i <= half + right:
                    word = _LUT[cells[U(base + offset[U((heading * view + i) * view + row)])]]
            if j == 0 and i == half:
                word = _LUT[carried]
            p = U(start + (i * view + row) * 3)
            picture[p] = word & U(255)
            picture[p + U(1)] = word >> U(8) & U(255)
            picture[p + U(2)] = word >> U(16) & U(255)
        lit = ahead
