"""Reward-robust mixture (BRME).

    R = λ r_0 + (1 − λ) min_i μ_i,    r_0 = μ_j of the head j with the smallest σ_j at the sample

Mixes a nominal reward with the worst case over the heads of a Bayesian reward model; λ = 1 is ordinary optimisation, 0
pure pessimism. This is the form for single samples: E[min_i r_i] ≤ min_i E[r_i], and `AdversarialMixture` is the milder
one of whole policies. With the plain reward model of the first training stage as r_0 it is
`0.6 * model + 0.4 * WorstCase(heads)`. Evidence: `benchmarks.effects.written_proxies`, a small transformer that writes,
200 pairs and long runs: nothing shown for the mixture. One model was hardly hacked there (its gold falls by 0.02), and
ends with 3.17 of gold where the mixture has 3.00.

Source: Yan, Lou, Li, Zhang, Xie, Yu, Wang, Yan, Shen, "Reward-Robust RLHF in LLMs", arXiv 2409.15360, 2024 (the
objective, and the nominal reward by smallest deviation).
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.several import Several, checked_rewards, stacked


@dataclass
class Robust(Several):
    """Pays a mixture of the most certain head and of the most sceptical one, as one part.

    Args:
        means: K heads that pay μ_i.
        deviations: K rewards that pay σ_i >= 0 of the same heads, in their order.
        trust: λ in [0, 1], the weight of the nominal reward.

    Raises:
        BadOption: for numbers of means and deviations that differ, or a trust outside [0, 1].
    """

    means: tuple[Reward, ...]
    deviations: tuple[Reward, ...]
    trust: float = 0.6
    knowledge: ClassVar[str] = "several reward models and their deviations"

    def __post_init__(self) -> None:
        self.means = checked_rewards(self.means, least=1, where="Robust", name="means")
        self.deviations = checked_rewards(self.deviations, least=1, where="Robust", name="deviations")
        if len(self.means) != len(self.deviations):
            raise BadOption(
                f"{len(self.means)} means and {len(self.deviations)} deviations",
                where="Robust",
                expected="one deviation for each mean",
            )
        if not 0 <= self.trust <= 1:
            raise BadOption(f"trust={self.trust!r}", where="Robust", expected="a number in [0, 1]")

    def __call__(self, batch: Transitions) -> Array:
        mu, sigma = stacked(self.means, batch), stacked(self.deviations, batch)  # [K, B]
        xp = namespace(mu)
        surest = xp.argmin(sigma, axis=0)[None]
        nominal = xp.take_along_axis(mu, surest, axis=0)[0]
        paid = self.trust * nominal + (1 - self.trust) * xp.min(mu, axis=0)
        return paid + 0.0 * xp.sum(sigma, axis=0)  # an unknown deviation must show: argmin would pick it
