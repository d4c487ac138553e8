"""Optimism about the average reward over the weights of a mixture of kernels.

    max_{θ ∈ F} J(θ),    J(θ) the best average reward in P_θ = Σ_i θ_i P_i
    ∂J/∂θ_i = Σ_{s, a} μ_π(s, a) ⟨P_i(s, a), h⟩,    π the best policy in P_θ, μ_π its shares of steps, h its values

F is convex, J is not concave. From a point one goes towards the point of F that is furthest uphill, as far as is best
of a few distances, which never lowers J; it ends where nothing in F lies uphill, or no distance is better. This is a
local search: the best end is taken of several starts, from the fit and from the furthest points towards each kernel.
"""

import numpy as np

from rewardlab.agents.loops.gain_optimism import best_policies, gains
from rewardlab.agents.loops.mixture_sets import Seen, furthest

_ROUNDS = 100  # of an ascent, which are few in fact
_SIZES = 0.5 ** np.arange(8)
_SMALL = 1e-7  # what an ascent may leave to be gained
_LEAK = 1e-9  # of steps that lead anywhere, so that what a mixture separates has a value


def mixed(kernels: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """P_θ [S, A, S] of kernels [d, S, A, S], with a trace of all successors."""
    out: np.ndarray = np.tensordot(theta, kernels, 1)
    return (1.0 - _LEAK) * out + _LEAK / out.shape[-1]


def promise(
    kernels: np.ndarray, reward: np.ndarray, theta: np.ndarray, policy: np.ndarray | None = None
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """What a mixture promises.

    Args:
        kernels: [d, S, A, S].
        reward: [S, A].
        theta: [d].
        policy: [S] where policy iteration begins.

    Returns:
        J, relative values h [S], the best policy [S], and ∂J/∂θ [d].
    """
    P, states = mixed(kernels, theta), np.arange(len(reward))
    begin = np.zeros((1, len(reward)), dtype=np.int64) if policy is None else policy[None]
    best, gain, values = best_policies(P, reward[None], begin)
    share = gains(P, reward[None], best)[2][0]
    return float(gain[0]), values[0], best[0], kernels[:, states, best[0]] @ values[0] @ share


def most_hopeful(
    kernels: np.ndarray, reward: np.ndarray, seen: Seen, best: np.ndarray, beta: float
) -> tuple[np.ndarray, float, np.ndarray]:
    """The mixture that promises most of those that `seen` allows.

    Args:
        kernels: [d, S, A, S].
        reward: [S, A].
        seen: transitions.
        best: their fit [d].
        beta: β > 0.

    Returns:
        θ ∈ F [d], J, and relative values h [S].
    """
    starts = [best, *(furthest(seen, best, towards, beta) for towards in np.eye(len(best)))]
    ends = [_ascend(kernels, reward, seen, best, beta, start) for start in starts]
    return max(ends, key=lambda end: end[1])


def _ascend(
    kernels: np.ndarray, reward: np.ndarray, seen: Seen, best: np.ndarray, beta: float, theta: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    gain, values, policy, uphill = promise(kernels, reward, theta)
    for _ in range(_ROUNDS):
        goal = furthest(seen, best, uphill, beta)
        if uphill @ (goal - theta) <= _SMALL * (1.0 + abs(gain)):
            break
        tried = [theta + size * (goal - theta) for size in _SIZES]
        found = [promise(kernels, reward, there, policy) for there in tried]
        k = int(np.argmax([one[0] for one in found]))
        if found[k][0] <= gain + _SMALL * (1.0 + abs(gain)):
            break
        theta, (gain, values, policy, uphill) = tried[k], found[k]
    return theta, gain, values
