"""Demonstration potential.

    Φ(s, a) = max_{(s_d, a_d): a_d = a} exp(−½ Σ_i ((s_i − s_d,i) / width_i)²),    0 if nobody demonstrated a

How near a step is to the nearest demonstrated one with the same action. Advises what the demonstrator did around where
he was and says nothing elsewhere; as it enters through `Advice(DemonstrationPotential(...))`, demonstrations that are
few or bad cost time and not the optimum. Assumes that near states want equal actions, and widths that say what near is.

Source: Brys, Harutyunyan, Suay, Chernova, Taylor, Nowé, "Reinforcement Learning from Demonstration through Shaping",
IJCAI 2015 (the potential is max g(s, s_d, Σ); here Σ is diagonal).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor
from rewardlab.core.errors import BadOption
from rewardlab.core.shown import shown_call

_MOST = 1 << 22  # numbers of the largest array at a time


@dataclass(frozen=True, eq=False, repr=False)
class DemonstrationPotential:
    """A potential [B, D], [B] -> [B] of states and discrete actions, in [0, 1].

    Args:
        obs: the demonstrated states, [M, *obs] numbers.
        action: what was done in them, [M] integers.
        width: the distance, in each feature or in all, at which similarity falls to exp(−1/2). Ours: the paper takes
            0.2 on features in [0, 1].

    Raises:
        BadOption: for demonstrations that do not fit together or are not finite, or a width that is not positive.
    """

    obs: Array  # [M, *obs]
    action: Array  # [M]
    width: float | tuple[float, ...] = 0.2

    def __post_init__(self) -> None:
        action = array(self.action)
        states = np.asarray(array(self.obs), dtype=np.float64)
        if action.ndim != 1 or action.dtype.kind not in "iu" or not len(action) or states.shape[:1] != action.shape:
            raise self._bad(
                f"states {states.shape} and actions {action.shape} {action.dtype}", "[M, *obs], [M] integers"
            )
        if not np.isfinite(states).all():
            raise self._bad("a state with NaN or infinity", "finite numbers")
        flat = states.reshape(len(states), -1)
        width = np.asarray(self.width, dtype=np.float64)
        if width.shape not in ((), (flat.shape[1],)) or not (width > 0).all() or not np.isfinite(width).all():
            raise self._bad(f"width={self.width!r}", f"a positive number, or {flat.shape[1]} of them")
        for name, value in (("_states", flat / width), ("_action", action.astype(np.int64)), ("_width", width)):
            object.__setattr__(self, name, value)

    def __call__(self, obs: Array, action: Array) -> Array:
        shape = tuple(action.shape)
        flat, taken = obs.reshape(-1, self._states.shape[1]), action.reshape(-1)  # type: ignore[attr-defined]
        rows = max(1, _MOST // self._states.size)  # type: ignore[attr-defined]
        found = [self._nearest(flat[i : i + rows], taken[i : i + rows]) for i in range(0, max(len(flat), 1), rows)]
        return namespace(found[0]).concat(found).reshape(shape) if len(found) > 1 else found[0].reshape(shape)

    def __repr__(self) -> str:
        return shown_call(self)

    def _nearest(self, obs: Array, action: Array) -> Array:
        """The similarity [b] of the nearest demonstration, for obs [b, F]."""
        xp = namespace(obs)
        parts = (self._states, self._action, self._width)  # type: ignore[attr-defined]
        states, known, width = (tensor(x, device=obs.device) if is_torch(obs) else x for x in parts)
        gap = xp.astype(obs, xp.float64)[:, None, :] / width - states  # [b, M, F]
        alike = xp.exp(-0.5 * (gap * gap).sum(-1))
        alike = xp.where(action[:, None] == known, alike, xp.zeros_like(alike))
        return xp.max(alike, axis=-1)

    @staticmethod
    def _bad(what: str, expected: str) -> BadOption:
        return BadOption(what, where="DemonstrationPotential", expected=expected)
