"""Rows of the laws: many objectives, and weights that are learned under constraints."""

from contracts.row import Row, height, steps

from rewardlab.core.reward import Task
from rewardlab.rewards import (
    BehaviourSpecification,
    Clip,
    Column,
    Directional,
    DirectionGate,
    HighConfidence,
    Lagrangian,
    MuConstrained,
    Potential,
    Weighted,
    WeightedSum,
    XiConstrained,
)

COSTS = (Column("cost"), Column("success"))

ROWS = {
    "BehaviourSpecification": (
        Row(lambda: BehaviourSpecification(Task(), COSTS, (0.1, 0.2), lr=1.0), steps),
        Row(lambda: BehaviourSpecification(Potential(height), (COSTS[0],), (0.1,), COSTS[1], 0.9, lr=1.0), steps),
    ),
    "Column": (Row(lambda: Column("cost")), Row(lambda: Column("success"))),
    "Directional": (Row(lambda: Directional((0.8, -0.6), "objectives"), steps),),
    "DirectionGate": (Row(lambda: DirectionGate(Task(), (1.0, 0.5), 0.2, "objectives")),),
    "HighConfidence": (Row(lambda: HighConfidence(Task(), COSTS[0], 50, lr=1.0), steps),),
    "Lagrangian": (
        Row(lambda: Lagrangian(Task(), COSTS, (0.1, 0.2), lr=1.0), steps),
        Row(lambda: Lagrangian(Potential(height), (Clip(-1.0, 0.0),), (-0.9,), lr=1.0), steps),
    ),
    "MuConstrained": (Row(lambda: MuConstrained(Task(), COSTS, (0.9, 0.2), lr=1.0), steps),),
    "Weighted": (Row(lambda: Weighted((0.25, 0.75), "objectives")),),
    "WeightedSum": (Row(lambda: WeightedSum((Task(), Potential(height)), (0.4, 0.6))),),
    "XiConstrained": (Row(lambda: XiConstrained(Task(), COSTS, (0.9, 0.2), lr=1.0), steps),),
}
