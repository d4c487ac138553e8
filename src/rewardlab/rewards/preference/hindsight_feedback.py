"""RLHS (hindsight simulation): who judges advice sees first what came of it.

    a(y) = argmax_a E_{b(w|y)} u(a, w)
    foresight(y) = E_{b(w|y)} u(a(y), w)
    hindsight(y | w*) = Σ_o M(o | a(y), w*) E_{b(w | y, o)} u(a(y), w),    b(w | y, o) ∝ b(w | y) M(o | a(y), w)

Who is asked at once rates their own forecast, which the advice itself has made: the best rated advice promises most.
After the outcome o the rating is nearer to the true utility u(a(y), w*); where o tells u, it is u. The outcome may be
simulated: if worlds are drawn as they are, labels are on average those that real consequences would give.

Source: Liang, Hu, Liu, Griffiths, Fernández Fisac, "RLHS: Mitigating Misalignment in RLHF with Hindsight Simulation",
arXiv 2501.08617, 2025, Sections 3 and 4 (foresight and hindsight value; the tables are ours).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rewardlab.core.errors import BadOption


def trusting_beliefs(prior: np.ndarray, claims: np.ndarray, *, trust: float = 0.8) -> np.ndarray:
    """What someone believes who takes each claim for a fact with some probability, and else forgets it.

    Args:
        prior: [N], the chance that each of N things is so.
        claims: [Y, N], what each message says of them: 1 it is so, −1 it is not, 0 nothing.
        trust: in [0, 1].

    Returns:
        [Y, 2^N], the probability of each world; bit n of a world's number says whether thing n is so.

    Raises:
        BadOption: for a trust or prior outside [0, 1].
    """
    prior, claims = np.asarray(prior, dtype=np.float64), np.asarray(claims)
    if not (0 <= trust <= 1 and (prior >= 0).all() and (prior <= 1).all()):
        raise BadOption(f"trust={trust!r}, prior={prior!r}", where="trusting_beliefs", expected="numbers in [0, 1]")
    said = np.where(claims > 0, 1.0, 0.0)
    chance = np.where(claims == 0, prior, trust * said + (1 - trust) * prior)  # [Y, N]
    bits = (np.arange(2 ** len(prior))[:, None] >> np.arange(len(prior))) & 1  # [W, N]
    return np.where(bits, chance[:, None], 1 - chance[:, None]).prod(-1)


@dataclass(frozen=True)
class HindsightFeedback:
    """Someone who gets a message, acts on what they then believe, and rates the message.

    Args:
        belief: b [Y, W], what they believe of W worlds after each of Y messages; rows sum to 1.
        utility: u [A, W], what each of A actions is worth in each world. Of equal actions they take the first.

    Raises:
        BadOption: for shapes that do not fit, or rows that are no distributions.
    """

    belief: np.ndarray
    utility: np.ndarray

    def __post_init__(self) -> None:
        b, u = np.asarray(self.belief), np.asarray(self.utility)
        if b.ndim != 2 or u.ndim != 2 or b.shape[1] != u.shape[1]:
            raise BadOption(
                f"belief {b.shape}, utility {u.shape}", where="HindsightFeedback", expected="[Y, W] and [A, W]"
            )
        if (b < 0).any() or not np.allclose(b.sum(-1), 1):
            raise BadOption(
                "a belief that is no distribution", where="HindsightFeedback", expected="rows >= 0 that sum to 1"
            )

    @cached_property
    def choices(self) -> np.ndarray:
        """a(y) [Y]."""
        value = self.belief @ self.utility.T
        return np.asarray((value >= value.max(-1, keepdims=True) - 1e-12).argmax(-1))  # rounding breaks no tie

    @property
    def foresight(self) -> np.ndarray:
        """The rating [Y] at once: what they expect of the action that they will take."""
        return np.asarray((self.belief * self.utility[self.choices]).sum(-1))

    @property
    def utilities(self) -> np.ndarray:
        """The true utility [Y, W] of each message in each world."""
        return self.utility[self.choices]

    def hindsight(self, signal: np.ndarray) -> np.ndarray:
        """The rating [Y, W] after the outcome, for each world that may be the true one.

        Args:
            signal: M [A, W, O], the chance of each outcome after an action in a world; see `telling_outcomes` and
                `sometimes_seen`.

        Raises:
            BadOption: if it has other axes, or its rows are no distributions.
        """
        m = np.asarray(signal, dtype=np.float64)
        if m.ndim != 3 or m.shape[:2] != self.utility.shape or not np.allclose(m.sum(-1), 1):
            raise BadOption(
                f"signal {m.shape}", where="HindsightFeedback.hindsight", expected="[A, W, O], rows that sum to 1"
            )
        seen = m[self.choices]  # [Y, W, O]
        joint = self.belief[:, :, None] * seen
        total = joint.sum(1)  # [Y, O]
        expected = np.einsum("ywo,yw->yo", joint, self.utilities) / np.where(total > 0, total, 1)
        # an outcome that was thought impossible is believed where it is seen: the worlds that it fits are alike
        likely = seen / np.maximum(seen.sum(1, keepdims=True), 1e-300)
        surprised = np.einsum("ywo,yw->yo", likely, self.utilities)
        return np.asarray(np.einsum("ywo,yo->yw", seen, np.where(total > 0, expected, surprised)))


def telling_outcomes(utility: np.ndarray) -> np.ndarray:
    """The outcome [A, W, O] that tells what an action was worth and no more; then hindsight is the true utility."""
    values, place = np.unique(utility, return_inverse=True)
    return np.eye(len(values))[place.reshape(np.shape(utility))]


def sometimes_seen(signal: np.ndarray, chance: float) -> np.ndarray:
    """The outcome [A, W, O + 1] that is seen with this chance only, and else nothing is.

    Raises:
        BadOption: for a chance outside [0, 1].
    """
    if not 0 <= chance <= 1:
        raise BadOption(f"chance={chance!r}", where="sometimes_seen", expected="0 to 1")
    missed = np.full((*np.shape(signal)[:2], 1), 1 - chance)
    return np.concatenate([chance * np.asarray(signal), missed], -1)


def expected_labels(ratings: np.ndarray, worlds: np.ndarray) -> np.ndarray:
    """How often the first of two messages is rated higher, [Y, Y], ties for a half.

    Args:
        ratings: [Y, W], see `HindsightFeedback.hindsight`.
        worlds: [W], how often each world is drawn: the real ones, or those of a simulator.
    """
    gap = ratings[:, None] - ratings[None]
    return np.asarray((0.5 * (1 + np.sign(np.where(np.abs(gap) < 1e-12, 0, gap)))) @ np.asarray(worlds))
