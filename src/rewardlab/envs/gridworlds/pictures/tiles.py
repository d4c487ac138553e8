"""Pictures of grids: whole levels and what agents see of them, in MiniGrid's pixels.

A tile is drawn once and kept; pictures of any number of grids are one look-up among the tiles that they need. Grids are
MiniGrid's encoding, [width, height, (type, colour, state)] uint8.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

from functools import lru_cache

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel.codes import AGENT, HEADINGS, pack
from rewardlab.envs.gridworlds.pictures.letters import ansi as ansi
from rewardlab.envs.gridworlds.pictures.letters import legend as legend
from rewardlab.envs.gridworlds.pictures.sprites import RGB, render_tile

_MOST = np.array([AGENT, len(RGB) - 1, 2], dtype=np.uint8)  # type, colour, state
_HEADED, _LIT = 1 << 7, 1 << 10  # a tile's number: code, 1 + heading of an agent on it << 7, whether lit << 10


def frame(
    grid: np.ndarray,
    agent: tuple[int, int] | np.ndarray | None,
    heading: int = 0,
    *,
    seen: np.ndarray | None = None,
    tile: int = 32,
) -> np.ndarray:
    """A level as a picture [height * tile, width * tile, 3] uint8.

    Args:
        grid: [width, height, 3] uint8, MiniGrid's encoding.
        agent: (x, y) in cells, None for no agent.
        heading: 0 right, 1 down, 2 left, 3 up.
        seen: [width, height] bool, the cells shown in a lighter tone; see `highlighted`.
        tile: pixels of a cell's side.

    Raises:
        BadOption: for a grid, an agent, `seen` or a tile size that fits no picture.
    """
    agents, lit = (None if v is None else np.asarray(v)[None] for v in (agent, seen))
    return frames(np.asarray(grid)[None], agents, np.array([heading]), seen=lit, tile=tile)[0]


def frames(
    grids: np.ndarray,
    agents: np.ndarray | None,
    headings: np.ndarray | None = None,
    *,
    seen: np.ndarray | None = None,
    tile: int = 8,
) -> np.ndarray:
    """n levels of one size as pictures [n, height * tile, width * tile, 3] uint8.

    Args:
        grids: [n, width, height, 3] uint8.
        agents: [n, 2] x, y; None for no agents.
        headings: [n] 0..3; None for all to the right.
        seen: [n, width, height] bool; None for a level without highlights.
        tile: pixels of a cell's side.

    Raises:
        BadOption: as `frame`.
    """
    index = _numbers(grids, tile)
    n, width, height = index.shape
    if agents is not None:
        at = np.asarray(agents)
        to = np.zeros(n, dtype=np.intp) if headings is None else np.asarray(headings)
        if at.shape != (n, 2) or to.shape != (n,) or ((at < 0) | (at >= (width, height))).any() or (to & 3 != to).any():
            raise BadOption(
                f"agents {at.tolist()} with headings {to.tolist()}",
                where="frames",
                expected=f"one place in {width} x {height} cells and one heading 0..3 for each of {n} grids",
            )
        index[np.arange(n), at[:, 0], at[:, 1]] += (to + 1) * _HEADED
    if seen is not None:
        if np.shape(seen) != index.shape:
            raise BadOption(f"seen of shape {np.shape(seen)}", where="frames", expected=f"{index.shape}, a flag a cell")
        index += np.asarray(seen, dtype=bool) * _LIT
    return _mosaic(index.transpose(0, 2, 1), tile)


def partial_frame(view: np.ndarray, *, tile: int = 32) -> np.ndarray:
    """What an agent sees, as a picture [V * tile, V * tile, 3] uint8; unseen cells are dark, what it carries is at it.

    Args:
        view: [V, V, 3] uint8, the observation: the agent in the middle of the last row, type 0 where it cannot see.
        tile: pixels of a cell's side.

    Raises:
        BadOption: as `frame`.
    """
    return partial_frames(np.asarray(view)[None], tile=tile)[0]


def partial_frames(views: np.ndarray, *, tile: int = 8) -> np.ndarray:
    """What n agents see, as pictures [n, V * tile, V * tile, 3] uint8.

    Args:
        views: [n, V, V, 3] uint8.
        tile: pixels of a cell's side.

    Raises:
        BadOption: as `frame`.
    """
    index = _numbers(views, tile)
    index += (index != 0) * _LIT
    index[:, index.shape[1] // 2, -1] += 4 * _HEADED  # the agent looks up in its own view
    return _mosaic(index.transpose(0, 2, 1), tile)


def highlighted(
    visible: np.ndarray, position: tuple[int, int] | np.ndarray, heading: int | np.ndarray, width: int, height: int
) -> np.ndarray:
    """The cells of the level that an agent sees, [..., width, height] bool.

    Args:
        visible: [..., V, V] bool by column and row of the view, the agent in the middle of the last row; of an
            observation, where its type is not 0.
        position: [..., 2] x, y.
        heading: [...] 0..3.
        width: of the level, in cells.
        height: of the level, in cells.
    """
    seen = np.asarray(visible, dtype=bool)
    view = seen.shape[-1]
    stride = height + 2 * view  # with a border as wide as the view no cell falls off
    flat = seen.reshape(-1, view * view)
    x, y = np.asarray(position).reshape(-1, 2).T
    cells = ((x + view) * stride + y + view)[:, None] + _offsets(view, stride)[np.ravel(heading)]
    lit = np.zeros((len(flat), (width + 2 * view) * stride), dtype=bool)
    np.put_along_axis(lit, cells, flat, axis=1)
    inner = lit.reshape(*seen.shape[:-2], -1, stride)[..., view:-view, view:-view]
    return np.ascontiguousarray(inner)


@lru_cache(maxsize=64)
def _offsets(view: int, stride: int) -> np.ndarray:
    """[4, V * V] how far from the agent the cells of its view lie, x-major in a level of that stride."""
    column, row = np.meshgrid(np.arange(view), np.arange(view), indexing="ij")
    ahead = HEADINGS[:, None, None]  # [4, 1, 1, 2]
    aside = np.stack([-ahead[..., 1], ahead[..., 0]], axis=-1)
    place = ahead * (view - 1 - row)[..., None] + aside * (column - view // 2)[..., None]  # [4, V, V, 2]
    return (place @ (stride, 1)).reshape(4, -1)


def _numbers(grids: np.ndarray, tile: int) -> np.ndarray:
    """[n, width, height] the code of each cell."""
    grids = np.asarray(grids)
    if grids.ndim != 4 or grids.shape[-1] != 3 or 0 in grids.shape or grids.dtype.kind not in "iu":
        raise BadOption(
            f"grids of shape {grids.shape} and dtype {grids.dtype}",
            where="pictures of grids",
            expected="[n, width, height, 3] integers: type, colour, state",
        )
    if (grids > _MOST).any() or (grids.dtype.kind == "i" and grids.min() < 0):
        raise BadOption(
            f"cells from {grids.reshape(-1, 3).min(axis=0).tolist()} to {grids.reshape(-1, 3).max(axis=0).tolist()}",
            where="pictures of grids",
            expected=f"type 0..{AGENT}, colour 0..{len(RGB) - 1}, state 0..2",
        )
    if isinstance(tile, bool) or not isinstance(tile, (int, np.integer)) or tile < 1:
        raise BadOption(f"tile={tile!r}", where="pictures of grids", expected="pixels, an integer of at least 1")
    return pack(grids).astype(np.intp)


def _mosaic(index: np.ndarray, tile: int) -> np.ndarray:
    """Numbers of tiles [n, rows, columns] as pictures [n, rows * tile, columns * tile, 3]."""
    n, rows, columns = index.shape
    used = np.flatnonzero(np.bincount(index.ravel()))
    place = np.zeros(used[-1] + 1, dtype=np.intp)
    place[used] = np.arange(len(used))
    lines = np.stack([_numbered(int(number), int(tile)) for number in used])  # [tiles, tile, tile, 3]
    whole = np.dtype((np.void, 3 * tile))  # a line of a tile moves as one
    starts = place[index][:, :, None] * tile + np.arange(tile)[:, None]  # [n, rows, tile, columns]
    picture = lines.reshape(-1, 3 * tile).view(whole)[:, 0].take(starts)
    return picture.view(np.uint8).reshape(n, rows * tile, columns * tile, 3)


def _numbered(number: int, tile: int) -> np.ndarray:
    agent = number // _HEADED % 8
    return render_tile(number % _HEADED, agent - 1 if agent else None, number >= _LIT, tile)
