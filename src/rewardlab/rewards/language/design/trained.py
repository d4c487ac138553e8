"""`Trained`: what came of training an agent on one reward; `Train`: who does it.

The loop knows no agents and no environments: it is given a `Train`. The one that trains with our own agents stands in
`rewardlab.benchmarks.design_training`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward


@dataclass(frozen=True)
class Trained:
    """An agent that was trained on one reward, judged by the task.

    Attributes:
        success: share of evaluation episodes that succeeded, in 0..1; NaN where the task does not say.
        task_return: mean undiscounted return of the task's own reward.
        curve: [(transitions, success)], or of the task's return where the task does not say what success is.
        steps: [T, N] evaluation episodes with their info columns; None where they were not kept.
        seconds: of the wall clock.
        error: why the training failed, None if it did not.
        parts: part of the reward -> its mean pay per transition at each point of the curve.
    """

    success: float
    task_return: float
    curve: tuple[tuple[int, float], ...] = ()
    steps: Transitions | None = field(default=None, repr=False)
    seconds: float = 0.0
    error: str | None = None
    parts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def score(self) -> tuple[float, float]:
        """What candidates are compared by: success, then the task's return; a failed training is below all others."""
        if self.error is not None:
            return (-1.0, float("-inf"))
        return (0.0 if self.success != self.success else self.success, self.task_return)

    def to_json(self) -> dict[str, Any]:
        """All but the steps, as plain values."""
        return {
            "success": None if self.success != self.success else self.success,
            "task_return": None if self.error is not None else self.task_return,
            "curve": [list(point) for point in self.curve],
            "seconds": self.seconds,
            "error": self.error,
            "parts": {k: list(v) for k, v in self.parts.items()},
        }

    @staticmethod
    def from_json(held: Mapping[str, Any], steps: Transitions | None = None) -> "Trained":
        """What `to_json` wrote."""
        nan = float("nan")
        return Trained(
            success=nan if held["success"] is None else float(held["success"]),
            task_return=nan if held["task_return"] is None else float(held["task_return"]),
            curve=tuple((int(a), float(b)) for a, b in held["curve"]),
            steps=steps,
            seconds=float(held["seconds"]),
            error=held["error"],
            parts={k: tuple(v) for k, v in held.get("parts", {}).items()},
        )

    def without_steps(self) -> "Trained":
        """The same without the recorded episodes."""
        return replace(self, steps=None)

    @staticmethod
    def failed(error: str, seconds: float = 0.0) -> "Trained":
        """A training that came to nothing."""
        nan = float("nan")
        return Trained(success=nan, task_return=nan, seconds=seconds, error=error)


Train = Callable[[Sequence[Reward]], Iterable[Trained]]
"""Rewards [K] to what became of each, in order. The result of one must not depend on which others it is trained with:
a run that goes on after a kill trains only what is missing. An iterator is written down as it goes."""
