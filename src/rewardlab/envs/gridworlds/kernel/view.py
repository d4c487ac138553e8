"""What an agent sees of its level: light, and the picture that it makes.

    next = dilate(A),   lit = m | next,   A = the runs of clear cells of a row that hold a lit one

MiniGrid sends light from the agent's row of the view to the far one, through clear cells, sideways and ahead. Its two
sweeps over a row come to the equation above, on bits: m are the cells that the nearer row lights.

A grid is kept twice, by columns and by rows, as lines of bytes with walls between them, so that each column of a view
is one shifted 64-bit load, whatever the heading; the bits of what is clear, of what is lit, and the masks that darken
the rest are then found for seven cells at a time.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

import numpy as np

from rewardlab.envs.gridworlds.kernel.codes import (
    C_COLUMN,
    C_HEIGHT,
    C_LINES,
    C_ROW,
    C_THROUGH,
    C_VIEW,
    C_WIDTH,
    C_WORDS,
    CARRIED,
    GREY_WALL,
    HEADING,
    OPAQUE,
    TRIPLES,
    X,
    Y,
)  # fmt: skip
from rewardlab.envs.gridworlds.kernel.compiled import inlined, scalar

U = np.uint64
SIZES = (3, 5, 7, 9, 11, 13, 15)
PAD = 6  # walls before the first cell of a line: as far as the common view reaches


def line_words(cells: int) -> int:
    """64-bit words of a line with so many cells behind its walls; the next line begins with the walls at its end."""
    return (cells + PAD + 7) // 8


def _dilated() -> np.ndarray:
    """[128 * 128] uint8: cells of a row that are lit << 7 | cells that are clear -> what they light in the next."""
    table = np.zeros(1 << 14, dtype=np.uint8)
    for lit in range(128):
        for clear in range(128):
            run = lit & clear
            for _ in range(6):
                run |= (run << 1 | run >> 1) & clear
            table[lit << 7 | clear] = (run | run << 1 | run >> 1) & 127
    return table


_NEXT = _dilated()
_LUT = (TRIPLES.astype(np.uint64) << np.array([0, 8, 16], dtype=np.uint64)).sum(axis=1).astype(np.uint64)
_WALL = GREY_WALL | OPAQUE
_WALLS = U(int.from_bytes(bytes([_WALL] * 8), "little"))
_EACH, _ODD, _PAIRS = U(0x0101010101010101), U(0x00FF00FF00FF00FF), U(0x0000FFFF0000FFFF)
_BYTE, _FULL, _SEVEN = U(255), U(127), U(0x007F7F7F7F7F7F7F)


@inlined
def cell_at(e, x, y, const):  # type: ignore[no-untyped-def]
    """Where the code of a cell lies among the bytes of all lines."""
    return U(8 * (e * const[C_LINES] + x * const[C_COLUMN]) + PAD + y)


@inlined
def ahead_at(e, x, y, heading, const):  # type: ignore[no-untyped-def]
    """Where the code of x, y lies in the line along a heading: one step beyond the level there is a wall."""
    row = const[C_WIDTH] * const[C_COLUMN] + y * const[C_ROW]
    line, along = (x * const[C_COLUMN], y) if heading & 1 else (row, x)
    return U(8 * (e * const[C_LINES] + line) + PAD + along)


@scalar
def put_cell(e, x, y, code, const, cells):  # type: ignore[no-untyped-def]
    """Write a cell of environment e, in its column and in its row."""
    if (1 << 2 | 1 << 11 | 1 << 12) >> (code & 15) & 1:  # a wall, a closed or a locked door
        code |= OPAQUE
    cells[cell_at(e, x, y, const)] = code
    row = const[C_WIDTH] * const[C_COLUMN] + y * const[C_ROW]
    cells[U(8 * (e * const[C_LINES] + row) + PAD + x)] = code


@scalar
def wall_up(e, const, lines):  # type: ignore[no-untyped-def]
    """Fill all lines of environment e with walls."""
    for p in range(const[C_LINES]):
        lines[U(e * const[C_LINES] + p)] = _WALLS


@inlined
def look(e, const, field, lines, cells, words, picture):  # type: ignore[no-untyped-def]
    """Draw what environment e sees.

    Args:
        lines, cells: the same memory as uint64 and as uint8, C_LINES words an environment.
        words, picture: likewise, C_WORDS words an environment, [view, view, 3] bytes of them used.
    """
    x, y = np.int64(field[e, X]), np.int64(field[e, Y])
    heading, carried = np.int64(field[e, HEADING]), U(field[e, CARRIED])
    if const[C_VIEW] == 7:
        _look_7(e, const, lines, words, x, y, heading, carried)
    else:
        _look_any(e, const, cells, picture, x, y, heading, carried)


@inlined
def _column(lines, base, first, sign, i, count, size, offset, turned):  # type: ignore[no-untyped-def]
    """The codes of column i of the view as bytes, the farthest first; the eighth byte is noise."""
    line = first + sign * i
    inside = 0 <= line < count
    k = U(base + (line if inside else 0) * size + (offset >> 3))
    shift = U((offset & 7) << 3)
    w = lines[k] >> shift | lines[k + U(1)] << U(1) << (U(63) - shift)
    w = w if inside else _WALLS
    if turned:  # nearest first so far
        w = (w >> U(8)) & _ODD | (w & _ODD) << U(8)
        w = (w >> U(16)) & _PAIRS | (w & _PAIRS) << U(16)
        w = (w >> U(32) | w << U(32)) >> U(8)
    return w


@inlined
def _dark(w, i, lit):  # type: ignore[no-untyped-def]
    """A column without the cells that are not lit."""
    return w & ((lit >> U(i)) & _EACH) * _BYTE


@inlined
def _head(w):  # type: ignore[no-untyped-def]
    """Bytes 0..7 of the 21 that seven codes become."""
    return _LUT[w & _BYTE] | _LUT[w >> U(8) & _BYTE] << U(24) | _LUT[w >> U(16) & _BYTE] << U(48)


@inlined
def _trunk(w):  # type: ignore[no-untyped-def]
    """Bytes 8..15."""
    front = _LUT[w >> U(16) & _BYTE] >> U(16) | _LUT[w >> U(24) & _BYTE] << U(8)
    return front | _LUT[w >> U(32) & _BYTE] << U(32) | _LUT[w >> U(40) & _BYTE] << U(56)


@inlined
def _tail(w):  # type: ignore[no-untyped-def]
    """Bytes 16..20."""
    return _LUT[w >> U(40) & _BYTE] >> U(8) | _LUT[w >> U(48) & _BYTE] << U(16)


@inlined
def _look_7(e, const, lines, words, x, y, heading, carried):  # type: ignore[no-untyped-def]
    """The common view: seven columns of seven cells, 147 bytes in 19 words."""
    base, turned = e * const[C_LINES], heading < 2
    if heading & 1:
        count, size, first, along = const[C_WIDTH], const[C_COLUMN], x, y
    else:
        count, size, first, along = const[C_HEIGHT], const[C_ROW], y, x
        base += const[C_WIDTH] * const[C_COLUMN]
    sign = np.int64(1 if heading == 0 or heading == 3 else -1)
    first -= 3 * sign
    offset = along + (PAD if turned else 0)
    w0 = _column(lines, base, first, sign, 0, count, size, offset, turned)
    w1 = _column(lines, base, first, sign, 1, count, size, offset, turned)
    w2 = _column(lines, base, first, sign, 2, count, size, offset, turned)
    w3 = _column(lines, base, first, sign, 3, count, size, offset, turned)
    w4 = _column(lines, base, first, sign, 4, count, size, offset, turned)
    w5 = _column(lines, base, first, sign, 5, count, size, offset, turned)
    w6 = _column(lines, base, first, sign, 6, count, size, offset, turned)
    lit = _SEVEN
    if not const[C_THROUGH]:
        # byte j of `clear` is row j of the view, bit i its column i: OPAQUE is the top bit of a code
        clear = (
            (w0 >> U(7)) & _EACH | (w1 >> U(6)) & (_EACH << U(1)) | (w2 >> U(5)) & (_EACH << U(2))
            | (w3 >> U(4)) & (_EACH << U(3)) | (w4 >> U(3)) & (_EACH << U(4)) | (w5 >> U(2)) & (_EACH << U(5))
            | (w6 >> U(1)) & (_EACH << U(6))
        ) ^ _SEVEN  # fmt: skip
        lit, row = U(0), U(8)
        for j in range(48, -1, -8):
            ahead = U(_NEXT[row << U(7) | clear >> U(j) & _FULL])
            lit |= (row | ahead) << U(j)
            row = ahead
    w0, w1, w2, w3 = _dark(w0, 0, lit), _dark(w1, 1, lit), _dark(w2, 2, lit), _dark(w3, 3, lit)
    w4, w5, w6 = _dark(w4, 4, lit), _dark(w5, 5, lit), _dark(w6, 6, lit)
    w3 = w3 & ~(_BYTE << U(48)) | carried << U(48)  # the agent's own cell shows what it carries
    o = U(e * const[C_WORDS])
    words[o], words[o + U(1)], rest = _head(w0), _trunk(w0), _tail(w0)
    a, b, c = _head(w1), _trunk(w1), _tail(w1)
    words[o + U(2)], words[o + U(3)] = rest | a << U(40), a >> U(24) | b << U(40)
    words[o + U(4)], rest = b >> U(24) | c << U(40), c >> U(24)
    a, b, c = _head(w2), _trunk(w2), _tail(w2)
    words[o + U(5)], words[o + U(6)], rest = rest | a << U(16), a >> U(48) | b << U(16), b >> U(48) | c << U(16)
    a, b, c = _head(w3), _trunk(w3), _tail(w3)
    words[o + U(7)], words[o + U(8)] = rest | a << U(56), a >> U(8) | b << U(56)
    words[o + U(9)], rest = b >> U(8) | c << U(56), c >> U(8)
    a, b, c = _head(w4), _trunk(w4), _tail(w4)
    words[o + U(10)], words[o + U(11)] = rest | a << U(32), a >> U(32) | b << U(32)
    words[o + U(12)], rest = b >> U(32) | c << U(32), c >> U(32)
    a, b, c = _head(w5), _trunk(w5), _tail(w5)
    words[o + U(13)], words[o + U(14)], rest = rest | a << U(8), a >> U(56) | b << U(8), b >> U(56) | c << U(8)
    a, b, c = _head(w6), _trunk(w6), _tail(w6)
    words[o + U(15)], words[o + U(16)] = rest | a << U(48), a >> U(16) | b << U(48)
    words[o + U(17)], words[o + U(18)] = b >> U(16) | c << U(48), c >> U(16)


@scalar
def _look_any(e, const, cells, picture, x, y, heading, carried):  # type: ignore[no-untyped-def]
    """A view of any odd size up to 15, cell by cell."""
    view, width, height = const[C_VIEW], const[C_WIDTH], const[C_HEIGHT]
    half, full = view // 2, (U(1) << U(view)) - U(1)
    ahead_x, ahead_y = (1 - heading) * (1 - (heading & 1)), (2 - heading) * (heading & 1)
    start, lit = e * const[C_WORDS] * 8, U(1) << U(half)
    for j in range(view):
        clear = U(0)
        for i in range(view):
            there_x = x + ahead_x * j - ahead_y * (i - half)
            there_y = y + ahead_y * j + ahead_x * (i - half)
            code = U(_WALL)
            if 0 <= there_x < width and 0 <= there_y < height:
                code = U(cells[cell_at(e, there_x, there_y, const)])
            p = U(start + (i * view + view - 1 - j) * 3)
            picture[p] = code  # until it is known whether it is lit
            clear |= (U(1) ^ code >> U(7)) << U(i)
        run = lit & clear
        for _ in range(view - 1):
            run |= (run << U(1) | run >> U(1)) & clear
        ahead = (run | run << U(1) | run >> U(1)) & full
        lit = full if const[C_THROUGH] else lit | ahead
        for i in range(view):
            p = U(start + (i * view + view - 1 - j) * 3)
            word = _LUT[U(picture[p])] if lit >> U(i) & U(1) else U(0)
            if j == 0 and i == half:
                word = _LUT[carried]
            picture[p], picture[p + U(1)], picture[p + U(2)] = word & _BYTE, word >> U(8) & _BYTE, word >> U(16) & _BYTE
        lit = ahead
