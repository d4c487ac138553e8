"""What rewards with learned Lagrange multipliers share: measured means, free parameters, and a sum with weights.

    v ← ρ v + (1 − ρ) mean(batch),    z ← clip(z + η (what is missing), low, high),    weights = f(z)

A method says which way z moves and how weights follow from it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.algebra import Composite, finite
from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Reward, add, joined
from rewardlab.rewards.combination.several import checked_rewards
from rewardlab.rewards.combination.vectors import checked_numbers


class Multipliers:
    """K free parameters z and the running means v of what they are priced by.

    Args:
        count: K.
        low, high: where z is kept; without bounds it would run off while a constraint is slack and come back late.
        lr: η.
        ema: ρ in [0, 1), how much of the old mean is kept; the first batch counts in full.
        where: whose they are, for messages.

    Raises:
        BadOption: for an lr that is not positive or an ema outside [0, 1).
    """

    def __init__(self, count: int, *, low: float, high: float, lr: float, ema: float, where: str) -> None:
        if not (finite(lr, "lr", where) > 0 and 0 <= finite(ema, "ema", where) < 1 and low < high):
            raise BadOption(
                f"lr={lr!r}, ema={ema!r}, bounds {low!r} and {high!r}",
                where=where,
                expected="lr > 0, 0 <= ema < 1, bounds in order",
            )
        self.low, self.high, self.lr, self.ema, self.where = low, high, lr, ema, where
        self.free = np.clip(np.zeros(count), low, high)  # z [K]
        self.means = np.zeros(count)  # v [K]
        self.batches = 0

    def measure(self, values: np.ndarray) -> np.ndarray:
        """Takes in the means [K] of a batch; returns the running ones.

        Raises:
            BadBatch: for NaN or infinity; nothing is changed then.
        """
        if not np.isfinite(values).all():
            raise BadBatch(
                f"the mean of constraint {int(np.flatnonzero(~np.isfinite(values))[0])} is NaN or infinite",
                where=f"{self.where}.update",
                expected="finite numbers",
            )
        kept = self.ema if self.batches else 0.0
        self.means = kept * self.means + (1.0 - kept) * values
        self.batches += 1
        return self.means

    def move(self, missing: np.ndarray) -> None:
        """One step of z [K] in the direction `missing` [K]."""
        self.free = np.clip(self.free + self.lr * missing, self.low, self.high)

    def state_dict(self) -> dict[str, Any]:
        """z, v and how many batches they have seen."""
        return {"free": self.free.copy(), "means": self.means.copy(), "batches": self.batches}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of as many multipliers.
        """
        check_keys(state, ("free", "means", "batches"), where=self.where)
        free, means = (np.array(state[k], dtype=np.float64) for k in ("free", "means"))
        if free.shape != self.free.shape or means.shape != self.free.shape:
            raise BadCheckpoint(
                f"{free.shape} multipliers", where=self.where, expected=f"{self.free.shape}, one per constraint"
            )
        self.free, self.means, self.batches = free, means, int(state["batches"])


