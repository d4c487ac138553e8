"""Nine tenths of what the task's own reward teaches, from at most 700 comparisons; with seeds that chose nothing.

    score = (return − at random) / (best − at random),    claimed: score by a learned reward > 0.9 · score by the true

The suite `preferences` changes one thing at a time, with five seeds each. What looked best there in a grid is measured
here again with other seeds, as the best of twenty rows of five is in part the luckiest.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep reinforcement learning from human preferences", NeurIPS
2017, Section 3.1 (700 comparisons against the true reward).
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.preference_runs import train_preferences
from rewardlab.benchmarks.suites.preferences import CASES

FRESH = 100
"""The first seed; the suite has those from 0."""
TRUE = "true reward"
SUITE = {(case.env, case.method): case for case in CASES}
GRIDS = {
    "grid": ("rewardlab/GridWorld-v0", ("perfect teacher", "skipping teacher")),
    "delivery": ("rewardlab/DeliveryGrid-v0", ("Laplace", "Rao-Kupper")),
}
"""Effect -> the environment, and the rows of the suite that are measured again."""


def score(case: Case, seed: int) -> Measured:
    """What an agent reaches (0 at random, 1 the best), the labels that were given, and the model's accuracy."""
    with TemporaryDirectory() as folder:
        told = train_preferences(replace(case, seeds=(FRESH + seed,)), FRESH + seed, Path(folder))
    return {"score": told["score"], "labels": told["labels"], "accuracy": told.get("accuracy", 1.0)}


def _measured(case: Case, setting: str, seconds: float) -> Arm:
    side = TRUE if case.method == "none" else case.method
    return Arm(side, setting, each(lambda seed: score(case, seed)), seconds)


def effects() -> list[Effect]:
    """One for each grid."""
    made = []
    for name, (env, methods) in GRIDS.items():
        arms = [_measured(SUITE[env, "none"], "Q-learning, 30,000 steps", 3.0)]
        arms += [_measured(SUITE[env, method], "700 comparisons at most", 14.0) for method in methods]
        claims = [
            Claim(f"{method}: more than nine tenths of what the true reward teaches", "score", method, TRUE, times=0.9)
            for method in methods
        ]
        about = f"{env}, settings of the suite `preferences`, seeds from {FRESH} on, which it has not seen"
        made.append(Effect(f"preference_ninety_{name}", about, arms, claims))
    return made
