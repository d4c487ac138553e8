"""B-STaR: the temperature and the threshold of self-training are those that balance enough and pure.

    bs_i = min(n'_i / n*, 1) · n'_i / n_i,    bs(T, τ) = mean_i bs_i

Of the unique responses to prompt i whose reward is above the threshold τ, n_i in number, n'_i are correct. The first
factor asks for enough of them, n*, the second for few wrong ones. Before each round the temperature T and τ with the
largest balance on a few prompts are chosen; what is then kept is imitated.

Source: Zeng et al., "B-STaR: Monitoring and Balancing Exploration and Exploitation in Self-Taught Reasoners", ICLR
2025, Section 3.
"""

import numpy as np

from rewardlab.agents.parts.checked import option
from rewardlab.core.errors import BadBatch


def balance_score(reward: np.ndarray, correct: np.ndarray, threshold: float, *, wanted: float = 8) -> np.ndarray:
    """bs [P] of each prompt, 0 to 1; 0 where nothing is kept.

    Args:
        reward: [P, K] of unique responses; minus infinity for a place without one.
        correct: [P, K], 1 or 0.
        threshold: τ: what lies above is kept.
        wanted: n* > 0, how many correct responses of a prompt are enough.

    Raises:
        BadBatch: if the shapes differ.
        BadOption: for a number that is not above 0.
    """
    option("wanted", wanted, wanted > 0, by="balance_score", expected="a number above 0")
    r, c = np.asarray(reward, dtype=np.float64), np.asarray(correct) != 0
    if r.shape != c.shape:
        raise BadBatch(f"correct has shape {c.shape}", where="balance_score", expected=f"{r.shape}, that of the reward")
    kept = r > threshold
    number, good = kept.sum(-1), (kept & c).sum(-1)
    return np.minimum(good / wanted, 1.0) * good / np.maximum(number, 1)


def best_balance(
    reward: np.ndarray, correct: np.ndarray, thresholds: np.ndarray, *, wanted: float = 8
) -> tuple[int, int, float]:
    """The index of the temperature, that of the threshold, and their mean balance; the first of equals.

    Args:
        reward: [C, P, K] responses sampled at each of C temperatures.
        correct: [C, P, K], 1 or 0.
        thresholds: [D] candidates for τ.
        wanted: n*.

    Raises:
        BadBatch: if the shapes differ.
        BadOption: for a number that is not above 0.
    """
    scores = np.stack([balance_score(reward, correct, float(t), wanted=wanted).mean(-1) for t in thresholds], axis=-1)
    i, j = np.unravel_index(scores.argmax(), scores.shape)
    return int(i), int(j), float(scores[i, j])
