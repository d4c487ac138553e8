"""Values as what a checkpoint holds: arrays, numbers, text, lists and dicts; and the same values back.

What those do not tell apart is wrapped in a dict with one key: tuples, queues, single numbers of NumPy, tensors,
generators and streams.
"""

import inspect
from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from rewardlab.core.arrays import array, is_torch
from rewardlab.core.rng import Streams


class Unplain(Exception):
    """A value that is code, or an object that nobody can look into."""


def pack(value: Any) -> Any:
    """A value for `core.checkpoint`; `unpack` gives it back.

    Raises:
        Unplain: if it cannot be written down.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return float(value) if isinstance(value, np.floating) else value
    if isinstance(value, torch.Generator):
        return {"torch generator": value.get_state()}
    if is_torch(value):
        return {"tensor": value.detach()}
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            return {"objects": [[*value.shape], [pack(x) for x in value.ravel().tolist()]]}
        if value.dtype.kind not in "fiub":
            raise Unplain(f"an array of {value.dtype}")
        return value
    if isinstance(value, np.generic):
        if value.dtype.kind not in "fiub":
            raise Unplain(f"a number of {value.dtype}")
        return {"number": np.array(value)}
    if isinstance(value, np.random.Generator):
        return {"generator": pack(value.bit_generator.state)}
    if isinstance(value, np.random.RandomState):
        return {"random state": pack(value.get_state(legacy=False))}
    if isinstance(value, Streams):
        return {"streams": {k: array(getattr(value, k)) for k in ("seed", "episode", "draw")}}
    if type(value) is list:
        return {"list": [pack(x) for x in value]}
    if type(value) is tuple:
        return {"tuple": [pack(x) for x in value]}
    if isinstance(value, (set, frozenset)) and all(isinstance(x, (int, str)) for x in value):
        return {"set": sorted(value, key=str)}
    if isinstance(value, deque):
        return {"deque": [value.maxlen, [pack(x) for x in value]]}
    if isinstance(value, Mapping):
        return {"dict": [[pack(k), pack(v)] for k, v in value.items()]}
    raise Unplain(f"a {type(value).__name__}")


def unpack(value: Any, like: Any = None, device: Any = None) -> Any:
    """What `pack` was given, in memory of its own.

    Args:
        value: of `pack`.
        like: what stands in its place now: where tensors go, and the generator that takes over a state.
        device: where tensors go that stand nowhere yet.
    """
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, list):
        return [unpack(x, None, device) for x in value]
    if not isinstance(value, Mapping):
        return value
    ((kind, held),) = value.items()
    if kind == "torch generator":
        made = like if isinstance(like, torch.Generator) else torch.Generator()
        made.set_state(torch.as_tensor(held.copy()))
        return made
    if kind == "tensor":
        return torch.as_tensor(held.copy(), device=like.device if is_torch(like) else device)
    if kind == "number":
        return held.copy()[()]
    if kind == "objects":
        out = np.empty(int(np.prod(held[0])), dtype=object)
        out[:] = [unpack(x) for x in held[1]]
        return out.reshape(held[0])
    if kind == "generator":
        return _generator(unpack(held))
    if kind == "random state":
        state = np.random.RandomState()  # the kind that was there
        state.set_state(unpack(held))
        return state
    if kind == "streams":
        return _streams(held, like.device if isinstance(like, Streams) else None)
    if kind in ("list", "tuple", "set"):
        return {"list": list, "tuple": tuple, "set": set}[kind](unpack(x, None, device) for x in held)
    if kind == "deque":
        return deque((unpack(x, None, device) for x in held[1]), maxlen=held[0])
    if kind == "dict":
        return {unpack(k): unpack(v, like.get(k) if isinstance(like, Mapping) else None, device) for k, v in held}
    raise ValueError(f"an entry {kind!r:.40}")


def _generator(state: Any) -> np.random.Generator:
    kinds = {k.__name__: k for k in (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox)}
    bits = kinds[state["bit_generator"]](0)
    bits.state = state
    return np.random.Generator(bits)


def _streams(held: Mapping[str, np.ndarray], device: Any) -> Streams:
    made = Streams(held["seed"], device=device)
    for name in ("episode", "draw"):
        setattr(made, name, made._own(held[name].copy()))
    made._rekey()
    return made


def settable(cls: type, name: str) -> bool:
    """Whether a stored value may stand under this name: never in front of a method or property."""
    held = inspect.getattr_static(cls, name, None)
    return not name.startswith("__") and not callable(held) and not hasattr(held, "__get__")
