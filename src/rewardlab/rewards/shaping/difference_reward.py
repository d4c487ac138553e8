"""Difference reward.

    D_i = G(z) − G(z_−i)

What one of several agents is worth to their common reward G: what the system got, less what it would have got without
agent i, or with a default action in its place. As the second term does not depend on what i does, D_i has the sign of
every change that i can make to G, and far less noise from the others. It stands in the place of the common reward; over
several steps the second term follows states that i has shaped, and the optimum may move.

Source: Wolpert, Tumer, "Optimal Payoff Functions for Members of Collectives", Advances in Complex Systems 2001 (the
wonderful life utility); Devlin, Yliniemi, Kudenko, Tumer, "Potential-Based Difference Rewards for Multiagent
Reinforcement Learning", AAMAS 2014.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import checked


@dataclass
class DifferenceReward(Reward):
    """Pays the common reward less what it would have been without the agent.

    Args:
        without: G(z_−i): an info column [B], or a function of the batch -> [B].
        common: the info column [B] of G(z); None for the environment's own reward.

    Raises:
        MissingColumn: when called, for a column that the environment does not give.
        BadReward: when called, if either is not one number for each step.
    """

    without: str | Callable[[Transitions], Array] = "without_me"
    common: str | None = None
    knowledge: ClassVar[str] = "the common reward without the agent"

    def __call__(self, batch: Transitions) -> Array:
        by = "DifferenceReward"
        other = batch.column(self.without, by=by) if isinstance(self.without, str) else self.without(batch)
        own = batch.reward if self.common is None else batch.column(self.common, by=by)
        xp = namespace(batch.reward)
        own, other = (xp.astype(checked(x, batch, where=by), batch.reward.dtype) for x in (own, other))
        return own - other
