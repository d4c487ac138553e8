"""Grids in letters, two for a cell: plain as MiniGrid prints them, or in colours for a terminal.

The first letter says what stands in a cell, the second its colour; `legend` says both in words. Every coloured cell
sets its ink and its ground, from the 240 colours that are the same in all terminals, so it reads on dark and on light.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel.codes import (
    BALL,
    BOX,
    CLOSED,
    COLOURS,
    FLOOR,
    GOAL,
    KEY,
    LAVA,
    LOCKED,
    OPEN,
    WALL,
    pack,
)

_NAMES = {
    WALL: ("W", "wall"),
    FLOOR: ("F", "floor"),
    OPEN: ("_", "open door"),
    CLOSED: ("D", "closed door"),
    LOCKED: ("L", "locked door"),
    KEY: ("K", "key"),
    BALL: ("A", "ball"),
    BOX: ("B", "box"),
    GOAL: ("G", "goal"),
    LAVA: ("V", "lava"),
}
_AGENT = (">>", "VV", "<<", "^^")  # by heading
_HUES = (196, 40, 69, 134, 226, 245)  # red, green, blue, purple, yellow, grey: bright
_PALE = (52, 22, 17, 53, 58, 237)  # the same, dark
_BLACK, _WHITE, _NIGHT, _SIGHT = 16, 231, 233, 236
_ORANGE, _RED = 208, 196


def ansi(
    grid: np.ndarray,
    agent: tuple[int, int] | np.ndarray | None,
    heading: int = 0,
    *,
    colour: bool = True,
    seen: np.ndarray | None = None,
) -> str:
    """A level in letters, one line per row of cells, without a line break at the end.

    Args:
        grid: [width, height, 3] uint8, MiniGrid's encoding.
        agent: (x, y) in cells, None for no agent.
        heading: 0 right, 1 down, 2 left, 3 up.
        colour: with ANSI colours; without, MiniGrid's own text.
        seen: [width, height] bool, empty cells that are shown on a lighter ground; only with colour.

    Raises:
        BadOption: for a grid of another shape, or `seen` that does not fit it.
    """
    grid = np.asarray(grid)
    if grid.ndim != 3 or grid.shape[-1] != 3:
        raise BadOption(f"a grid of shape {grid.shape}", where="ansi", expected="[width, height, 3]")
    if seen is not None and np.shape(seen) != grid.shape[:2]:
        raise BadOption(f"seen of shape {np.shape(seen)}", where="ansi", expected=f"{grid.shape[:2]}, a flag a cell")
    codes = pack(grid)
    here = None if agent is None else (int(agent[0]), int(agent[1]))
    lines = []
    for y in range(grid.shape[1]):
        line, before = "", ""
        for x in range(grid.shape[0]):
            letters = _AGENT[int(heading)] if (x, y) == here else _letters(int(codes[x, y]))
            if not colour:
                line += letters
                continue
            tint = _tint(int(codes[x, y]), agent=(x, y) == here, lit=seen is not None and bool(seen[x, y]))
            line += letters if tint == before else tint + letters
            before = tint
        lines.append(line + "\x1b[0m" if colour else line)
    return "\n".join(lines)


def legend(grid: np.ndarray | None = None, *, colour: bool = True) -> str:
    """What the letters mean, in one line: those of a grid [width, height, 3], or all that there are.

    Args:
        grid: in MiniGrid's encoding; None for a list of all kinds, and of the letters of all colours.
        colour: each sign in its colours.
    """
    if grid is None:
        signs = [(kind | 2 << 4, name) for kind, (_, name) in _NAMES.items()]  # in blue, or as lava is
        tail = ", " + ", ".join(f"{name[0].upper()} {name}" for name in COLOURS)
    else:
        found = (int(code) for code in np.unique(pack(np.asarray(grid))) if int(code) & 15 in _NAMES)
        signs = [(code, _worded(code)) for code in found]
        tail = ""
    shown = []
    for code, name in signs:
        letters = _letters(code) if grid is not None or code & 15 == OPEN else _letters(code)[0]
        shown.append(f"{_tint(code)}{letters}\x1b[0m {name}" if colour else f"{letters} {name}")
    return ", ".join([*shown, "> V < ^ agent"]) + tail


def _worded(code: int) -> str:
    kind, name = code & 15, _NAMES[code & 15][1]
    return name if kind == LAVA else f"{COLOURS[code >> 4 & 7]} {name}"


def _letters(code: int) -> str:
    kind = code & 15
    if kind not in _NAMES:
        return "  "
    return "__" if kind == OPEN else _NAMES[kind][0] + COLOURS[code >> 4 & 7][0].upper()


def _tint(code: int, *, agent: bool = False, lit: bool = False) -> str:
    """The escape sequence of a cell's ink and ground; both, or a terminal's own ground would hide some inks."""
    kind, hue = code & 15, code >> 4 & 7
    floor = _SIGHT if lit else _NIGHT
    if agent:
        ink, ground, bold = _WHITE, _RED, True
    elif kind == WALL:
        ink, ground, bold = _PALE[hue], _HUES[hue], False  # quiet: there are many
    elif kind in (GOAL, CLOSED):
        ink, ground, bold = _BLACK, _HUES[hue], True
    elif kind == LAVA:
        ink, ground, bold = _BLACK, _ORANGE, True
    elif kind in (FLOOR, LOCKED):
        ink, ground, bold = _WHITE, _PALE[hue], kind == LOCKED
    else:
        ink, ground, bold = _HUES[hue], floor, True
    return f"\x1b[0;{'1;' if bold else ''}38;5;{ink};48;5;{ground}m"
