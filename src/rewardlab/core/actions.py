"""Actions at the door: what is no action of the space is refused by name before anything moves."""

from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Tree, array, is_torch, tensor
from rewardlab.core.errors import BadAction


def check_action(action: Any, space: spaces.Space, n: int, *, where: str, device: Any = None) -> Tree:
    """Actions of n rows of a single-row `space` as arrays [n, *action] with the dtype of the space.

    Integers of any width pass where integers are expected, and any real number within the bounds where floats are.

    Raises:
        BadAction: for a wrong type, shape or dtype, NaN, or a value outside the space.
    """

    # the common case at once: small grids step in less time than the checks below take
    if isinstance(space, spaces.Discrete) and type(action) is np.ndarray and device is None:
        fits = action.dtype == space.dtype and action.shape == (n,)
        if fits and space.start <= action.min() and action.max() < space.start + space.n:
            return action

    def bad(what: str) -> BadAction:
        expected = f"{n} action{'s' * (n > 1)} in {_brief(space)}, shape {(n, *(space.shape or ()))}"
        return BadAction(what, where=where, expected=expected, mend="see action_space, or action_space.sample()")

    if isinstance(space, spaces.Text):
        listed = isinstance(action, (list, tuple)) or (isinstance(action, np.ndarray) and action.ndim == 1)
        if not listed or len(action) != n:
            raise bad(f"{_brief(action)} ({type(action).__name__}) is no sequence of {n} texts")
        for text in action:
            if not isinstance(text, str):
                raise bad(f"text action {_brief(text)} is of type {type(text).__name__}")
            if text not in space:
                raise bad(
                    f"text action {_brief(text)} of length {len(text)} is too long, too short or of other letters"
                )
        return np.array([str(text) for text in action], dtype=object)
    if device is not None and is_torch(action):
        x, kind = action, _torch_kind(action)
    else:
        try:
            x = array(action)
        except (TypeError, ValueError, RuntimeError, OverflowError) as e:
            raise bad(f"{_brief(action)} is no array ({e})") from None
        kind = x.dtype.kind
    if tuple(x.shape) != (n, *(space.shape or ())):
        raise bad(f"{_brief(action)} has shape {tuple(x.shape)}")
    if isinstance(space, spaces.Discrete):
        if kind not in "iu":
            raise bad(f"{_brief(action)} has dtype {x.dtype}")
        low, high = int(space.start), int(space.start + space.n - 1)
        if not (low <= x.min() and x.max() <= high):
            raise bad(f"{_brief(action)} is outside {low}..{high}")
        return _own(x, space.dtype, device)
    y = array(x)
    if isinstance(space, (spaces.MultiDiscrete, spaces.MultiBinary)):
        if kind not in ("iu" if isinstance(space, spaces.MultiDiscrete) else "iub"):
            raise bad(f"{_brief(action)} has dtype {x.dtype}")
        first, count = (space.start, space.nvec) if isinstance(space, spaces.MultiDiscrete) else (0, 2)
        if not ((y >= first) & (y < first + count)).all():
            raise bad(f"{_brief(action)} is out of range")
        return _own(x, space.dtype, device)
    if not isinstance(space, spaces.Box):
        raise bad(f"{type(space).__name__} actions are not supported")
    if kind not in ("iuf" if space.dtype.kind == "f" else "iu"):
        raise bad(f"{_brief(action)} has dtype {x.dtype}")
    with np.errstate(over="ignore"):
        z = y.astype(space.dtype, copy=False) if space.dtype.kind == "f" else y  # bounds hold for what is played
    if not (np.isfinite(z).all() and (z >= space.low).all() and (z <= space.high).all()):
        raise bad(f"{_brief(action)} is not finite and within the bounds")
    return _own(x if is_torch(x) else z, space.dtype, device)


def _own(x: Any, dtype: Any, device: Any) -> Any:
    if is_torch(x):
        import torch

        return x.to(device=device, dtype=torch.from_numpy(np.empty(0, dtype)).dtype)
    x = x.astype(dtype, copy=False)
    return x if device is None else tensor(x, device=device)


def _torch_kind(x: Any) -> str:
    name = str(x.dtype)
    return "i" if "int" in name else "f" if "float" in name else name[-4]


def _brief(x: Any) -> str:
    text = repr(x[:200] if isinstance(x, str) else x)
    return text if len(text) <= 80 else text[:77] + "..."
