"""Markov chains as sparse matrices: reachability, recurrent classes, stationary distributions, linear solves.

The helpers of `core.mdp`, with the checks of what it is given.
"""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

from rewardlab.core.errors import BadOption

_DENSE = 300  # below so many states a dense solve is the faster one


def bad(what: str, expected: str, mend: str = "") -> BadOption:
    """What is wrong with the numbers of a `TabularMDP`."""
    return BadOption(what, where="TabularMDP", expected=expected, mend=mend)


def solve(M: sparse.csr_array, b: np.ndarray) -> np.ndarray:
    """The solution of M x = b."""
    if M.shape[0] <= _DENSE:
        return np.linalg.solve(M.toarray(), b)
    return splu(sparse.csc_array(M)).solve(b)


def distance(goals: np.ndarray, links: sparse.csr_array) -> np.ndarray:
    """[S]: the fewest links from each state to one of `goals` [S] bool; infinite if there is no way."""
    if not goals.any():
        return np.full(len(goals), np.inf)
    back = sparse.csr_array(links.T)
    return csgraph.dijkstra(back, unweighted=True, indices=np.flatnonzero(goals), min_only=True)


def centred(P: sparse.csr_array) -> tuple[sparse.csr_array, int]:
    """I − P [S, S] with the column of a recurrent state replaced by ones, and that state.

    Its solution for rewards [S] is the value relative to that state, with the gain in the state's own place; the
    solution of its transpose for the unit vector of that state is the stationary distribution.

    Raises:
        BadOption: if the chain has several recurrent classes.
    """
    states = P.shape[0]
    _, label = csgraph.connected_components(P, directed=True, connection="strong")
    rows, columns = P.nonzero()
    leaves = label[rows] != label[columns]
    closed = np.setdiff1d(label, label[rows[leaves]])
    if len(closed) > 1:
        raise BadOption(
            f"average reward, and this policy has {len(closed)} recurrent classes",
            where="TabularMDP",
            expected="one class that is reached from everywhere (a unichain process)",
            mend="connect the classes, or discount",
        )
    pivot = int(np.flatnonzero(label == closed[0])[0])
    keep = np.ones(states)
    keep[pivot] = 0.0
    ones = sparse.csr_array((np.ones(states), (np.arange(states), np.full(states, pivot))), shape=P.shape)
    return sparse.csr_array((sparse.eye_array(states) - P) @ sparse.diags_array(keep) + ones), pivot


def stationary(matrix: sparse.csr_array, pivot: int) -> np.ndarray:
    """The stationary distribution [S] of the chain that `centred` was called with, from its result."""
    unit = np.zeros(matrix.shape[0])
    unit[pivot] = 1.0
    return solve(sparse.csr_array(matrix.T), unit)


def transitions(P: Any) -> sparse.csr_array:
    """P as CSR [S * A, S] in memory of its own, shapes checked."""
    if sparse.issparse(P):
        rows, states = P.shape
        if not states or not rows or rows % states:
            raise bad(f"sparse P has shape {P.shape}", "[S * A, S]")
        out = sparse.csr_array(P, dtype=float, copy=True)
    else:
        P = np.asarray(P, dtype=float)
        if P.ndim != 3 or P.shape[0] != P.shape[2] or not P.size:
            raise bad(f"P has shape {P.shape}", "[S, A, S], or a sparse matrix [S * A, S]")
        out = sparse.csr_array(P.reshape(-1, P.shape[2]))
    out.sum_duplicates()
    out.eliminate_zeros()
    return out


def check_rows(P: sparse.csr_array, actions: int) -> None:
    """Raises BadOption unless every row s * A + a of P [S * A, S] is a distribution."""
    data = P.data
    wrong = ~np.isfinite(data) | (data < 0)
    if wrong.any():
        row = int(np.searchsorted(P.indptr, np.flatnonzero(wrong)[0], side="right")) - 1
        s, a = divmod(row, actions)
        raise bad(f"P holds {data[wrong][0]} for state {s}, action {a}", "probabilities in [0, 1]")
    total = np.asarray(P.sum(axis=1)).ravel()
    off = np.abs(total - 1.0) > 1e-8
    if off.any():
        s, a = divmod(int(np.flatnonzero(off)[0]), actions)
        raise bad(
            f"the probabilities of state {s}, action {a} sum to {total[off][0]:.12g}",
            "1 for every state that is not terminal",
            "normalise P, or mark states that end the episode in `terminal`",
        )


def distribution(initial: Any, states: int) -> np.ndarray:
    """The initial distribution [S] from itself or from the number of a state."""
    if isinstance(initial, (int, np.integer)) and not isinstance(initial, bool):
        if not 0 <= initial < states:
            raise bad(f"initial={initial}", f"a state in 0..{states - 1}, or a distribution [{states}]")
        return np.eye(1, states, int(initial))[0]
    x = np.array(initial, dtype=float)
    if x.shape != (states,) or not (x >= 0).all() or abs(x.sum() - 1.0) > 1e-8:
        raise bad(f"initial has shape {x.shape} and sums to {x.sum():.12g}", f"a distribution [{states}]")
    return x


def check_policy(policy: Any, S: int, A: int, horizon: int | None = None) -> np.ndarray:
    """A policy as int64 [S] or float64 [S, A]; with a horizon, with an axis [H] before."""
    lead = () if horizon is None else (horizon,)
    x = np.asarray(policy)
    if horizon is not None and x.shape in ((S,), (S, A)):
        x = np.broadcast_to(x, (*lead, *x.shape))
    if x.shape == (*lead, S) and x.dtype.kind in "iu":
        if x.min() < 0 or x.max() >= A:
            raise bad(f"the policy takes actions {x.min()}..{x.max()}", f"actions 0..{A - 1}")
        return x.astype(np.int64)
    if x.shape != (*lead, S, A):
        raise bad(
            f"a policy of shape {x.shape} and dtype {x.dtype}",
            f"integers {[*lead, S]} or probabilities {[*lead, S, A]}",
        )
    x = x.astype(float)
    if not (x >= 0).all() or np.abs(x.sum(-1) - 1.0).max() > 1e-8:
        raise bad("the policy's rows are no distributions", "probabilities that sum to 1 in each state")
    return x
