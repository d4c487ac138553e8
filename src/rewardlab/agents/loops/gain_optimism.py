"""Optimism about the average reward under one budget for all errors of the Bellman equation.

    max_{π, e}  gain of π in (P, R + e)    where  Σ_g n_g e_g² <= β
                = max_π  μ_π · R + √( β Σ_g μ_π(g)² / n_g ),    μ_π(g) the share of steps in pairs of group g

The gain is convex in e: it is the largest of functions, one for each policy, that are linear in it. Going from a policy
to its best e, and from there to the best policy, therefore never lowers it, and ends after finitely many steps; the
best of several ends is taken. P must let every policy come back from everywhere to a common state.
"""

import numpy as np

_MOST = 1000  # rounds of improvement, which are few in fact


def gains(P: np.ndarray, R: np.ndarray, policy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What J policies earn.

    Args:
        P: [S, A, S], every policy with a single recurrent class.
        R: [J, S, A].
        policy: [J, S] actions.

    Returns:
        Gains [J], relative values [J, S] that are 0 in the first state, and shares of steps [J, S].
    """
    J, S = policy.shape
    states = np.arange(S)
    chain, pay = P[states, policy], R[np.arange(J)[:, None], states, policy]  # [J, S, S], [J, S]
    system = np.eye(S) - chain
    system[:, :, 0] = 1.0  # the first value is 0, and its column is that of the gain
    found = np.linalg.solve(system, pay[..., None])[..., 0]
    gain, values = found[:, 0].copy(), found.copy()
    values[:, 0] = 0.0
    first = np.zeros((J, S, 1))
    first[:, 0] = 1.0
    share = np.linalg.solve(system.swapaxes(1, 2), first)[..., 0]  # Σ μ = 1 and μ (I − chain) = 0
    return gain, values, share


def best_policies(P: np.ndarray, R: np.ndarray, policy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Howard's policy iteration for J reward tables at once.

    Args:
        P: [S, A, S].
        R: [J, S, A].
        policy: [J, S] where to begin.

    Returns:
        Policies [J, S], their gains [J] and relative values [J, S].
    """
    rows, states = np.arange(len(R))[:, None], np.arange(policy.shape[1])
    for _ in range(_MOST):
        gain, values, _ = gains(P, R, policy)
        Q = R + np.einsum("say,jy->jsa", P, values)
        best = Q.argmax(2)
        better = Q[rows, states, best] > Q[rows, states, policy] + 1e-10 * (1.0 + np.abs(Q).max((1, 2)))[:, None]
        if not better.any():
            break
        policy = np.where(better, best, policy)
    return policy, gain, values


def optimist(
    P: np.ndarray, R: np.ndarray, group: np.ndarray, visits: np.ndarray, beta: float
) -> tuple[float, np.ndarray, np.ndarray]:
    """The largest gain that errors within the budget allow.

    Begun is with no errors, with those that would be allowed for each group if it had the budget alone, all at once,
    and with each of these by itself.

    Args:
        P: [S, A, S].
        R: [S, A].
        group: [S, A] numbers below G.
        visits: n > 0, [G].
        beta: β >= 0.

    Returns:
        The gain, relative values [S], and errors e [G].
    """
    G, S = len(visits), len(P)
    alone = np.sqrt(beta / visits)
    errors = np.concatenate([np.zeros((1, G)), alone[None], np.diag(alone)])  # [J, G]
    policy, best = np.zeros((len(errors), S), dtype=np.int64), np.full(len(errors), -np.inf)
    rows, states = np.arange(len(errors))[:, None], np.arange(S)
    for _ in range(_MOST):
        policy, _, _ = best_policies(P, R + errors[:, group], policy)
        share = gains(P, np.broadcast_to(R, (len(errors), *R.shape)), policy)[2]
        spent = np.zeros_like(errors)  # [J, G] shares of the groups
        np.add.at(spent, (np.broadcast_to(rows, policy.shape), group[states, policy]), share)
        size = np.sqrt((spent**2 / visits).sum(1, keepdims=True))
        errors = np.sqrt(beta) * spent / (visits * size)
        reached = (share * R[states, policy]).sum(1) + np.sqrt(beta) * size[:, 0]
        if not (reached > best + 1e-10 * (1.0 + np.abs(reached))).any():
            break
        best = np.maximum(best, reached)
    j = int(best.argmax())
    _, gain, values = best_policies(P, R + errors[j : j + 1, group], policy[j : j + 1])
    return float(gain[0]), values[0], errors[j]
