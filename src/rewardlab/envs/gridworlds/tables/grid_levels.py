"""Levels of a grid world as tables: walls, kinds, where objects lie and what they do, where episodes begin."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables.layouts import Layout, named, read

MOST_LEVELS = 10_000
LAW = {"reward": (-math.inf, math.inf), "terminate": (0.0, 1.0), "respawn": (0.0, 1.0)}


class Levels(NamedTuple):
    """L levels of H x W cells, C = H * W, with K objects each.

    Attributes:
        walls: [L, C] bool.
        kinds: [L, C] int64.
        thing: [L, C] int64, the object that lies in a cell, K for none.
        place: [L, K] int64, the cell of each object.
        reward, terminate, respawn: [L, K] float64.
        starts: [L, C] int64, the cells where episodes begin come first.
        choices: [L] int64, how many those are.
        height, width: H and W.
    """

    walls: np.ndarray
    kinds: np.ndarray
    thing: np.ndarray
    place: np.ndarray
    reward: np.ndarray
    terminate: np.ndarray
    respawn: np.ndarray
    starts: np.ndarray
    choices: np.ndarray
    height: int
    width: int


def check_objects(objects: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The objects with all their keys, numbers as ranges (low, high).

    Raises:
        BadOption: for an unknown key, a number outside its range, or more than 12 objects.
    """
    if isinstance(objects, (str, Mapping)) or len(objects) > 12 or not all(isinstance(o, Mapping) for o in objects):
        raise _bad(f"objects={objects!r}", "a list of at most 12 mappings")
    found = []
    for k, given in enumerate(objects):
        strange = given.keys() - {"reward", "terminate", "respawn", "at", "colour"}
        if strange:
            one = sorted(map(str, strange))[0]
            raise _bad(f"objects[{k}] has {one!r}", "reward, terminate, respawn, at, colour", nearest(one, LAW))
        own = {"reward": 1.0, "terminate": 1.0, "respawn": 0.0, "at": None, "colour": None} | dict(given)
        for name, (low, high) in LAW.items():
            value = own[name]
            pair = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
            numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in pair)
            if len(pair) != 2 or not numbers or not low <= pair[0] <= pair[1] <= high:
                limits = "" if math.isinf(high) else f" in [{low:g}, {high:g}]"
                raise _bad(f"objects[{k}][{name!r}]={value!r}", f"a number{limits}, or [low, high]")
            own[name] = pair
        found.append(own)
    return found


def sentences(objects: list[dict[str, Any]]) -> list[str]:
    """What each object does, in words."""

    def numbers(pair: tuple[float, float]) -> str:
        return f"{pair[0]:g}" if pair[0] == pair[1] else f"{pair[0]:g} to {pair[1]:g}"

    return [
        f"object {k} pays {numbers(o['reward'])}, ends with probability {numbers(o['terminate'])}, "
        f"comes back with {numbers(o['respawn'])}"
        for k, o in enumerate(objects)
    ]


def build(
    layout: str, size: int, first: int, levels: int, objects: list[dict[str, Any]], mix: Sequence[float], blank: float
) -> Levels:
    """The levels `first`, `first` + 1, ... of these options; `levels=0` means every placement on one layout.

    Raises:
        BadOption: for what cannot be placed, or too many levels.
    """
    if not 0 <= levels <= MOST_LEVELS:
        raise _bad(f"levels={levels!r}", f"0 to {MOST_LEVELS}")
    if not 0 <= first < 2**62:
        raise _bad(f"first_level={first!r}", "an integer in [0, 2^62)")
    rng = Streams([first + i for i in range(max(levels, 1))])
    rng.begin(slice(None))
    plan = read(layout) if set(layout) & set("\n#.S") else named(layout, size, rng)
    height, width = plan.walls.shape[1:]
    walls, kinds = (x.reshape(len(x), -1) for x in plan[:2])  # [L or 1, C]
    if len(mix):
        shares = np.cumsum(mix)
        if min(mix) < 0 or not shares[-1] <= 1.0 + 1e-12 or plan.kinds.any() or len(mix) > 9:
            raise _bad(f"mix={mix!r}", "up to 9 shares of kinds 1, 2, ... with sum <= 1, on a layout without kinds")
        u = rng.uniform((height * width,))
        kinds = _kinds(u, shares)
    fixed = _placed(plan, objects, height, width)
    if levels:
        keys = rng.uniform((height * width,))
        place = _drawn(keys, walls, plan.starts.reshape(len(walls), -1), fixed)
    else:
        place = _every(walls[0], plan.starts.reshape(len(walls), -1)[0], fixed)
    total = len(place)
    walls, kinds, given = (
        np.array(np.broadcast_to(x.reshape(len(x), -1), (total, height * width))) for x in (walls, kinds, plan.starts)
    )
    if np.take_along_axis(walls, place, axis=1).any():
        raise _bad("an object lies in a wall", "objects on floor", "move it")
    thing = np.full(walls.shape, len(objects), dtype=np.int64)
    np.put_along_axis(thing, place, np.broadcast_to(np.arange(len(objects)), place.shape), axis=1)
    law = {}
    for name in LAW:
        low, high = (np.array([o[name][end] for o in objects], dtype=float) for end in (0, 1))
        drawn = (low < high).any()
        u = rng.uniform((len(objects),)) if drawn else np.zeros((1, len(objects)))
        law[name] = np.array(np.broadcast_to(low + (high - low) * u, (total, len(objects))))
    if blank > 0:
        law["reward"][np.broadcast_to(rng.uniform() < blank, total)] = 0.0
    may = given & ~walls if given.any() else ~walls & (thing == len(objects))
    if not may.any(1).all():
        raise _bad("no cell to begin in", "a floor cell without an object", "fewer walls or objects")
    return Levels(
        walls, kinds, thing, place, **law, starts=np.argsort(~may, axis=1, kind="stable"), choices=may.sum(1),
        height=height, width=width,
    )  # fmt: skip


