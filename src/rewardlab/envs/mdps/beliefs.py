"""Beliefs over hidden tables: the tree of histories with equal beliefs merged, and a grid over the beliefs of two.

    b'_m ∝ b_m P_m(s' | s, a)

The merged tree is exact to rounding. The grid interpolates, and bounds the optimum from above, because values are
convex in the belief.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP

DIGITS = 12  # beliefs that agree in so many decimals are one node
MOST = 200_000  # nodes


@dataclass(frozen=True)
class History:
    """All histories of H steps, those with the same step, state and belief merged.

    Attributes:
        process: over nodes, gamma = 1; those of step H, or in the state that is over, are terminal.
        step, state: [nodes].
        belief: [nodes, M].
        next: [nodes, A, S] the node after an action and the state seen then; 0 where that cannot be.
    """

    process: TabularMDP
    step: np.ndarray
    state: np.ndarray
    belief: np.ndarray
    next: np.ndarray


def unroll(P: np.ndarray, R: np.ndarray, weights: np.ndarray, horizon: int, *, done: int | None = None) -> History:
    """The merged tree of tables P [M, S, A, S] and R [M, S, A] from state 0; `done` is a state that ends it.

    Raises:
        BadOption: for more than 200,000 nodes.
    """
    from scipy import sparse

    _, S, A, _ = P.shape
    states, beliefs = [np.zeros(1, dtype=np.int64)], [np.array(weights, dtype=float)[None]]
    sources, actions, sights, targets, chances = [], [], [], [], []
    begin = 0
    for _ in range(horizon):
        s, b = states[-1], beliefs[-1]
        joint = np.moveaxis(b.T[:, :, None, None] * P[:, s], 0, -1)  # [k, A, S, M]
        chance = joint.sum(3)
        if done is not None:
            chance[s == done] = 0.0
        k, a, seen = np.nonzero(chance)
        after = joint[k, a, seen] / chance[k, a, seen][:, None]
        key = np.column_stack([seen, np.round(after, DIGITS) + 0.0])  # no negative zeros
        _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
        end = begin + len(s)
        sources.append(begin + k)
        actions.append(a)
        sights.append(seen)
        targets.append(end + which.ravel())
        chances.append(chance[k, a, seen])
        states.append(seen[first])
        beliefs.append(after[first])
        begin = end
        if end + len(first) > MOST:
            raise BadOption(f"more than {MOST:,} nodes", where="LatentMDP", expected="a shorter horizon")
    step = np.repeat(np.arange(len(states)), [len(s) for s in states])
    state, belief = np.concatenate(states), np.concatenate(beliefs)
    source, action, sight, target = (np.concatenate(x) for x in (sources, actions, sights, targets))
    n = len(state)
    following = np.zeros((n, A, S), dtype=np.int64)
    following[source, action, sight] = target
    over = (step == horizon) | (state == (-1 if done is None else done))
    table = sparse.csr_array((np.concatenate(chances), (source * A + action, target)), shape=(n * A, n))
    pay = np.einsum("nm,mna->na", belief, R[:, state])
    return History(TabularMDP(table, pay, gamma=1.0, initial=0, terminal=over), step, state, belief, following)


def backward(history: History, *, best: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """V [nodes] and Q [nodes, A] of the best policy, or of uniformly random actions: one sweep, from the last step."""
    m = history.process
    A, V = m.num_actions, np.zeros(m.num_states)
    Q = np.zeros((m.num_states, A))
    cuts = np.searchsorted(history.step, np.arange(history.step[-1] + 2))  # nodes stand in the order of their steps
    for low, high in zip(cuts[-2::-1], cuts[:0:-1], strict=True):
        Q[low:high] = m.R[low:high] + (m.P[low * A : high * A] @ V).reshape(-1, A)
        V[low:high] = np.where(m.terminal[low:high], 0.0, Q[low:high].max(1) if best else Q[low:high].mean(1))
    return V, Q


def grid_value(P: np.ndarray, R: np.ndarray, weights: np.ndarray, horizon: int, *, points: int = 101) -> float:
    """The optimum for two tables by backward induction over a grid of beliefs with linear interpolation.

    Args:
        P: [2, S, A, S].
        R: [2, S, A].
        weights: [2].
        horizon: H.
        points: of the grid over the probability of table 0.
    """
    S = P.shape[1]
    grid = np.linspace(0.0, 1.0, points)
    both = np.stack([grid, 1 - grid])  # [2, G]
    joint = both[:, :, None, None, None] * P[:, None]  # [2, G, S, A, S]
    chance = joint.sum(0)
    belief = joint[0] / np.where(chance > 0, chance, 1.0)
    V = np.zeros((S, points))
    pay = np.einsum("mg,msa->gsa", both, R)
    for _ in range(horizon):
        later = np.stack([np.interp(belief[..., after], grid, V[after]) for after in range(S)], axis=-1)
        V = (pay + (chance * later).sum(-1)).max(2).T
    return float(np.interp(weights[0], grid, V[0]))
