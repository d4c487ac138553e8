"""Clips: the frames of a segment in one image.

    frame i stands at x = (i mod columns) · width,  y = ⌊i / columns⌋ · height

A page that has both sheets plays two clips by one clock, pauses and steps them, without a decoder of films. The images
are lossless WebP: what people judge is what was recorded.
"""

import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption

LONGEST = 16_383  # pixels of a WebP's side
LARGEST = 1 << 25  # pixels of a sheet that phones still decode


@dataclass(frozen=True)
class Clip:
    """What is known of a stored clip, without its image.

    Attributes:
        number: in the file.
        tag: of its content, so that a browser that keeps clips never shows another file's.
        frames: how many.
        width: of a frame, pixels.
        height: of a frame, pixels.
        columns: frames in a row of the sheet.
    """

    number: int
    tag: str
    frames: int
    width: int
    height: int
    columns: int

    @property
    def name(self) -> str:
        """What a page asks for: number and tag."""
        return f"{self.number}-{self.tag}"


def check_frames(frames: Any) -> np.ndarray:
    """Frames as an array [T, H, W, 3] uint8.

    Raises:
        BadOption: if they are none, or no pictures.
    """
    x = np.asarray(frames)
    if x.dtype != np.uint8 or x.ndim != 4 or x.shape[-1] != 3 or 0 in x.shape:
        raise BadOption(
            f"frames {x.dtype} {x.shape}",
            where="a clip",
            expected="uint8 [T, H, W, 3], at least one frame",
            mend='render_mode="rgb_array", and np.stack of what render() gives',
        )
    return x


def filmstrip(frames: Any) -> tuple[bytes, int]:
    """One lossless WebP of all frames, about as wide as high, and the number of its columns.

    Raises:
        BadOption: for no pictures, or too many pixels for a browser.
    """
    from PIL import Image

    x = check_frames(frames)
    t, h, w, _ = x.shape
    columns = min(t, max(1, round(math.sqrt(t * h / w))))
    rows = -(-t // columns)
    if columns * w > LONGEST or rows * h > LONGEST or columns * w * rows * h > LARGEST:
        raise BadOption(
            f"{t} frames of {w} x {h}",
            where="a clip",
            expected="a sheet below 2^25 pixels",
            mend="smaller frames, or fewer",
        )
    sheet = np.zeros((rows * columns, h, w, 3), dtype=np.uint8)
    sheet[:t] = x
    whole = sheet.reshape(rows, columns, h, w, 3).swapaxes(1, 2).reshape(rows * h, columns * w, 3)
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(whole)).save(out, "WEBP", lossless=True, quality=20, method=1)
    return out.getvalue(), columns


def frames_of(data: bytes, clip: Clip) -> np.ndarray:
    """The frames [T, H, W, 3] of a stored sheet."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        whole = np.asarray(image.convert("RGB"))
    h, w, c = clip.height, clip.width, clip.columns
    rows = whole.shape[0] // h
    return whole.reshape(rows, h, c, w, 3).swapaxes(1, 2).reshape(rows * c, h, w, 3)[: clip.frames]


def animated(frames: Any, *, frames_per_second: float = 8.0) -> bytes:
    """An endless animated lossless WebP, for files and notebooks.

    Raises:
        BadOption: for no pictures, or a rate that is not positive.
    """
    from PIL import Image

    x = check_frames(frames)
    if not frames_per_second > 0:
        raise BadOption(f"frames_per_second={frames_per_second!r}", where="animated", expected="above 0")
    first, *rest = [Image.fromarray(f) for f in x]
    out = io.BytesIO()
    first.save(
        out, "WEBP", save_all=True, append_images=rest, duration=round(1000 / frames_per_second), loop=0, lossless=True
    )
    return out.getvalue()
