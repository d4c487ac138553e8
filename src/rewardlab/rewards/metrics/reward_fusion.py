"""RewardFusion: a reward model smoothed over its neighbours.

    R_f(x) = ( R(x) + Σ_j sim_j R(x_j) ) / ( 1 + Σ_j sim_j ),    j the k nearest training items with sim_j >= s_min

Averages what the model gives to an item and to preferred training items close to it, which evens out what close items
are paid. Without a neighbour it is the model itself, and it never leaves the range of the rewards that it averages.

Source: Shen, Chen, Song, Jin, Peng, Mi, Khashabi, Yu, "The Trickle-down Impact of Reward (In-)consistency on RLHF",
ICLR 2024 (RewardFusion).
"""

import numpy as np

from rewardlab.core.errors import BadBatch, BadOption


def fused_reward(
    reward: np.ndarray, similarity: np.ndarray, neighbours: np.ndarray, *, k: int = 5, least: float = 0.9
) -> np.ndarray:
    """The reward R_f [B] of each text, averaged with those of its nearest neighbours by their similarity.

    Args:
        reward: [B] what the model pays each item.
        similarity: [B, N] cosine of each item and each training item.
        neighbours: [N] what the model pays the training items.
        k: at most so many neighbours.
        least: s_min > 0; above 1 for none.

    Raises:
        BadBatch: for shapes that do not fit.
        BadOption: for k < 1 or `least` <= 0, with which weights might cancel.
    """
    r, s = np.asarray(reward, dtype=np.float64), np.asarray(similarity, dtype=np.float64)
    known = np.asarray(neighbours, dtype=np.float64)
    if r.ndim != 1 or known.ndim != 1 or s.shape != (len(r), len(known)):
        raise BadBatch(f"{r.shape}, {s.shape}, {known.shape}", where="fused_reward", expected="[B], [B, N] and [N]")
    if k < 1 or not least > 0:
        raise BadOption(f"k={k!r}, least={least!r}", where="fused_reward", expected="k >= 1 and least > 0")
    nearest = np.argsort(-s, axis=1, kind="stable")[:, :k]
    close = np.take_along_axis(s, nearest, axis=1)
    weights = np.where(close < least, 0.0, close)  # NaN stays, and shows
    paid = np.where(weights == 0, 0.0, known[nearest])  # what is too far away does not matter, even if NaN
    return (r + (weights * paid).sum(1)) / (1.0 + weights.sum(1))
