"""Distance potential.

    Φ(s) = −scale · ‖position(s) − goal(s)‖₂

The potential of a task in which being nearer is being better: `Potential(Distance(slice(0, 2), slice(2, 4)))`.

Source: Ng, Harada, Russell, "Policy Invariance Under Reward Transformations: Theory and Application to Reward Shaping",
ICML 1999, Section 4 (distance-based potentials).
"""

from dataclasses import dataclass

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.rewards.shaping.kernel import Part, part


@dataclass(frozen=True)
class Distance:
    """A potential [B, *obs] -> [B]: minus the distance to the goal.

    Args:
        position: where the observation says what is to arrive.
        goal: where it says the goal, or a fixed goal of D numbers.
        scale: potential per unit of distance; 1 / (largest distance) keeps Φ in [-1, 0].
    """

    position: Part
    goal: Part | tuple[float, ...]
    scale: float = 1.0

    def __call__(self, obs: Tree) -> Array:
        position = part(self.position, obs)  # [B, D]
        xp = namespace(position)
        if isinstance(self.goal, tuple):
            gap = xp.stack([position[..., i] - g for i, g in enumerate(self.goal)], axis=-1)
        else:
            gap = position - part(self.goal, obs)
        return -self.scale * xp.sqrt((gap * gap).sum(-1))
