"""`Budget`: how many calls, how much money and how much time a design may take."""

import math
from dataclasses import dataclass

from rewardlab.core.errors import BadOption


@dataclass(frozen=True)
class Budget:
    """Caps on a design; None is no cap. What is reached ends the run cleanly, with the best reward that is known.

    Attributes:
        calls: answers that may be asked for.
        cost: money, in the currency of the oracle's ledger.
        seconds: of asking and training together, those of an interrupted run's earlier parts included.
        trainings: agents that may be trained.

    Raises:
        BadOption: for a negative number, or one that is none.
    """

    calls: int | None = None
    cost: float | None = None
    seconds: float | None = None
    trainings: int | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "cost", "seconds", "trainings"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not math.isfinite(value) or value < 0):
                raise BadOption(f"{name}={value!r}", where="Budget", expected="a number of at least 0, or None")


@dataclass
class Spent:
    """What a design has used so far; the same fields."""

    calls: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    trainings: int = 0

    def over(self, budget: Budget, *names: str) -> str:
        """Which of these caps is reached, in words; "" if none is."""
        for name in names:
            cap, used = getattr(budget, name), getattr(self, name)
            if cap is not None and used >= cap:
                return f"the budget of {cap:g} {name} is spent"
        return ""
