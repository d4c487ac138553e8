"""Sets of questions that together say most about who answers them.

I(y_1 .. y_N; person) = H(E_s Π_j P_s(y_j)) − E_s Σ_j H(P_s(y_j))
"""

import numpy as np

from rewardlab.core.errors import BadBatch, BadOption

_MOST = 12  # answers whose 2^N patterns are listed


def joint_information(chances: np.ndarray) -> float:
    """What the answers to N questions together tell of the person, in nats.

    Args:
        chances: [S, N] P(first better) by S equally likely persons.
    """
    return float(_entropy(_patterns(chances).mean(0)) - _binary(chances).mean(0).sum())


def informative_set(chances: np.ndarray, count: int) -> np.ndarray:
    """Positions [count] of questions, each the one that adds most information to those before it.

    Information is submodular in the set, as answers are independent given the person: going step by step reaches at
    least 1 − 1/e of the best set.

    Args:
        chances: [S, C] P(first better) by S equally likely persons of C questions.
        count: 1 .. min(C, 12).

    Raises:
        BadOption: for another count.
        BadBatch: for chances outside [0, 1] or other axes.
    """
    p = np.asarray(chances, dtype=np.float64)
    if p.ndim != 2 or not (p.size and p.min() >= 0 and p.max() <= 1):
        raise BadBatch(f"chances {p.shape}", where="informative_set", expected="[S, C] in [0, 1]")
    if not 1 <= count <= min(p.shape[1], _MOST):
        raise BadOption(f"count={count!r}", where="informative_set", expected=f"1 .. {min(p.shape[1], _MOST)}")
    noise = _binary(p).mean(0)  # [C]
    held = np.ones((len(p), 1))
    chosen: list[int] = []
    for _ in range(count):
        yes = held.T @ p / len(p)  # [2^n, C]: mass of each pattern with a yes
        mass = held.mean(0)[:, None]
        gain = _entropy(yes, 0) + _entropy(np.maximum(mass - yes, 0.0), 0) - noise
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
        held = np.concatenate([held * p[:, chosen[-1:]], held * (1 - p[:, chosen[-1:]])], -1)
    return np.array(chosen)


def _patterns(p: np.ndarray) -> np.ndarray:
    """The probability [S, 2^N] of each pattern of answers."""
    out = np.ones((len(p), 1))
    for column in p.T[:, :, None]:
        out = np.concatenate([out * column, out * (1 - column)], -1)
    return out


def _entropy(mass: np.ndarray, axis: int = -1) -> np.ndarray:
    safe = np.where(mass > 0, mass, 1.0)
    return -(mass * np.log(safe)).sum(axis)


def _binary(p: np.ndarray) -> np.ndarray:
    return _entropy(np.stack([p, 1 - p], -1))
