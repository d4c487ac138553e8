"""Kinesthetic reward combination (KRC).

    KRC(c) = sgn(c) (Π_i |c_i|)^(1/n),    sgn(c) = 1 if every c_i ≥ 0, else −1
    f(d) = exp(−d / (2 c_d w_1))^(1/w_2)

A soft AND of rewards in [-1, 1]: one of 0 makes the whole 0 and one below 0 makes it negative, where a weighted sum
lets the agent trade one for another. The distance shape f makes such a reward of a distance; its dispersion w_1 and
density w_2 act through their product alone, so that both stretch the same scale.
Evidence: waits for a ball-pushing task.

Source: Moschopoulos, Kyriakidis, Lazaridis, Vlahavas, "Lucy-SKG: Learning to Play Rocket League Efficiently Using Deep
Reinforcement Learning", arXiv 2305.15801, 2023 (kinesthetic reward combinations, parameterised distances, team spirit).
"""

from dataclasses import dataclass

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.several import Several, checked_rewards, stacked


@dataclass
class KinestheticCombination(Several):
    """Pays the signed geometric mean of several rewards, as one part.

    Args:
        rewards: n components, meant to lie in [-1, 1].

    Raises:
        BadOption: for no rewards, or what is none.
    """

    rewards: tuple[Reward, ...]

    def __post_init__(self) -> None:
        self.rewards = checked_rewards(self.rewards, least=1, where="KinestheticCombination")

    def __call__(self, batch: Transitions) -> Array:
        c = stacked(self.rewards, batch)  # [n, B]
        xp = namespace(c)
        # Roots first: the product of many large or small numbers would leave the range of the type.
        size = xp.prod(xp.abs(c) ** (1.0 / len(self.rewards)), axis=0)
        return xp.where(xp.all(c >= 0, axis=0), size, -size)


def distance_shape(distance: Array, *, scale: float, dispersion: float = 1.0, density: float = 1.0) -> Array:
    """f(d) in (0, 1] of distances [...] >= 0: 1 at 0, exp(−1 / (2 w_2)) at scale · dispersion.

    Args:
        distance: any shape, not negative.
        scale: c_d > 0, a distance that is natural to the task, in the unit of `distance`.
        dispersion: w_1 > 0; larger ones widen the support.
        density: w_2 > 0; larger ones flatten the shape.

    Raises:
        BadOption: for a scale, dispersion or density that is not positive.
    """
    for name, value in (("scale", scale), ("dispersion", dispersion), ("density", density)):
        if not value > 0:
            raise BadOption(f"{name}={value!r}", where="distance_shape", expected="a positive number")
    return namespace(distance).exp(-0.5 * distance / (scale * dispersion * density))


def team_rewards(own: Array, opponents: Array, *, spirit: float = 0.3) -> Array:
    """(1 − τ) r_i + τ mean(team) − mean(opponents), [..., K] for the K members of a team.

    Args:
        own: [..., K] what each member earned.
        opponents: [..., M] what each member of the other team earned.
        spirit: τ in [0, 1], 1 for members that share everything.

    Raises:
        BadOption: for a spirit outside [0, 1].
    """
    if not 0 <= spirit <= 1:
        raise BadOption(f"spirit={spirit!r}", where="team_rewards", expected="a number in [0, 1]")
    xp = namespace(own, opponents)
    shared, lost = (xp.mean(x, axis=-1)[..., None] for x in (own, opponents))
    return (1 - spirit) * own + spirit * shared - lost