def _kinds(u: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Kind 1 for u below the first share, 2 below the second, ..., 0 beyond the last."""
    kind = np.searchsorted(shares, u, side="right") + 1
    return np.where(kind > len(shares), 0, kind)


def _placed(plan: Layout, objects: list[dict[str, Any]], height: int, width: int) -> list[int | None]:
    """The cell of each object that has one."""
    if plan.places and max(plan.places) >= len(objects):
        raise _bad(f"the map has object {chr(ord('a') + max(plan.places))!r}", f"{len(objects)} objects")
    found: list[int | None] = []
    for k, own in enumerate(objects):
        at = plan.places.get(k, own["at"])
        if at is None:
            found.append(None)
            continue
        if not (isinstance(at, (list, tuple)) and len(at) == 2 and all(type(x) is int for x in at)):
            raise _bad(f"objects[{k}]['at']={at!r}", "[row, column]")
        if not (0 <= at[0] < height and 0 <= at[1] < width):
            raise _bad(f"objects[{k}] at {list(at)}", f"a cell of {height} x {width}")
        found.append(at[0] * width + at[1])
    held = [cell for cell in found if cell is not None]
    if len(set(held)) < len(held):
        raise _bad("two objects in one cell", "a cell each")
    return found


def _free(walls: np.ndarray, starts: np.ndarray, place: list[int | None]) -> np.ndarray:
    """Where an unplaced object may lie: on floor that is no given start and holds no other object."""
    free = ~walls & ~starts
    free[..., [cell for cell in place if cell is not None]] = False
    return free


def _drawn(keys: np.ndarray, walls: np.ndarray, starts: np.ndarray, place: list[int | None]) -> np.ndarray:
    """[L, K]: unplaced objects in cells in the order of `keys` [L, C]."""
    free, open_ = _free(walls, starts, place), [k for k, cell in enumerate(place) if cell is None]
    if len(open_) > free.sum(-1).min():
        raise _bad(f"{len(open_)} objects", f"at most {free.sum(-1).min()}, the free cells")
    order = np.argsort(np.where(free, keys, 2.0), axis=1)
    out = np.array([[-1 if cell is None else cell for cell in place]] * len(keys), dtype=np.int64)
    out = out.reshape(len(keys), len(place))
    out[:, open_] = order[:, : len(open_)]
    return out


def _every(walls: np.ndarray, starts: np.ndarray, place: list[int | None]) -> np.ndarray:
    """[L, K]: every placement of the unplaced objects, one level each."""
    free = np.flatnonzero(_free(walls, starts, place))
    open_ = [k for k, cell in enumerate(place) if cell is None]
    count = math.perm(len(free), len(open_))
    if not 1 <= count <= MOST_LEVELS:
        raise _bad(f"{count} placements of {len(open_)} objects", f"1 to {MOST_LEVELS}", "levels=1000 draws some")
    out = np.array([[-1 if cell is None else cell for cell in place]] * count, dtype=np.int64).reshape(count, -1)
    out[:, open_] = np.array(list(itertools.permutations(free.tolist(), len(open_)))).reshape(count, len(open_))
    return out


def _bad(what: str, expected: str, mend: str = "") -> BadOption:
    return BadOption(what, where="GridWorld", expected=expected, mend=mend)
