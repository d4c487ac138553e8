"""Pictures out of letters, for terminals.

    one letter ▀ = two pixels: its upper half in the ink's colour, its lower half in the paper's

A terminal that knows 16 million colours gets them, others the 256 of xterm's table; without colours a letter stands
for the brightness of its place.
"""

import os
from collections.abc import Callable, Mapping

import numpy as np

Painter = Callable[[np.ndarray, int, int], list[str]]
"""frame [H, W, 3] uint8, columns, rows -> lines of one width on the screen, at most so wide and so many."""

_LETTERS = " .:-=+*#%@"
_CUBE = np.array([0, 95, 135, 175, 215, 255])  # levels of xterm's colours 16 to 231


def painter(environ: Mapping[str, str] | None = None) -> Painter:
    """What this terminal can show, by its variables NO_COLOR, TERM and COLORTERM."""
    told = os.environ if environ is None else environ
    if told.get("NO_COLOR") or told.get("TERM", "dumb") in ("dumb", "vt100", "vt220"):
        return letters
    return full if told.get("COLORTERM") in ("truecolor", "24bit") else table


def full(frame: np.ndarray, columns: int, rows: int) -> list[str]:
    """Half blocks in the frame's own colours."""
    small = _scaled(frame, columns, 2 * rows)
    return _blocks([[f"2;{r};{g};{b}" for r, g, b in line] for line in small.tolist()])


def table(frame: np.ndarray, columns: int, rows: int) -> list[str]:
    """Half blocks in the nearest of xterm's 6 x 6 x 6 colours and 24 greys."""
    return _blocks([[f"5;{n}" for n in line] for line in nearest(_scaled(frame, columns, 2 * rows)).tolist()])


def letters(frame: np.ndarray, columns: int, rows: int) -> list[str]:
    """One letter a place, the brighter the fuller; it is about twice as high as wide."""
    small = _scaled(frame, columns, 2 * rows)
    grey = (small @ np.array([0.299, 0.587, 0.114])).reshape(-1, 2, small.shape[1]).mean(1)  # [rows, columns]
    index = np.minimum(grey / 256 * len(_LETTERS), len(_LETTERS) - 1).astype(int)
    return ["".join(_LETTERS[i] for i in line) for line in index]


def nearest(colours: np.ndarray) -> np.ndarray:
    """The numbers [...] in xterm's table of the colours nearest to [..., 3] uint8."""
    c = np.asarray(colours, dtype=int)
    cube = np.abs(_CUBE - c[..., None]).argmin(-1)  # [..., 3]
    grey = np.clip(np.rint((c.mean(-1) - 8) / 10), 0, 23).astype(int)
    off = ((_CUBE[cube] - c) ** 2).sum(-1), (((8 + 10 * grey)[..., None] - c) ** 2).sum(-1)
    return np.where(off[1] < off[0], 232 + grey, 16 + cube @ np.array([36, 6, 1]))


def _scaled(frame: np.ndarray, columns: int, pixels: int) -> np.ndarray:
    """The frame in its proportions, at most `columns` wide and `pixels` high, an even number of lines, at least 2."""
    from PIL import Image

    high, wide = frame.shape[:2]
    scale = min(columns / wide, pixels / high)
    size = max(1, round(wide * scale)), max(2, 2 * round(high * scale / 2))
    return np.asarray(Image.fromarray(frame).resize((min(size[0], columns), size[1]), Image.Resampling.BOX))


def _blocks(codes: list[list[str]]) -> list[str]:
    """Colours [2 rows, columns] as half blocks; a colour is said only where it changes."""
    lines = []
    for above, below in zip(codes[::2], codes[1::2], strict=True):
        line, ink, paper = "", "", ""
        for a, b in zip(above, below, strict=True):
            said = [f"38;{a}"] * (a != ink) + [f"48;{b}"] * (b != paper)
            line += (f"\x1b[{';'.join(said)}m" if said else "") + "▀"
            ink, paper = a, b
        lines.append(line + "\x1b[0m")
    return lines
