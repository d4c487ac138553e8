"""Observations of grids: codes, one-hot, pixels, or the whole level, for all rows at once."""

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.missions import Missions

KINDS = ("dict", "one_hot", "flat", "full", "rgb", "rgb_partial")


def space(kind: str, *, view: int, width: int, height: int, tile: int, missions: Missions) -> spaces.Space:
    """The observation space of a kind.

    Raises:
        BadOption: for an unknown kind.
    """
    if kind not in KINDS:
        raise BadOption(
            f"observation={kind!r}", where="GridRules", expected=f"one of {KINDS}", mend=nearest(str(kind), KINDS)
        )
    if kind == "flat":
        return spaces.Box(0.0, 1.0, (view * view * 20 + 4,), np.float32)
    high, shape = {
        "dict": (10, (view, view, 3)),  # 10, not 255: agents take 255 for the brightness of a picture
        "one_hot": (1, (view, view, 20)),
        "full": (10, (width, height, 3)),
        "rgb": (255, (height * tile, width * tile, 3)),
        "rgb_partial": (255, (view * tile, view * tile, 3)),
    }[kind]
    words = np.full(missions.length, len(missions.vocabulary) + 1)
    return spaces.Dict(
        {
            "image": spaces.Box(0, high, shape, np.uint8),
            "direction": spaces.Discrete(4),
            "mission": spaces.MultiDiscrete(words),
        }
    )


def observe(
    kind: str, image: np.ndarray, grids: Callable[[], np.ndarray], field: np.ndarray, words: np.ndarray, *, tile: int
) -> Any:
    """What the agents are shown.

    Args:
        image: [n, view, view, 3] uint8, shown as it is for "dict".
        grids: gives the codes [n, width, height] of whole levels.
        field: [n, FIELDS].
        words: [n, M].
    """
    n = len(image)
    heading = field[:, codes.HEADING]
    if kind == "flat":
        flat = np.empty((n, image[0].size // 3 * _ONES.shape[1] + 4), dtype=np.float32)
        flat[:, :-4] = _ONES.take(_kinds(image), axis=0).reshape(n, -1)
        flat[:, -4:] = _HEADINGS.take(heading, axis=0)
        return flat
    if kind == "one_hot":
        image = _ONES.astype(np.uint8).take(_kinds(image), axis=0)
    elif kind == "full":
        image = whole(grids(), field)
    elif kind == "rgb_partial":
        from rewardlab.envs.gridworlds.pictures.tiles import partial_frames

        image = partial_frames(image, tile=tile)
    elif kind == "rgb":
        from rewardlab.envs.gridworlds.pictures.tiles import frames, highlighted

        grid, place = codes.unpack(grids()), field[:, [codes.X, codes.Y]]
        lit = highlighted(image[..., 0] != codes.UNSEEN, place, heading, *grid.shape[1:3])
        image = frames(grid, place, heading, seen=lit, tile=tile)
    return {"image": image, "direction": heading.astype(np.int64), "mission": words}


def whole(grids: np.ndarray, field: np.ndarray) -> np.ndarray:
    """[n, width, height, 3] uint8: the level with the agent in it, as MiniGrid's FullyObsWrapper shows it."""
    grid = codes.unpack(grids)
    row = np.arange(len(grid))
    agent = np.zeros((len(grid), 3), dtype=np.uint8)
    agent[:, 0], agent[:, 2] = codes.AGENT, field[:, codes.HEADING]
    grid[row, field[:, codes.X], field[:, codes.Y]] = agent
    return grid


_SIZES = (11, 6, 3)  # types, colours and states of a cell
_ONES = np.concatenate(
    [np.eye(k, dtype=np.float32)[i] for k, i in zip(_SIZES, np.indices(_SIZES).reshape(3, -1), strict=True)], axis=1
)  # [198, 20]: type, colour and state of each kind of cell as ones
_HEADINGS = np.eye(4, dtype=np.float32)


def _kinds(image: np.ndarray) -> np.ndarray:
    """[...]: each cell's row in `_ONES`, of codes [..., 3]."""
    kinds = image[..., 0] * np.uint8(_SIZES[1] * _SIZES[2])  # below 198: a byte holds it
    kinds += image[..., 1] * np.uint8(_SIZES[2])
    kinds += image[..., 2]
    return kinds