class Constrained(Composite):
    """A sum of a first reward and K others whose weights are learned; methods below it are dataclasses.

    They set `_multipliers`, and say `_terms` (the K others), `_weights` and `_missing`.
    """

    reward: Reward
    _multipliers: Multipliers
    knowledge: ClassVar[str] = "which values shall be reached or not be passed"

    def _terms(self) -> tuple[Reward, ...]:
        raise NotImplementedError

    def _weights(self) -> tuple[float, list[float]]:
        """The weight of the first reward, and those [K] of the others."""
        raise NotImplementedError

    def _missing(self, means: np.ndarray) -> np.ndarray:
        """Which way, and how far, each z [K] should go."""
        raise NotImplementedError

    def _measured(self, batch: Transitions) -> np.ndarray:
        """What a batch tells of each term [K]."""
        return np.array([float(array(r(batch)).mean()) for r in self._terms()])

    def _logged(self) -> dict[str, float]:
        _, weights = self._weights()
        return {f"{self.name}/weight/{t}": w for t, w in zip(self._names(), weights, strict=True)}

    def _names(self) -> list[str]:
        return list(joined([{r.name: 0} for r in self._terms()]))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return self._weighed([r.parts(batch) for r in (self.reward, *self._terms())])

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        return self._weighed([r.recorded(batch) for r in (self.reward, *self._terms())])

    def _weighed(self, many: list[dict[str, Array]]) -> dict[str, Array]:
        first, others = self._weights()
        return joined([{k: w * v for k, v in p.items()} for w, p in zip((first, *others), many, strict=True)])

    def _pay(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    @property
    def learns(self) -> bool:
        return True

    def update(self, batch: Transitions) -> dict[str, float]:
        if not math.prod(batch.shape):
            return {}
        logs = [r.update(batch) for r in (self.reward, *self._terms())]
        means = self._multipliers.measure(self._measured(batch))
        self._multipliers.move(self._missing(means))
        measured = {f"{self.name}/mean/{t}": float(v) for t, v in zip(self._names(), means, strict=True)}
        return joined([*logs, measured, self._logged()])

    def state_dict(self) -> dict[str, Any]:
        return {"rewards": super().state_dict(), "multipliers": self._multipliers.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("rewards", "multipliers"), where=self.name)
        super().load_state_dict(state["rewards"])
        self._multipliers.load_state_dict(state["multipliers"])


def checked_terms(
    terms: Any, thresholds: Any, *, where: str, name: str
) -> tuple[tuple[Reward, ...], tuple[float, ...]]:
    """Rewards without memory, and a threshold for each.

    Raises:
        BadOption: for another number of thresholds, or a reward with memory, whose mean a batch cannot tell.
    """
    found = checked_rewards(terms, least=1, where=where, name=name)
    limits = checked_numbers(thresholds, least=1, where=where, name="thresholds")
    if len(found) != len(limits):
        raise BadOption(
            f"{len(found)} {name} with {len(limits)} thresholds", where=where, expected="a threshold for each"
        )
    for r in found:
        if r.memory:
            raise BadOption(
                f"{r.name} has episode memory",
                where=where,
                expected=f"{name} whose pay can be recomputed from a stored batch",
                mend="let the environment tell it as an info column: Column(...)",
            )
    return found, limits


@dataclass
class Mixture(Constrained):
    """A regulariser and m rewards whose weights w / m are learned, and 1 − mean w of the first; methods set `_squash`.

    Args:
        reward: r_0.
        rewards: m component rewards without memory.
        thresholds: m proxy points θ, means per row of the batches.
        lr: η.
        ema: how much of the old mean a batch leaves.
        limit: z stays within ±limit.
    """

    reward: Reward
    rewards: tuple[Reward, ...]
    thresholds: tuple[float, ...]
    lr: float = 0.05
    ema: float = 0.9
    limit: float = 10.0

    def __post_init__(self) -> None:
        where = type(self).__name__
        self.rewards, self.thresholds = checked_terms(self.rewards, self.thresholds, where=where, name="rewards")
        self._multipliers = Multipliers(
            len(self.rewards), low=-self.limit, high=self.limit, lr=self.lr, ema=self.ema, where=where
        )

    def _squash(self, z: np.ndarray) -> np.ndarray:
        """w [m] of z [m]."""
        raise NotImplementedError

    @property
    def multipliers(self) -> tuple[float, ...]:
        """w [m] now."""
        return tuple(map(float, self._squash(self._multipliers.free)))

    def _terms(self) -> tuple[Reward, ...]:
        return self.rewards

    def _weights(self) -> tuple[float, list[float]]:
        w = self.multipliers
        return 1.0 - sum(w) / len(w), [x / len(w) for x in w]

    def _missing(self, means: np.ndarray) -> np.ndarray:
        return np.array(self.thresholds) - means
