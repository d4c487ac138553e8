"""What the names of a compiled program stand for: over a batch in NumPy, over a batch in torch, and for a single step.

A single step has no batch axis at all: the operations count their axes from the front, so the same source serves.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from rewardlab.core.sandbox.language.graph import DTYPES, Value
from rewardlab.core.sandbox.language.primitives import NUMPY, primitives


def over_batch(constants: Mapping[str, Value]) -> dict[str, Any]:
    """NumPy, the batch in the last axis; floats are computed in 64 bits."""
    names: dict[str, Any] = {f"f_{k}": f for k, f in NUMPY.items()}
    names |= {f"f_load_{k}": partial(np.asarray, dtype=d) for k, d in DTYPES.items()}
    names |= {f"f_cast_{k}": partial(np.asarray, dtype=d) for k, d in DTYPES.items()}
    names |= {k: v.constant for k, v in constants.items()}
    return names | {"f_inf": math.inf, "f_nan": math.nan}


def over_tensors(constants: Mapping[str, Value], like: Any) -> dict[str, Any]:
    """torch, in the float type and on the device of a tensor."""
    import array_api_compat.torch as xp
    import torch

    floats = like.dtype if like.dtype.is_floating_point else torch.float64
    dtypes = {"float": floats, "int": torch.int64, "bool": torch.bool}

    def lift(x: Any) -> Any:
        if isinstance(x, torch.Tensor):
            return x
        kind = torch.bool if isinstance(x, bool) else torch.int64 if isinstance(x, int) else floats
        return torch.tensor(x, dtype=kind, device=like.device)

    names: dict[str, Any] = {f"f_{k}": f for k, f in primitives(xp, lift).items()}
    for k, d in dtypes.items():
        names[f"f_load_{k}"] = names[f"f_cast_{k}"] = partial(_cast, lift, d)
    for k, v in constants.items():
        assert v.constant is not None
        names[k] = torch.tensor(v.constant, dtype=dtypes[v.kind], device=like.device)
    return names | {"f_inf": math.inf, "f_nan": math.nan}


def _cast(lift: Callable[[Any], Any], dtype: Any, x: Any) -> Any:
    return lift(x).to(dtype)
