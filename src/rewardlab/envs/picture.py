"""Pictures of environments in NumPy alone: smooth boxes, lines, discs and words on an RGB canvas.

Places are in pixels, x to the right and y down from the top left corner. An edge covers its pixels in part, so that
shapes are smooth: alpha = clip(1/2 − d, 0, 1), d the signed distance from the edge in pixels.
"""

import textwrap
from functools import cache

import numpy as np

Colour = tuple[int, int, int]

PAPER, INK, FAINT, LINE = (247, 247, 243), (40, 46, 58), (150, 154, 160), (214, 215, 212)
BLUE, SKY, RED, GOLD, GREEN = (52, 101, 164), (120, 160, 210), (210, 60, 50), (240, 190, 40), (70, 150, 80)

GLYPH_WIDTH, GLYPH_HEIGHT, ADVANCE = 5, 7, 6  # of letters of size 1; a size is a whole factor


class Picture:
    """A canvas [height, width, 3] that shapes are put on, one over the other.

    Args:
        height: in pixels.
        width: in pixels.
        colour: of the empty canvas.
    """

    def __init__(self, height: int, width: int, colour: Colour = PAPER) -> None:
        self.canvas = np.empty((height, width, 3))
        self.canvas[:] = colour

    def image(self) -> np.ndarray:
        """The frame [height, width, 3] uint8."""
        return np.rint(self.canvas).astype(np.uint8)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour, *, corner: float = 0.0) -> None:
        """A rectangle with its top left corner at (x, y); `corner` is the radius of its corners."""
        if width <= 0 or height <= 0:
            return
        corner = min(corner, width / 2, height / 2)
        part, px, py = self._around(x, y, x + width, y + height)
        dx = np.abs(px - x - width / 2) - width / 2 + corner
        dy = np.abs(py - y - height / 2) - height / 2 + corner
        outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
        self._blend(part, outside + np.minimum(np.maximum(dx, dy), 0) - corner, colour)

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float, colour: Colour) -> None:
        """A line with round ends."""
        r = width / 2
        part, px, py = self._around(min(x0, x1) - r, min(y0, y1) - r, max(x0, x1) + r, max(y0, y1) + r)
        along = (x1 - x0, y1 - y0)
        share = ((px - x0) * along[0] + (py - y0) * along[1]) / max(along[0] ** 2 + along[1] ** 2, 1e-12)
        share = np.clip(share, 0, 1)
        self._blend(part, np.hypot(px - x0 - share * along[0], py - y0 - share * along[1]) - r, colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A filled circle."""
        self.line(x, y, x, y, 2 * radius, colour)

    def ring(self, x: float, y: float, radius: float, width: float, colour: Colour) -> None:
        """A circle of a line of that width."""
        reach = radius + width
        part, px, py = self._around(x - reach, y - reach, x + reach, y + reach)
        self._blend(part, np.abs(np.hypot(px - x, py - y) - radius) - width / 2, colour)

    def write(
        self, text: str, x: float, y: float, colour: Colour = INK, *, size: int = 2, middle: bool = False
    ) -> None:
        """One line of text from (x, y), its top left corner; with `middle`, x is its centre."""
        left, top = round(x - measure(text, size) / 2 if middle else x), round(y)
        for k, letter in enumerate(text):
            dots = np.kron(glyph(letter), np.ones((size, size), dtype=bool))
            rows, columns = np.nonzero(dots)
            rows, columns = rows + top, columns + left + k * ADVANCE * size
            height, width = self.canvas.shape[:2]
            seen = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
            self.canvas[rows[seen], columns[seen]] = colour

    def _around(self, x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
        """The part of the canvas that a shape may touch, and the middles of its pixels."""
        height, width = self.canvas.shape[:2]
        rows = slice(max(int(y0) - 1, 0), min(int(y1) + 2, height))
        columns = slice(max(int(x0) - 1, 0), min(int(x1) + 2, width))
        py = np.arange(rows.start, max(rows.stop, rows.start))[:, None] + 0.5
        px = np.arange(columns.start, max(columns.stop, columns.start))[None] + 0.5
        return (rows, columns), px, py

    def _blend(self, part: tuple[slice, slice], distance: np.ndarray, colour: Colour) -> None:
        if distance.size:
            alpha = np.clip(0.5 - distance, 0, 1)[..., None]
            self.canvas[part] += alpha * (np.array(colour) - self.canvas[part])


def measure(text: str, size: int = 2) -> int:
    """The width of a line of text in pixels."""
    return max(len(text) * ADVANCE - 1, 0) * size


def bubbles(messages: list[tuple[str, bool]], *, height: int = 360, width: int = 480) -> np.ndarray:
    """A conversation as a chat [height, width, 3]: (text, whether it stands at the right); the latest at the bottom."""
    picture = Picture(height, width)
    size, gap, rim = 2, 10, 8
    wrap, step = (width * 4 // 5 - 2 * rim) // (ADVANCE * size), (GLYPH_HEIGHT + 3) * size
    bottom = height - gap
    for text, right in reversed(messages):
        lines = textwrap.wrap(text, wrap) or ["..."]
        wide = max(measure(line, size) for line in lines) + 2 * rim
        high = len(lines) * step - 3 * size + 2 * rim
        left, top = (width - gap - wide if right else gap), bottom - high
        if bottom <= 0:
            break
        picture.box(left, top, wide, high, BLUE if right else LINE, corner=8)
        for k, line in enumerate(lines):
            picture.write(line, left + rim, top + rim + k * step, PAPER if right else INK, size=size)
        bottom = top - gap
    return picture.image()


@cache
def glyph(letter: str) -> np.ndarray:
    """The dots of a letter, bool [7, 5]; a box for what has none, nothing for white space."""
    code = _FONT.get(letter, "" if letter.isspace() else "VHHHHHV")
    rows = [int(c, 32) for c in code.ljust(GLYPH_HEIGHT, "0")]
    return np.array([[row >> (GLYPH_WIDTH - 1 - k) & 1 for k in range(GLYPH_WIDTH)] for row in rows], dtype=bool)


# Seven rows of five dots each; a row is one digit to the base 32.
_DIGITS = "EHJLPHE 4C4444E EH1248V V2421HE 26AIV22 VGU11HE 68GUHHE V124888 EHHEHHE EHHF12C"
_CAPITALS = (
    "EHHVHHH UHHUHHU EHGGGHE UHHHHHU VGGUGGV VGGUGGG EHGNHHF HHHVHHH E44444E 72222IC HIKOKIH GGGGGGV HRLLHHH HHPLJHH "
    "EHHHHHE UHHUGGG EHHHLID UHHUKIH FGGE11U V444444 HHHHHHE HHHHHA4 HHHLLLA HHA4AHH HHHA444 V1248GV"
)
_SMALL = (
    "00E1FHF GGMPHHU 00EGGHE 11DJHHF 00EHVGE 698S888 0FHHF1E GGMPHHH 40C444E 20622IC GGIKOKI C44444E 00QLLHH 00MPHHH "
    "00EHHHE 00UHUGG 00DJF11 00MPGGG 00FGE1U 88S8896 00HHHJD 00HHHA4 00HHLLA 00HA4AH 00HHF1E 00V248V"
)
_SIGNS = {
    ".": "00000CC", ",": "0000C48", ":": "0CC0CC0", ";": "0CC0C48", "?": "EH12404", "!": "4444404", "-": "000V000",
    "+": "044V440", "=": "00V0V00", "/": "01248G0", "\\": "0G84210", "%": "OP248J3", "<": "248G842", ">": "8421248",
    "(": "2488842", ")": "8422248", "[": "E88888E", "]": "E22222E", "'": "C480000", '"': "AAA0000", "_": "000000V",
    "*": "0AE4EA0", "#": "AAVAVAA", "|": "4444444", "$": "4FKE5U4", "&": "CIKOLID", "@": "EHNLMGE", "^": "4AH0000",
    "`": "8420000", "~": "008L200", "{": "2448442", "}": "8442448",
}  # fmt: skip
_FONT = {
    **dict(zip("0123456789", _DIGITS.split(), strict=True)),
    **dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _CAPITALS.split(), strict=True)),
    **dict(zip("abcdefghijklmnopqrstuvwxyz", _SMALL.split(), strict=True)),
    **_SIGNS,
}
