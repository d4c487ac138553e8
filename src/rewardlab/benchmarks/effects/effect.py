"""An effect: arms that are run over seeds, and claims about them that an interval decides."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.benchmarks.learning import interval
from rewardlab.core.errors import UnknownName, nearest

Measured = Mapping[str, float]
TIE = 0.01
"""The share of an exact value below which another does not count as different."""
Run = Callable[[Sequence[int]], Iterator[Measured]]
"""Seeds -> what each of them measured, one after another."""


@dataclass(frozen=True)
class Arm:
    """One side of a comparison in one setting.

    Attributes:
        side: what is compared, "HL-Gauss".
        setting: what was chosen for it, "step size 0.001".
        run: measures; see `Run`.
        seconds: of CPU time that one seed takes, about.
    """

    side: str
    setting: str
    run: Run
    seconds: float = 1.0


@dataclass(frozen=True)
class Claim:
    """What is said of two sides: the mean of one is beyond `times` that of the other.

    Attributes:
        says: the claim in words.
        measure: what is compared.
        side, against: two sides; each is taken in its own best setting.
        higher: whether more is better, of both.
        times: the factor on the mean of `against`.
    """

    says: str
    measure: str
    side: str
    against: str
    higher: bool = True
    times: float = 1.0


@dataclass(frozen=True)
class Effect:
    """Arms and claims.

    Attributes:
        name: of the effect.
        about: the task, in words.
        arms: as many settings for each side that is compared.
        claims: what is decided.
        seeds: the most that are used; None for as many as are asked for.
    """

    name: str
    about: str
    arms: Sequence[Arm]
    claims: Sequence[Claim]
    seeds: int | None = None

    def count(self, seeds: int) -> int:
        """Seeds that are used of `seeds`."""
        return seeds if self.seeds is None else min(seeds, self.seeds)

    def cost(self, seeds: int) -> float:
        """Seconds of CPU time, about."""
        return self.count(seeds) * sum(arm.seconds for arm in self.arms)


def each(one: Callable[[int], Measured]) -> Run:
    """A run that measures seed by seed."""
    return lambda seeds: (one(seed) for seed in seeds)


def decide(effect: Effect, runs: Sequence[Sequence[Measured]]) -> dict[str, Any]:
    """What was measured, as JSON, and what became of the claims.

    Args:
        effect: what was run.
        runs: of each arm, what its seeds measured.
    """
    arms = [
        {
            "side": arm.side,
            "setting": arm.setting,
            "means": {name: interval([m[name] for m in found]) for name in found[0]},
            "runs": [dict(m) for m in found],
        }
        for arm, found in zip(effect.arms, runs, strict=True)
    ]
    return {"about": effect.about, "arms": arms, "claims": [judged(c, effect.arms, runs) for c in effect.claims]}


def judged(claim: Claim, arms: Sequence[Arm], runs: Sequence[Sequence[Measured]]) -> dict[str, Any]:
    """One claim: both sides in their best settings, and whether the interval of 95 % decides.

    The difference is that of the means, after `times`, signed so that above 0 the claim holds: "shown" where the whole
    interval lies above 0, "contradicted" where it lies below, else "undecided". Where either side has one value, an
    exact one, there is no interval, and less than `TIE` of the other side is a "tie".
    """
    mine, theirs = (_best(claim, side, arms, runs) for side in (claim.side, claim.against))
    sign = 1.0 if claim.higher else -1.0
    gap = interval([sign * x for x in mine[1]], [sign * claim.times * x for x in theirs[1]])
    verdict = "shown" if gap[1] > 0 else "contradicted" if gap[2] < 0 else "undecided"
    base = float(np.mean(theirs[1]))
    if min(len(mine[1]), len(theirs[1])) == 1 and abs(gap[0]) < TIE * abs(base):
        verdict = "tie"
    return {
        "says": claim.says,
        "measure": claim.measure,
        "side": {"name": claim.side, "setting": mine[0], "mean": interval(mine[1])},
        "against": {"name": claim.against, "setting": theirs[0], "mean": interval(theirs[1])},
        "times": claim.times,
        "ratio": float(np.mean(mine[1])) / base if base else None,
        "beyond": gap,
        "verdict": verdict,
    }


def _best(
    claim: Claim, side: str, arms: Sequence[Arm], runs: Sequence[Sequence[Measured]]
) -> tuple[str, Sequence[float]]:
    """The setting with the best mean, and its values [n]."""
    found = [
        (arm.setting, [m[claim.measure] for m in measured])
        for arm, measured in zip(arms, runs, strict=True)
        if arm.side == side
    ]
    if not found:
        raise UnknownName(f"no side {side!r}", where="Claim", mend=nearest(side, [a.side for a in arms]))
    pick = max if claim.higher else min
    return pick(found, key=lambda pair: float(np.mean(pair[1])))
