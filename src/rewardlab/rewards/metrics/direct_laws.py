"""Over-optimisation of direct alignment, where it has a closed form.

    π_m = N(m u, I),    KL = m² / 2,    gold = m (a · u) − c m² / 2,    R(d) = √2 d (a · u) − c d²

Direct methods optimise an implicit reward and overdo it like others: quality over √KL rises and falls by a law of two
parameters. In the Gaussian toy the implicit reward can only be linear, and the law is exact. On a table of responses
one step of the direct loss moves two logits; with parameters shared between tokens it moves answers that nobody
compared.

Source: Rafailov, Chittepu, Park, Sikchi, Hejna, Knox, Finn, Niekum, "Scaling Laws for Reward Model Overoptimization in
Direct Alignment Algorithms", NeurIPS 2024, Sections 3 and 5.
"""

import math

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import sigmoid


def gaussian_gold(d: np.ndarray, a: np.ndarray, u: np.ndarray, c: float) -> np.ndarray:
    """The gold reward a·y − c|y|²/2, less its value at m = 0, of N(m u, I) at d = √KL = |m| / √2.

    Args:
        d: [D] distances >= 0.
        a: [n] the linear part of the gold reward.
        u: [n] the direction that the implicit reward can express; its length does not matter.
        c: the curvature.
    """
    return math.sqrt(2.0) * np.asarray(d) * float(a @ _unit(u)) - c * np.asarray(d) ** 2


def gaussian_peak(a: np.ndarray, u: np.ndarray, c: float) -> float:
    """The d at which it is largest: (a · u) / (√2 c).

    Raises:
        BadOption: for a curvature that is not positive: then it never falls.
    """
    if not c > 0:
        raise BadOption(f"c={c!r}", where="gaussian_peak", expected="a number above 0")
    return float(a @ _unit(u)) / (math.sqrt(2.0) * c)


def dpo_step(
    logits: np.ndarray, reference: np.ndarray, winner: int, loser: int, *, beta: float, lr: float
) -> np.ndarray:
    """The logits [K] after one gradient step of the direct loss of one pair, each response having its own.

    The loss sees log π only as a difference, in which the normaliser cancels: the winner's logit rises and the loser's
    falls by the same amount, and no other moves.
    """
    margin = (logits[winner] - logits[loser]) - (reference[winner] - reference[loser])
    push = lr * beta * float(sigmoid(np.array(-beta * margin)))
    out = np.array(logits, dtype=np.float64)
    out[winner] += push
    out[loser] -= push
    return out


def ipo_gap(beta: float) -> float:
    """The margin of log-ratios at which the squared loss of IPO is 0: 1 / (2 β). The logistic loss has none."""
    if not beta > 0:
        raise BadOption(f"beta={beta!r}", where="ipo_gap", expected="a number above 0")
    return 1.0 / (2.0 * beta)


def _unit(u: np.ndarray) -> np.ndarray:
    size = float(np.linalg.norm(u))
    if not size > 0:
        raise BadOption("a direction of length 0", where="direct_laws", expected="a vector that points somewhere")
    return np.asarray(u, dtype=np.float64) / size
