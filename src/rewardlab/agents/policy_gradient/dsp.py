"""Directional stimulus prompting: a small policy hints to a frozen model, and stays among its likely words.

    keep_t = the most likely words that together have chance p,    π̃ = π on keep, renormalised, 0 elsewhere
    R = metric(x, y(z)) − β Σ_h log π/π_0,    e = min(max((KL − target)/target, −0.2), 0.2),    β ← β (1 + k e)

The hint z goes into the prompt of a model that cannot be trained; only its answers are scored. Two things keep hints
sensible: words are masked by the nucleus of a lagged copy of the policy, and the price of divergence from the warm
start follows a target. The rewards are charged by `parts.penalty.charged` and go to any objective; a masked word has
chance 0 and no gradient, and a mask of all words changes nothing.

Source: Li, Peng, He, Galley, Gao, Yan, "Guiding Large Language Models via Directional Stimulus Prompting", NeurIPS
2023, Section 2; Ramamurthy et al., "Is Reinforcement Learning (Not) for Natural Language Processing", ICLR 2023,
Section 4 (the mask); Ziegler et al., "Fine-Tuning Language Models from Human Preferences", 2019, Section 2.2 (β).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewardlab.agents.parts.checked import option
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.checkpoint import check_keys


def nucleus(logp: Array, share: float = 0.9) -> Array:
    """keep, bool [..., V]: the fewest most likely words whose chances sum to `share` or more; equals stay together.

    Args:
        logp: [..., V] log-probabilities of the lagged copy.
        share: p, above 0; 1 keeps all.

    Raises:
        BadOption: for a share outside 0 to 1.
    """
    option("share", share, 0 < share <= 1, by="nucleus", expected="above 0, at most 1")
    xp = namespace(logp)
    if share == 1:  # sums of chances may miss 1 by rounding
        return xp.ones_like(logp) > 0
    ordered = xp.flip(xp.sort(logp, axis=-1), axis=-1)
    chance = xp.exp(ordered)
    inside = xp.cumulative_sum(chance, axis=-1) - chance < share  # what stands before it is not enough
    least = xp.min(xp.where(inside, ordered, xp.zeros_like(ordered) + ordered[..., :1]), axis=-1)
    return logp >= least[..., None]


def nucleus_law(logits: Array, keep: Array) -> Array:
    """log π̃, [..., V]: the log-probabilities among the kept words, −inf elsewhere."""
    xp = namespace(logits)
    never = xp.full_like(logits, -float("inf"))
    top = xp.max(xp.where(keep, logits, never), axis=-1)[..., None]
    shifted = xp.where(keep, logits - top, xp.zeros_like(logits))
    weights = xp.where(keep, xp.exp(shifted), xp.zeros_like(logits))
    return xp.where(keep, shifted - xp.log(weights.sum(-1)[..., None]), never)


@dataclass
class AdaptivePrice:
    """A price of divergence that follows a target.

    Args:
        target: in nats, above 0.
        beta: β at the beginning; afterwards as it is.
        gain: k, how fast it follows.

    Raises:
        BadOption: for a target or price that is not above 0.
    """

    target: float = 0.5
    beta: float = 0.005
    gain: float = 0.1

    def __post_init__(self) -> None:
        option("target", self.target, self.target > 0, by="AdaptivePrice", expected="a number above 0")
        option("beta", self.beta, self.beta > 0, by="AdaptivePrice", expected="a number above 0")

    def update(self, kl: float) -> None:
        """Raises β after a divergence above the target, lowers it after one below; by 2 % at most with k = 0.1."""
        error = min(max((kl - self.target) / self.target, -0.2), 0.2)
        self.beta *= 1.0 + self.gain * error

    def state_dict(self) -> dict[str, Any]:
        """The price."""
        return {"beta": self.beta}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, {"beta"}, where="AdaptivePrice")
        self.beta = float(state["beta"])
