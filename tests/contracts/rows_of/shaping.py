"""Rows of the laws: shaping and plain engineered rewards."""

import functools

from contracts.row import Row, height, sample, steps

from rewardlab.core.arrays import namespace
from rewardlab.rewards import (
    Advice,
    BonusPotential,
    CountBonus,
    DemonstrationPotential,
    DifferenceReward,
    DistanceReward,
    DynamicPotential,
    GoalReward,
    LearnedPotential,
    Milestones,
    SubgoalPotential,
    TerminalBonus,
    TimePenalty,
    as_potential,
)


def likes(obs, action):
    """Advice for the laws: the second action is good on the right."""
    return obs[..., 0] * (action == 1) + 0.25 * obs[..., 1]


def growing(obs, seen):
    """A potential for the laws that grows as more is learned from."""
    return height(obs) * (1.0 + seen / 64)


def side(obs):
    """A coarse view for the laws: the quadrant, 0 .. 3, and -1 where there is none."""
    xp = namespace(obs)
    quadrant = xp.astype(obs[..., 0] > 0, xp.int64) * 2 + (obs[..., 1] > 0)
    return xp.where(xp.isnan(obs).any(-1), xp.full_like(quadrant, -1), quadrant)


def x_of(obs):
    """A distance for the laws, of what was reached: how far from the middle."""
    return abs(obs[..., 0])


def alone(batch):
    """What the others of the laws would have earned: half."""
    return 0.5 * batch.reward


def shown():
    """A demonstration for the laws."""
    seen = sample(6, seed=3)
    return DemonstrationPotential(seen.obs, seen.action, 2.0)


ROWS = {
    "Advice": (Row(lambda: Advice(likes)), Row(lambda: Advice(shown(), gamma=0.5), digits=1e-12)),
    "BonusPotential": (
        Row(lambda: as_potential(CountBonus()), steps),
        Row(lambda: BonusPotential(Milestones({"stage": 0.5}), gamma=1.0)),
    ),
    "DifferenceReward": (Row(lambda: DifferenceReward("cost")), Row(lambda: DifferenceReward(alone, "distance"))),
    "DistanceReward": (Row(DistanceReward), Row(lambda: DistanceReward(x_of, 0.1))),
    "DynamicPotential": (Row(lambda: DynamicPotential(growing), steps),),
    "GoalReward": (Row(lambda: GoalReward(radius=1.0)), Row(lambda: GoalReward(x_of, 0.3, -2.0))),
    "LearnedPotential": (
        Row(functools.partial(LearnedPotential, key=side, lr=0.5), steps),
        Row(functools.partial(LearnedPotential, hidden=(16,), net_lr=0.01), steps, digits=1e-5),
    ),
    "SubgoalPotential": (
        Row(lambda: SubgoalPotential(slice(0, 2), ((1.0, 0.0), (1.0, 1.0))), digits=1e-12),
        Row(lambda: SubgoalPotential(abs, ((0.5, 0.5, 0.5),), radius=0.6, scale=2.0, gamma=0.5), digits=1e-12),
    ),
    "TerminalBonus": (Row(TerminalBonus), Row(lambda: TerminalBonus(2.0, -1.0))),
    "TimePenalty": (Row(TimePenalty), Row(lambda: TimePenalty(0.5))),
}
