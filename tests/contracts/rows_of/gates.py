"""Rows of the laws: gates, products, penalties, and ensembles."""

import math
from dataclasses import dataclass

from contracts.row import Row, height, steps

from rewardlab.core.arrays import namespace
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards import (
    AdversarialMixture,
    Clip,
    CountBonus,
    EnsembleMean,
    FormatReward,
    Gate,
    GatedAccumulation,
    Hybrid,
    KinestheticCombination,
    MilestoneRelease,
    Milestones,
    MultiplicativePenalty,
    Potential,
    Product,
    Progress,
    Robust,
    RouteCompletion,
    UncertaintyWeighted,
    UtilityDifference,
    WorstCase,
)


@dataclass
class Head(Reward):
    """One of the scores of a vector column."""

    index: int
    column: str = "objectives"

    def __call__(self, batch):
        return batch.column(self.column)[..., self.index] * 1.0


@dataclass
class Spread(Reward):
    """A deviation that differs from row to row."""

    index: int

    def __call__(self, batch):
        column = batch.column("references")[..., self.index]
        return namespace(column).abs(column) + 0.1


def even(action):
    return action % 2 == 0


TWO = (Head(0), Head(1))
FOUR = tuple(Head(i, "references") for i in range(4))
SHAPED = Task() + 0.5 * Potential(height)


def fitted(ensemble):
    """An ensemble whose members were normalised."""
    ensemble.fit(steps()[0])
    return ensemble


ROWS = {
    "AdversarialMixture": (
        Row(lambda: AdversarialMixture(FOUR, rate=1.0), steps),
        Row(lambda: AdversarialMixture((Task(), Head(0), CountBonus()), rate=0.5), steps, digits=1e-12),
        Row(lambda: fitted(AdversarialMixture((Task(), *TWO))), steps, digits=1e-12),
    ),
    "EnsembleMean": (
        Row(lambda: EnsembleMean((*FOUR, Task())), digits=1e-12),
        Row(lambda: fitted(EnsembleMean((*TWO, Task()))), digits=1e-12),
    ),
    "FormatReward": (Row(lambda: FormatReward(even)), Row(lambda: FormatReward(even, pay=0.5, miss=-1.0))),
    "Gate": (
        Row(lambda: Gate(SHAPED, "success")),
        Row(lambda: Gate(Milestones({"stage": 0.5}) + CountBonus(), "cost", -math.inf, 0.5), steps),
    ),
    "Hybrid": (
        Row(lambda: Hybrid(Task(), Potential(height), "success")),
        Row(lambda: Hybrid(Milestones({"stage": 1.0}), Task() + CountBonus(), "stage"), steps),
    ),
    "KinestheticCombination": (
        Row(lambda: KinestheticCombination((Task(), *TWO)), digits=1e-12),
        Row(lambda: KinestheticCombination((Milestones({"stage": 0.5}), Task())), digits=1e-12),
    ),
    "MilestoneRelease": (
        Row(lambda: MilestoneRelease(SHAPED, "stage")),
        Row(lambda: MilestoneRelease(Progress("distance") + CountBonus(), "cost", 0.25, 0.75), steps),
        Row(lambda: MilestoneRelease(GatedAccumulation((Task(), Task())), "stage", -math.inf, 1.0)),
    ),
    "MultiplicativePenalty": (
        Row(lambda: MultiplicativePenalty(SHAPED, {"cost": 0.5, "success": 0.8}), digits=1e-12),
        Row(lambda: MultiplicativePenalty(Progress("distance"), {"success": 0.25, "stage": 1.0})),
    ),
    "Product": (
        Row(lambda: Product((Task(), Head(0), Potential(height)))),
        Row(lambda: Product((Progress("distance"), CountBonus())), steps),
    ),
    "Robust": (
        Row(lambda: Robust(TWO, (Spread(0), Spread(1)))),
        Row(lambda: Robust((*TWO, Task()), tuple(map(Spread, range(3))), trust=0.0)),
    ),
    "RouteCompletion": (
        Row(lambda: RouteCompletion("cost", {"success": 0.5, "cost": 0.8}, ("success",)), digits=1e-12),
        Row(lambda: RouteCompletion("cost", start=0.25, scale=1.0)),
    ),
    "UncertaintyWeighted": (
        Row(lambda: UncertaintyWeighted((*FOUR, Task())), digits=1e-9),
        Row(lambda: fitted(UncertaintyWeighted(TWO, penalty=0.1)), digits=1e-12),
    ),
    "UtilityDifference": (
        Row(lambda: UtilityDifference(Head(0) + Clip())),
        Row(lambda: UtilityDifference(KinestheticCombination((Task(), *TWO)), start=0.5), digits=1e-12),
    ),
    "WorstCase": (
        Row(lambda: WorstCase((*FOUR, Task()))),
        Row(lambda: WorstCase((CountBonus(), Task())), steps),
        Row(lambda: fitted(WorstCase((Task(), Head(0)))), digits=1e-12),
    ),
}
