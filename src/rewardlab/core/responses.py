"""Tables of responses: a finite set of answers to each prompt, and all that can be known of choosing among them.

    π*(y | x) ∝ π_ref(y | x) exp(r(x, y) / β)  maximises  E_π[r] − β KL(π ‖ π_ref)
    P(y_(i) is the best of n) = F_i^n − F_{i−1}^n,    F the distribution function of π_ref in the order of the score

Every expectation over a finite set is a sum. Tables are [P, K] for P prompts with K responses; the last axis is always
that of the responses, and any axes may stand before it. NumPy only.

Source: Ziegler, Stiennon, Wu, Brown, Radford, Amodei, Christiano, Irving, "Fine-Tuning Language Models from Human
Preferences", 2019, Section 2 (the objective); Korbak, Perez, Buckley, "RL with KL Penalties Is Better Viewed as
Bayesian Inference", EMNLP 2022, Section 4 (its optimum); Bradley, Terry, "Rank Analysis of Incomplete Block Designs",
Biometrika 1952.
"""

import math

import numpy as np

from rewardlab.core.errors import BadOption


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities [..., K] proportional to exp(scores)."""
    scores = np.asarray(scores, dtype=np.float64)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def tilted(reference: np.ndarray, reward: np.ndarray, beta: float) -> np.ndarray:
    """The optimum [..., K] of E[reward] − beta KL(policy ‖ reference); responses that the reference never gives have 0.

    Raises:
        BadOption: for a beta that is not a positive number.
    """
    if not (isinstance(beta, (int, float, np.number)) and 0 < beta < math.inf):
        raise BadOption(f"beta={beta!r}", where="tilted", expected="a number above 0", mend="beta=0.1")
    with np.errstate(divide="ignore"):
        return softmax(np.log(np.asarray(reference, dtype=np.float64)) + np.asarray(reward) / beta)


def divergence(policy: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """KL(policy ‖ reference) [...] in nats; infinite where the policy gives what the reference never gives."""
    p, q = np.broadcast_arrays(np.asarray(policy, dtype=np.float64), np.asarray(reference, dtype=np.float64))
    given = p > 0
    with np.errstate(divide="ignore"):
        ratio = np.log(np.where(given, p, 1.0)) - np.log(np.where(given, q, 1.0))
    return np.where(given, p * ratio, 0.0).sum(-1)


def expected(policy: np.ndarray, values: np.ndarray) -> np.ndarray:
    """E_policy[values] [...]."""
    return (np.asarray(policy) * np.asarray(values)).sum(-1)


def best_of(reference: np.ndarray, score: np.ndarray, n: float) -> np.ndarray:
    """The law [..., K] of the response with the highest score among n independent draws; equals share by the reference.

    Raises:
        BadOption: for n < 1.
    """
    if not n >= 1:
        raise BadOption(f"n={n!r}", where="best_of", expected="at least one draw")
    p, s = np.broadcast_arrays(np.asarray(reference, dtype=np.float64), np.asarray(score, dtype=np.float64))
    order = np.argsort(s, axis=-1, kind="stable")
    sorted_p, sorted_s = np.take_along_axis(p, order, -1), np.take_along_axis(s, order, -1)
    below = np.minimum(np.cumsum(sorted_p, axis=-1), 1.0)
    first = np.concatenate([np.ones_like(sorted_s[..., :1], dtype=bool), np.diff(sorted_s, axis=-1) > 0], axis=-1)
    last = np.concatenate([first[..., 1:], np.ones_like(first[..., :1])], axis=-1)
    upper = np.flip(np.minimum.accumulate(np.flip(np.where(last, below, np.inf), -1), axis=-1), -1)
    lower = np.maximum.accumulate(np.where(first, below - sorted_p, -np.inf), axis=-1)
    mass = upper - lower  # of a whole group of equals
    gain = np.clip(upper, 0, 1) ** n - np.clip(lower, 0, 1) ** n
    law = np.where(mass > 0, sorted_p / np.where(mass > 0, mass, 1.0) * gain, 0.0)
    out = np.empty_like(law)
    np.put_along_axis(out, order, law, -1)
    return out / out.sum(-1, keepdims=True)


def best_of_divergence(n: float) -> float:
    """KL of best-of-n from the reference, log n − (n − 1)/n, where no two scores are equal; elsewhere a bound."""
    return math.log(n) - (n - 1) / n


def beats(reward: np.ndarray) -> np.ndarray:
    """Bradley-Terry: the probability [..., K, K] that the first is preferred to the second, σ(r_i − r_j)."""
    r = np.asarray(reward, dtype=np.float64)
    return sigmoid(r[..., :, None] - r[..., None, :])


def win_rate(policy: np.ndarray, other: np.ndarray, preference: np.ndarray) -> np.ndarray:
    """How often [...] a response of `policy` is preferred to one of `other`, by preference [..., K, K]."""
    return np.einsum("...i,...ij,...j->...", policy, preference, other)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−x)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, dtype=np.float64)))
