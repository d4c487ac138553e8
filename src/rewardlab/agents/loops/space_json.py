"""Spaces as JSON, and spaces read from what Stable-Baselines3 prints of them beside the pickle in its files."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.errors import BadCheckpoint, BadSpace

DEPTH = 8  # a space nested deeper is no observation of an agent
ELEMENTS = 1 << 28  # bounds of more numbers than this are no picture


def described(space: spaces.Space) -> dict[str, Any]:
    """A space as JSON; `built` makes an equal one.

    Raises:
        BadSpace: for kinds that no deep agent takes.
    """
    kind = type(space).__name__
    if isinstance(space, spaces.Box):
        low, high = (_bound(x) for x in (space.low, space.high))
        return {"kind": kind, "low": low, "high": high, "shape": [*space.shape], "dtype": space.dtype.name}
    if isinstance(space, spaces.Discrete):
        return {"kind": kind, "n": int(space.n), "start": int(space.start), "dtype": np.dtype(space.dtype).name}
    if isinstance(space, spaces.MultiDiscrete):
        return {
            "kind": kind,
            "nvec": space.nvec.tolist(),
            "start": space.start.tolist(),
            "dtype": np.dtype(space.dtype).name,
        }
    if isinstance(space, spaces.MultiBinary):
        return {"kind": kind, "shape": [*space.shape], "n": space.n if isinstance(space.n, int) else [*space.n]}
    if isinstance(space, spaces.Dict):
        return {"kind": kind, "spaces": [[name, described(part)] for name, part in space.items()]}
    raise BadSpace(f"a space {kind}", where="described", expected="Box, Discrete, MultiDiscrete, MultiBinary or Dict")


def built(text: Any, depth: int = 0) -> spaces.Space:
    """The space that `described` told of.

    Raises:
        BadCheckpoint: for anything else.
    """
    try:
        kind = text["kind"] if depth <= DEPTH else ""
        if kind == "Box":
            shape, dtype = tuple(int(i) for i in text["shape"]), np.dtype(text["dtype"])
            if math.prod(shape) > ELEMENTS or dtype.kind not in "fiub":
                raise ValueError(f"shape {shape} of {dtype}")
            low, high = (np.broadcast_to(np.array(text[k], dtype=dtype), shape).copy() for k in ("low", "high"))
            return spaces.Box(low, high, shape, dtype.type)  # type: ignore[arg-type]
        if kind == "Discrete":
            return spaces.Discrete(int(text["n"]), start=int(text["start"]), dtype=np.dtype(text["dtype"]).type)  # type: ignore[arg-type]
        if kind == "MultiDiscrete":
            nvec, start = np.array(text["nvec"]), np.array(text["start"])
            return spaces.MultiDiscrete(nvec, dtype=np.dtype(text["dtype"]).type, start=start)  # type: ignore[arg-type]
        if kind == "MultiBinary":
            return spaces.MultiBinary(text["n"] if isinstance(text["n"], int) else tuple(text["n"]))
        if kind == "Dict":
            return spaces.Dict({str(name): built(part, depth + 1) for name, part in text["spaces"]})
        raise ValueError(f"kind {kind!r:.40}")
    except BadCheckpoint:
        raise
    except Exception as e:  # a stranger's text may fail in any way
        raise BadCheckpoint(f"no space: {type(e).__name__}: {e}", expected="a space as `described` writes it") from None


def read(printed: Mapping[str, Any]) -> spaces.Space | None:
    """The space of which Stable-Baselines3 printed the fields; None where the print does not say all.

    Bounds are as exact as they were printed: to eight digits.

    Args:
        printed: an entry of the JSON in its files, "low": "[-1. 1.]" and so on; a pickle in it is not looked at.
    """
    kind = re.sub(r".*\.|'>", "", str(printed.get(":type:", "")))
    try:
        if kind == "Box":
            return _read_box(printed)
        if kind == "Discrete":
            return spaces.Discrete(int(printed["n"]), start=int(printed.get("start", 0)))
        if kind == "MultiDiscrete":
            nvec = _numbers(printed["nvec"])
            start = None if "start" not in printed else _numbers(printed["start"])
            whole = None if nvec is None or nvec.ndim != 1 else nvec.astype(np.int64)
            return None if whole is None else spaces.MultiDiscrete(whole, start=start)
        if kind == "MultiBinary":
            n = re.findall(r"\d+", str(printed["n"]))
            return spaces.MultiBinary(int(n[0]) if len(n) == 1 else tuple(map(int, n)))
    except (KeyError, TypeError, ValueError, AssertionError, OverflowError):
        return None
    return None


def is_printed(space: spaces.Space, printed: Mapping[str, Any]) -> bool:
    """Whether Stable-Baselines3 would print this space so."""
    if re.sub(r".*\.|'>", "", str(printed.get(":type:", ""))) != type(space).__name__:
        return False
    mine = {k: v if _is_json(v) else str(v) for k, v in vars(space).items()}
    shared = [k for k in ("dtype", "_shape", "n", "start", "nvec", "low", "high") if k in mine and k in printed]
    return all(_plain(mine[k]) == _plain(printed[k]) for k in shared)


def _is_json(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _plain(value: Any) -> str:
    """Lists, tuples and arrays look alike, and so do their lines."""
    return " ".join(re.sub(r"[\[\](),]", " ", str(value)).split())


def _read_box(printed: Mapping[str, Any]) -> spaces.Box | None:
    shape = tuple(int(i) for i in re.findall(r"\d+", str(printed["_shape"])))
    dtype = np.dtype(printed["dtype"])
    if math.prod(shape) > ELEMENTS:
        return None
    bounds = []
    for name in ("low", "high"):
        number = str(printed.get(f"{name}_repr", "None"))
        flat = _numbers(printed[name]) if number in ("None", "") else _numbers(number)
        if flat is None or flat.size not in (1, math.prod(shape)):
            return None
        filled = np.broadcast_to(flat.reshape(-1) if flat.size == 1 else flat.reshape(shape), shape)
        bounds.append(filled.astype(dtype))
    return spaces.Box(bounds[0], bounds[1], shape, dtype.type)  # type: ignore[arg-type]


def _numbers(text: Any) -> np.ndarray | None:
    """The numbers of a printed array, in a row; None if some are left out."""
    if "..." in str(text):
        return None
    return np.array([float(word) for word in re.sub(r"[\[\],]", " ", str(text)).split()])


def _bound(x: np.ndarray) -> Any:
    return x.flat[0].item() if x.size and (x == x.flat[0]).all() else x.tolist()
