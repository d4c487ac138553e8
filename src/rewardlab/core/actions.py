"""Actions at the door: what is no action of the space is refused by name before anything moves."""

from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Tree, array, is_torch, tensor
from rewardlab.core.errors import BadAction


def check_action(action: Any, space: spaces.Space, n: int, *, where: str, device: Any = None) -> Tree:
    """Actions of n rows of a single-row `space` as arrays [n, *action] of the space's own kind.

    Raises:
        BadAction: for a wrong type, shape or dtype, NaN, or a value outside the space.
    """

    def bad(what: str) -> BadAction:
        return BadAction(
            what, where=where, expected=f"actions in {space}, shape ({n}, ...)", mend="action_space.sample()"
        )

    if isinstance(space, spaces.Text):
        texts = [action] if isinstance(action, str) else list(action)
        for t in texts:
            if not isinstance(t, str) or t not in space:
                raise bad(f"text action {str(t)[:60]!r} ({type(t).__name__}, length {len(str(t))})")
        if len(texts) != n:
            raise bad(f"{len(texts)} texts")
        return np.array(texts, dtype=object)
    if device is not None and is_torch(action):
        x = action
        kind = "i" if "int" in str(x.dtype) else "f"
    else:
        try:
            x = array(action)
        except (TypeError, ValueError) as e:
            raise bad(f"{_brief(action)} is no array ({e})") from None
        kind = x.dtype.kind
    if tuple(x.shape) != (n, *(space.shape or ())):
        raise bad(f"{_brief(action)} has shape {tuple(x.shape)}")
    if isinstance(space, (spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)):
        if kind not in "iu" and not (kind == "b" and isinstance(space, spaces.MultiBinary)):
            raise bad(f"{_brief(action)} has dtype {x.dtype}")
        if isinstance(space, spaces.Discrete):
            low, high = int(space.start), int(space.start + space.n - 1)
            if n and not (low <= x.min() and x.max() <= high):
                raise bad(f"{_brief(action)} is outside {low}..{high}")
        elif isinstance(space, spaces.MultiDiscrete):
            if not ((array(x) >= space.start).all() and (array(x) < space.start + space.nvec).all()):
                raise bad(f"{_brief(action)} is out of range")
        elif not np.isin(array(x), (0, 1)).all():
            raise bad(f"{_brief(action)} is not binary")
    elif isinstance(space, spaces.Box):
        if kind not in "iuf":
            raise bad(f"{_brief(action)} has dtype {x.dtype}")
        y = array(x)
        if not (np.isfinite(y).all() and (y >= space.low).all() and (y <= space.high).all()):
            raise bad(f"{_brief(action)} is not finite and within the bounds")
    else:
        raise bad(f"{type(space).__name__} actions are not supported")
    return x if is_torch(x) or device is None else tensor(x, device=device)


def _brief(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 80 else text[:77] + "..."
