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
    number: dict[tuple[int, int, bytes], int] = {}
    steps, states, beliefs, edges = [], [], [], []

    def node(step: int, state: int, belief: np.ndarray) -> int:
        key = (step, state, (np.round(belief, DIGITS) + 0.0).tobytes())
        if key not in number:
            if len(number) == MOST:
                raise BadOption(f"more than {MOST:,} nodes", where="LatentMDP", expected="a shorter horizon")
            number[key] = len(number)
            steps.append(step)
            states.append(state)
            beliefs.append(belief)
        return number[key]

    node(0, 0, weights)
    k = 0
    while k < len(states):
        t, s, b = steps[k], states[k], beliefs[k]
        if t < horizon and s != done:
            for a in range(A):
                joint = b[:, None] * P[:, s, a]  # [M, S]
                chance = joint.sum(0)
                for after in np.flatnonzero(chance):
                    edges.append(
                        (k, a, int(after), node(t + 1, int(after), joint[:, after] / chance[after]), chance[after])
                    )
        k += 1
    n = len(states)
    step, state, belief = np.array(steps), np.array(states), np.stack(beliefs)
    following = np.zeros((n, A, S), dtype=np.int64)
    rows, columns, chances = [], [], []
    for source, a, seen, target, p in edges:
        following[source, a, seen] = target
        rows.append(source * A + a)
        columns.append(target)
        chances.append(p)
    over = (step == horizon) | (state == (-1 if done is None else done))
    table = sparse.csr_array((chances, (rows, columns)), shape=(n * A, n))
    pay = np.einsum("nm,mna->na", belief, R[:, state])
    return History(TabularMDP(table, pay, gamma=1.0, initial=0, terminal=over), step, state, belief, following)


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
