"""Nelder-Mead search, one question at a time.

    reflect    x_r = c + (c − x_w)          expand   x_e = c + 2 (c − x_w)
    contract   x_k = c + ½ (x_b − c)        shrink   x_i = x_1 + ½ (x_i − x_1)

with c the mean of all corners but the worst x_w, x_1 the best and x_b the better of x_r and x_w. Climbs a value of few
variables without gradients. `ask` says where the value is wanted and `tell` gives it, so that the search can run inside
one training run: hold the thresholds at a corner until the policy has settled, score it by the truth, go on. It assumes
values with little noise.

Source: Nelder, Mead, "A Simplex Method for Function Minimization", The Computer Journal 1965; Moskovitz, Singh,
Strouse, Sandholm, Salakhutdinov, Dragan, McAleer, "Confronting Reward Model Overoptimization with Constrained RLHF",
ICLR 2024, Section 5 (NM-PPO).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.rewards.combination.vectors import checked_numbers

_FIRST, _REFLECT, _EXPAND, _OUTSIDE, _INSIDE, _SHRINK = range(6)


class NelderMead:
    """Maximises a value of n variables.

    Args:
        start: [n] the first corner.
        step: how far the other corners lie from it, one number or [n].
        low, high: [n] bounds that every question is clipped to; none by default.

    Raises:
        BadOption: for numbers that are not finite, a step of 0, or bounds of another length.
    """

    def __init__(
        self,
        start: Sequence[float],
        step: float | Sequence[float] = 0.25,
        *,
        low: Sequence[float] | None = None,
        high: Sequence[float] | None = None,
    ) -> None:
        x = np.array(checked_numbers(start, least=1, where="NelderMead", name="start"))
        n = len(x)
        self._low = np.full(n, -np.inf) if low is None else np.asarray(low, dtype=np.float64)
        self._high = np.full(n, np.inf) if high is None else np.asarray(high, dtype=np.float64)
        steps = np.broadcast_to(np.asarray(step, dtype=np.float64), (n,)) if np.size(step) in (1, n) else np.zeros(n)
        if not np.isfinite(steps).all() or not steps.all() or self._low.shape != (n,) or self._high.shape != (n,):
            raise BadOption(f"step={step!r}, low={low!r}, high={high!r}", where="NelderMead", expected=f"{n} of each")
        self._corners = np.vstack([x, x + np.diag(steps)]).clip(self._low, self._high)  # [n + 1, n]
        self._values = np.full(n + 1, -np.inf)
        self._phase, self._at = _FIRST, 0  # `_at`: the corner that is being scored
        self._trial = self._corners[0].copy()
        self._reflected, self._reflected_value = self._trial.copy(), -math.inf
        self.asked = 0
        """How many values were told."""

    def ask(self) -> np.ndarray:
        """Where [n] the value is wanted; the same until it is told."""
        return self._trial.copy()

    @property
    def best(self) -> tuple[np.ndarray, float]:
        """The best corner [n] so far and its value; before the first `tell` the start and -infinity."""
        i = int(self._values.argmax())
        return self._corners[i].copy(), float(self._values[i])

    @property
    def size(self) -> float:
        """The largest distance of a corner from the best one, in its largest coordinate."""
        return float(np.abs(self._corners - self.best[0]).max())

    def tell(self, value: float) -> None:
        """The value at the point that was asked for.

        Raises:
            BadOption: for NaN or infinity; the question stands.
        """
        value = float(value)
        if not math.isfinite(value):
            raise BadOption(f"value={value!r}", where="NelderMead.tell", expected="a finite number", mend="score again")
        self.asked += 1
        if self._phase in (_FIRST, _SHRINK):
            self._corners[self._at], self._values[self._at] = self._trial, value
            self._next_corner()
        elif self._phase == _REFLECT:
            self._judge(value)
        elif self._phase == _EXPAND:
            self._take(*max((self._reflected_value, 0), (value, 1)))
        elif value >= (self._reflected_value if self._phase == _OUTSIDE else self._values[-1]):
            self._take(value, 1)
        else:
            self._corners[1:] = 0.5 * (self._corners[1:] + self._corners[0])
            self._values[1:] = -np.inf
            self._phase, self._at = _SHRINK, 0
            self._next_corner()

    def _next_corner(self) -> None:
        """The next corner without a value; once all have one, a reflection."""
        self._at += 1
        if self._at <= self._corners.shape[1]:
            self._trial = self._corners[self._at].copy()
        else:
            self._reflect()

    def _reflect(self) -> None:
        order = np.argsort(-self._values, kind="stable")
        self._corners, self._values = self._corners[order], self._values[order]
        self._ask(_REFLECT, 1.0)

    def _ask(self, phase: int, along: float) -> None:
        """A question on the line from the worst corner through the middle of the others."""
        middle = self._corners[:-1].mean(0)
        self._phase = phase
        self._trial = (middle + along * (middle - self._corners[-1])).clip(self._low, self._high)

    def _judge(self, value: float) -> None:
        """What a reflection is worth decides what is asked next."""
        self._reflected, self._reflected_value = self._trial.copy(), value
        if value > self._values[0]:
            self._ask(_EXPAND, 2.0)
        elif value > self._values[-2]:
            self._take(value, 0)
        elif value > self._values[-1]:
            self._ask(_OUTSIDE, 0.5)
        else:
            self._ask(_INSIDE, -0.5)

    def _take(self, value: float, trial: int) -> None:
        """Replaces the worst corner by the trial, or by the reflected point."""
        self._corners[-1], self._values[-1] = self._trial if trial else self._reflected, value
        self._reflect()

    def state_dict(self) -> dict[str, Any]:
        """Everything but the bounds."""
        return {
            "corners": self._corners.copy(),
            "values": self._values.copy(),
            "trial": self._trial.copy(),
            "reflected": self._reflected.copy(),
            "numbers": np.array([self._phase, self._at, self.asked, self._reflected_value], dtype=np.float64),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of a search over as many variables.
        """
        check_keys(state, ("corners", "values", "trial", "reflected", "numbers"), where="NelderMead")
        corners, values, trial, reflected, numbers = (
            np.array(state[k], dtype=np.float64) for k in ("corners", "values", "trial", "reflected", "numbers")
        )
        if corners.shape != self._corners.shape:
            raise BadCheckpoint(f"corners {corners.shape}", where="NelderMead", expected=f"{self._corners.shape}")
        self._corners, self._values, self._trial, self._reflected = corners, values, trial, reflected
        self._phase, self._at, self.asked = (int(x) for x in numbers[:3])
        self._reflected_value = float(numbers[3])
