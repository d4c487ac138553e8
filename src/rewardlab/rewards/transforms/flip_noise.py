"""Flipped rewards.

    r~ = 1 − r  with probability p,  else r;    E[r~] = p + (1 − 2 p) r

Noise for tests of robustness: a verifier that is wrong. Wrong by the question, it is wrong for all answers to it, and
the advantages of a group only change their sign; wrong by the answer, it is much milder. The expected gradient shrinks
by 1 − 2p, its noise does not.

Source: Lv, Xie, Sun, Kang, Yan, "The Climb Carves Wisdom Deeper Than the Summit: On the Noisy Rewards in Learning
to Reason", 2025, Section 3.
"""

from dataclasses import dataclass

from rewardlab.core.arrays import Array, is_torch, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.core.rng import GOLDEN, check_seed, mix
from rewardlab.rewards.transforms.references import share_of

_BITS = 53


@dataclass
class FlipByQuestion(Reward):
    """Pays 1 − r for all answers to some questions, always the same ones, and r for the others.

    Args:
        probability: p in [0, 1] that a question is judged wrongly.
        question: the info column [B] of integers that names the question.
        seed: of which ones.
    """

    probability: float = 0.1
    question: str = "question"
    seed: int = 0

    def __post_init__(self) -> None:
        self.probability = share_of(self.probability, "probability", type(self).__name__)
        self.seed = check_seed(self.seed, where=type(self).__name__)

    def __call__(self, batch: Transitions) -> Array:
        return _flipped(batch, (self.question,), self.probability, self.seed, type(self).__name__)


@dataclass
class FlipByAnswer(FlipByQuestion):
    """Pays 1 − r for some answers to some questions, and r for the others.

    Args:
        answer: the info column [B] of integers that tells answers to one question apart.
    """

    answer: str = "answer"

    def __call__(self, batch: Transitions) -> Array:
        return _flipped(batch, (self.question, self.answer), self.probability, self.seed, "FlipByAnswer")


def _flipped(batch: Transitions, names: tuple[str, ...], probability: float, seed: int, by: str) -> Array:
    xp = namespace(batch.reward)
    key = xp.zeros(batch.shape, dtype=xp.int64, **({"device": batch.reward.device} if is_torch(batch.reward) else {}))
    key = key + ((seed + 2**63) % 2**64 - 2**63)
    for name in names:
        key = mix(key + xp.astype(batch.column(name, by=by), xp.int64) * GOLDEN)
    uniform = xp.astype((key >> (64 - _BITS)) & ((1 << _BITS) - 1), xp.float64) / float(1 << _BITS)
    return xp.where(uniform < probability, 1.0 - batch.reward, batch.reward)
