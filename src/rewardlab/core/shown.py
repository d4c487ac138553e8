"""How objects look in a notebook, a log and a message: on one line, without what nobody asked for."""

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import is_torch


def shown_call(made: Any) -> str:
    """A dataclass as the call that makes it, without what equals a default: "Clip(low=0.0)"; others by class alone."""
    kind = type(made).__name__
    if not is_dataclass(made):
        return f"<{kind}>"
    told = [(f.name, getattr(made, f.name)) for f in fields(made) if f.init and f.repr]
    defaults = {f.name: _default(f) for f in fields(made)}
    return f"{kind}({', '.join(f'{k}={_value(v)}' for k, v in told if not _same(v, defaults[k]))})"


def shown_tree(tree: Any) -> str:
    """Arrays by shape and type: "[8, 10] float32", "{image: [8, 7, 7, 3] uint8, direction: [8] int64}"."""
    if isinstance(tree, Mapping):
        return "{" + ", ".join(f"{k}: {shown_tree(v)}" for k, v in tree.items()) + "}"
    if isinstance(tree, tuple):
        return f"({', '.join(map(shown_tree, tree))})"
    if isinstance(tree, np.ndarray) or is_torch(tree):
        return f"{list(tree.shape)} {str(tree.dtype).removeprefix('torch.')}"
    return type(tree).__name__


def shown_space(space: spaces.Space) -> str:
    """A space on one line: "Box(-1..1, [2], float32)", "Discrete(7)", "Text(0..64 characters)"."""
    if isinstance(space, spaces.Box):
        low, high = (f"{float(b):.5g}" for b in (space.low.min() + 0.0, space.high.max() + 0.0))  # no -0
        return f"Box({low}..{high}, {list(space.shape)}, {space.dtype})"
    if isinstance(space, spaces.Text):
        return f"Text({space.min_length}..{space.max_length} characters)"
    if isinstance(space, spaces.Dict):
        return f"Dict({', '.join(f'{k}: {shown_space(s)}' for k, s in space.items())})"
    if isinstance(space, spaces.Tuple):
        return f"Tuple({', '.join(map(shown_space, space.spaces))})"
    if isinstance(space, spaces.MultiDiscrete) and len({int(n) for n in space.nvec.ravel()}) == 1:
        return f"MultiDiscrete({list(space.nvec.shape)} of {int(space.nvec.ravel()[0])})"
    return " ".join(str(space).split())


def _default(field: Field) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and bool(np.all(value == default)))


def _value(value: Any) -> str:
    if inspect.isroutine(value):
        return str(value.__name__)
    if isinstance(value, spaces.Space):
        return shown_space(value)
    return shown_tree(value) if is_torch(value) or (isinstance(value, np.ndarray) and value.size > 4) else repr(value)
