"""One cell as a picture, in MiniGrid's pixels.

    pixel = ⌊mean of 3 × 3 samples⌋,    highlighted sample = ⌊s + 0.3 (255 − s)⌋

Shapes lie in a unit square, x to the right and y down; a sample belongs to a shape if its middle does.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

import math
from functools import lru_cache

import numpy as np

from rewardlab.envs.gridworlds.kernel.codes import BALL, BOX, CLOSED, FLOOR, GOAL, KEY, LAVA, LOCKED, OPEN, WALL

RGB = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (112, 39, 195), (255, 255, 0), (100, 100, 100)])
"""[6, 3] the colours by number: red, green, blue, purple, yellow, grey."""
_BLACK, _GREY, _RED, _ORANGE = np.array([(0, 0, 0), (100, 100, 100), (255, 0, 0), (255, 128, 0)])
_SAMPLES = 3  # of a pixel, each way


@lru_cache(maxsize=2048)
def render_tile(code: int, heading: int | None, lit: bool, tile: int) -> np.ndarray:
    """One cell [tile, tile, 3] uint8, not to be written into; drawn once and kept.

    Args:
        code: kind | colour << 4, see `codes`.
        heading: of the agent on this cell, None if it is elsewhere.
        lit: in the lighter tone of what an agent sees.
        tile: pixels of its side.
    """
    size = tile * _SAMPLES
    middle = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(middle, middle)
    samples = np.zeros((size, size, 3), dtype=np.uint8)
    for inside, colour in [(_box(x, y, 0, 0.031, 0, 1), _GREY), (_box(x, y, 0, 1, 0, 0.031), _GREY)]:
        samples[inside] = colour
    for inside, colour in _shapes(code & 15, RGB[code >> 4 & 7], x, y):
        samples[inside] = colour
    if heading is not None:
        samples[_arrow(x, y, heading)] = _RED
    if lit:
        samples = (samples + 0.3 * (255 - samples)).astype(np.uint8)
    # The two means one after the other: 9 samples at once would round differently.
    image = samples.reshape(tile, _SAMPLES, tile, _SAMPLES, 3).mean(axis=3).mean(axis=1).astype(np.uint8)
    image.flags.writeable = False
    return image


def _shapes(kind: int, colour: np.ndarray, x: np.ndarray, y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(where, colour) of what stands in a cell, the later ones over the earlier ones."""
    whole = _box(x, y, 0, 1, 0, 1)
    if kind in (WALL, GOAL):
        return [(whole, colour)]
    if kind == FLOOR:
        return [(_box(x, y, 0.031, 1, 0.031, 1), colour / 2)]
    if kind == OPEN:
        return [(_box(x, y, 0.88, 1, 0, 1), colour), (_box(x, y, 0.92, 0.96, 0.04, 0.96), _BLACK)]
    if kind == LOCKED:
        slot = _box(x, y, 0.52, 0.75, 0.50, 0.56)
        return [(whole, colour), (_box(x, y, 0.06, 0.94, 0.06, 0.94), 0.45 * colour), (slot, colour)]
    if kind == CLOSED:
        rims = [(_box(x, y, m, 1 - m, m, 1 - m), c) for m, c in ((0.04, _BLACK), (0.08, colour), (0.12, _BLACK))]
        return [(whole, colour), *rims, (_disc(x, y, 0.75, 0.5, 0.08), colour)]
    if kind == KEY:
        bars = [_box(x, y, *b) for b in ((0.5, 0.63, 0.31, 0.88), (0.38, 0.5, 0.59, 0.66), (0.38, 0.5, 0.81, 0.88))]
        ring = [(_disc(x, y, 0.56, 0.28, 0.19), colour), (_disc(x, y, 0.56, 0.28, 0.064), _BLACK)]
        return [*((bar, colour) for bar in bars), *ring]
    if kind == BALL:
        return [(_disc(x, y, 0.5, 0.5, 0.31), colour)]
    if kind == BOX:
        hollow = (_box(x, y, 0.18, 0.82, 0.18, 0.82), _BLACK)
        return [(_box(x, y, 0.12, 0.88, 0.12, 0.88), colour), hollow, (_box(x, y, 0.16, 0.84, 0.47, 0.53), colour)]
    if kind == LAVA:
        crests = [(0.3 + 0.2 * k, 0.4 + 0.2 * k) for k in range(3)]
        waves = [_stroke(x, y, *a) for low, high in crests for a in _zigzag(low, high)]
        return [(whole, _ORANGE), *((wave, _BLACK) for wave in waves)]
    return []  # nothing there, or hidden


def _zigzag(low: float, high: float) -> list[tuple[float, float, float, float]]:
    return [(0.1, low, 0.3, high), (0.3, high, 0.5, low), (0.5, low, 0.7, high), (0.7, high, 0.9, low)]


def _box(x: np.ndarray, y: np.ndarray, left: float, right: float, top: float, bottom: float) -> np.ndarray:
    return (x >= left) & (x <= right) & (y >= top) & (y <= bottom)


def _disc(x: np.ndarray, y: np.ndarray, cx: float, cy: float, radius: float) -> np.ndarray:
    return (x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius


def _stroke(x: np.ndarray, y: np.ndarray, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """A line 0.06 wide; its ends and direction are float32, as the reference has them."""
    radius = 0.03
    start = np.array([x0, y0], dtype=np.float32)
    along = np.array([x1, y1], dtype=np.float32) - start
    length = np.linalg.norm(along)
    along = along / length
    share = np.clip((x - start[0]) * along[0] + (y - start[1]) * along[1], 0, length)
    near = np.hypot(x - (start[0] + share * along[0]), y - (start[1] + share * along[1])) <= radius
    return near & _box(x, y, min(x0, x1) - radius, max(x0, x1) + radius, min(y0, y1) - radius, max(y0, y1) + radius)


def _arrow(x: np.ndarray, y: np.ndarray, heading: int) -> np.ndarray:
    """The triangle that an agent is, by its barycentric coordinates."""
    cosine, sine = math.cos(-0.5 * math.pi * heading), math.sin(-0.5 * math.pi * heading)
    x, y = x - 0.5, y - 0.5
    x, y = 0.5 + x * cosine - y * sine, 0.5 + y * cosine + x * sine
    back, tip, front = np.array([(0.12, 0.19), (0.87, 0.50), (0.12, 0.81)], dtype=np.float32)
    v0, v1 = front - back, tip - back
    dx, dy = x - back[0], y - back[1]
    dot00, dot01, dot11 = np.dot(v0, v0), np.dot(v0, v1), np.dot(v1, v1)
    dot02, dot12 = v0[0] * dx + v0[1] * dy, v1[0] * dx + v1[1] * dy
    scale = 1 / (dot00 * dot11 - dot01 * dot01)
    u = (dot11 * dot02 - dot01 * dot12) * scale
    v = (dot00 * dot12 - dot01 * dot02) * scale
    return (u >= 0) & (v >= 0) & (u + v < 1)
