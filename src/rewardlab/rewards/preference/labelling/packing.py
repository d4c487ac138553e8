"""Segments as bytes and as JSON: what the label store keeps and what its export writes.

A segment is `Transitions` [T], with what `info` holds of the whole segment or pair. As bytes it is a safetensors file
whose tensors are named by their place in the tree, a JSON list: `["obs"]`, `["obs", "agent"]`, `["info", "stage"]`,
positions of a tuple as numbers. Text columns are tensors of the bytes of a JSON list. No pickle on either way.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from rewardlab.core.arrays import Tree, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch

Place = tuple[str | int, ...]
_COLUMNS = tuple(f.name for f in fields(Transitions))
_TEXT = "text "  # before the name of a tensor that holds text


def leaves(steps: Transitions) -> dict[Place, np.ndarray]:
    """Place in the tree -> array, for all columns.

    Raises:
        BadBatch: for a key that is no string, or a column that holds neither numbers nor text.
    """
    return dict(leaf for name in _COLUMNS for leaf in _walk(getattr(steps, name), (name,)))


def _walk(tree: Tree, place: Place) -> Iterator[tuple[Place, np.ndarray]]:
    if isinstance(tree, (Mapping, tuple)):
        for key, below in tree.items() if isinstance(tree, Mapping) else enumerate(tree):
            if isinstance(tree, Mapping) and not isinstance(key, str):
                raise BadBatch(f"key {key!r} in {shown(place)}", where="labelling", expected="names that are strings")
            yield from _walk(below, (*place, key))
        return
    x = array(tree)
    if x.dtype.kind == "U":
        x = x.astype(object)
    if x.dtype.kind == "O":
        if not all(isinstance(v, str) for v in x.flat):
            raise BadBatch(f"objects in {shown(place)}", where="labelling", expected="numbers, or text")
    elif x.dtype.kind not in "biuf" or x.dtype.itemsize > 8:
        raise BadBatch(f"{x.dtype} in {shown(place)}", where="labelling", expected="numbers, or text")
    yield place, x


def grown(found: Mapping[Place, np.ndarray]) -> Transitions:
    """The steps whose `leaves` these are."""
    root: dict[str | int, Any] = {"info": {}}
    for place, x in found.items():
        at = root
        for key in place[:-1]:
            at = at.setdefault(key, {})
        at[place[-1]] = x
    return Transitions(**{str(k): _tuples(v) for k, v in root.items()})


def _tuples(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(isinstance(k, int) for k in tree):
        return tuple(_tuples(tree[k]) for k in sorted(tree))
    return {k: _tuples(v) for k, v in tree.items()}


def shown(place: Place) -> str:
    """A place for people: info.stage."""
    return ".".join(str(p) for p in place)


AXES = {"step": 3, "segment": 2, "pair": 1}
"""What a column may be of -> its leading axes in pairs [P, 2, T]."""


def signature(
    found: Mapping[Place, np.ndarray], of: Mapping[Place, str], axes: Mapping[str, int] = AXES
) -> dict[str, list]:
    """Name of a column (JSON) -> [dtype, shape after the leading axes, what it is of], alike for a whole file."""
    return {json.dumps(list(k)): [x.dtype.str, list(x.shape[axes[of[k]] :]), of[k]] for k, x in found.items()}


def check_signature(types: Any) -> dict[str, list]:
    """Itself, if it is what `signature` gives, of the columns that steps have.

    Raises:
        ValueError: if it is not.
    """
    for name, (kind, shape, of) in dict(types).items():
        place = json.loads(name)
        good = isinstance(place, list) and place and all(type(p) in (str, int) for p in place) and place[0] in _COLUMNS
        sizes = isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape)
        whole = of == "step" or (of in AXES and place[0] == "info")
        if not good or not sizes or not whole or np.dtype(kind).kind not in "biufO" or np.dtype(kind).itemsize > 8:
            raise ValueError(f"{name} is no column")
    if lacking := {json.dumps([c]) for c in ("reward", "terminated", "truncated")} - set(types):
        raise ValueError(f"no column {min(lacking)}")
    return dict(types)


def pack(segment: Mapping[Place, np.ndarray]) -> bytes:
    """The bytes of a segment's leaves; equal segments give equal bytes."""
    from safetensors.numpy import save

    tensors = {}
    for place, x in segment.items():
        name = json.dumps(list(place))
        if x.dtype.kind == "O":
            name, x = _TEXT + name, np.frombuffer(json.dumps(x.tolist()).encode(), dtype=np.uint8)
        tensors[name] = np.array(x, order="C")  # ascontiguousarray would give a single number an axis
    return bytes(save(tensors))


def unpack(data: bytes) -> dict[Place, np.ndarray]:
    """The leaves that `pack` took."""
    from safetensors.numpy import load

    found: dict[Place, np.ndarray] = {}
    for name, x in load(data).items():
        if name.startswith(_TEXT):
            found[tuple(json.loads(name.removeprefix(_TEXT)))] = _texts(json.loads(x.tobytes()))
        else:
            found[tuple(json.loads(name))] = x
    return found


def _texts(nested: Any) -> np.ndarray:
    x = np.array(nested, dtype=object)
    if not all(isinstance(v, str) for v in x.flat):
        raise ValueError("something else where text is expected")
    return x


def as_json(segment: Mapping[Place, np.ndarray]) -> dict[str, Any]:
    """A segment as JSON: column -> nested lists; NaN as null, infinities as "Infinity" and "-Infinity"."""
    return {json.dumps(list(place)): _plain(x) for place, x in segment.items()}


def _plain(x: np.ndarray) -> Any:
    if x.dtype.kind != "f" or np.isfinite(x).all():
        return x.tolist()
    odd = np.array(x, dtype=object)
    odd[np.isnan(x)], odd[np.isposinf(x)], odd[np.isneginf(x)] = None, "Infinity", "-Infinity"
    return odd.tolist()


def from_json(columns: Mapping[str, Any], types: Mapping[str, list]) -> dict[Place, np.ndarray]:
    """The leaves that `as_json` took, in the types of a `signature`.

    Raises:
        ValueError: if a column is missing or too many, or does not have its type and shape.
    """
    if set(columns) != set(types):
        raise ValueError(f"columns {sorted(columns)} where {sorted(types)} are expected")
    found: dict[Place, np.ndarray] = {}
    steps = set()
    for name, (kind, shape, of) in types.items():
        dtype = np.dtype(kind)
        x = _texts(columns[name]) if dtype.kind == "O" else _numbers(columns[name], dtype)
        leading = 1 if of == "step" else 0
        if x.ndim != leading + len(shape) or list(x.shape[leading:]) != list(shape):
            raise ValueError(f"{name} has shape {list(x.shape)} where {leading * ['T'] + list(shape)} is expected")
        if leading:
            steps.add(len(x))
        found[tuple(json.loads(name))] = x
    if len(steps) != 1 or steps == {0}:
        raise ValueError(f"columns of {sorted(steps)} steps")
    return found


def _numbers(nested: Any, dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "f":
        return np.array(nested, dtype=np.float64).astype(dtype)
    x = np.array(nested)
    if x.dtype.kind not in ("b" if dtype.kind == "b" else "iu") and x.size:
        raise ValueError(f"{x.dtype} where {dtype} is expected")
    out = x.astype(dtype)
    if not np.array_equal(out, x):
        raise ValueError(f"numbers outside the range of {dtype}")
    return out
