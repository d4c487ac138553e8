"""Is what a reward adds a potential, and if so, under which discount?

    paid(s, a, s') = c · task(s, a, s') + γ Φ(s') − Φ(s),    Φ(terminal) = 0

A least-squares question: for each γ the best c and Φ come from one linear solve. A rest of zero at the agent's own γ
proves that every optimal policy is kept; a rest of zero at another γ, or with potentials of terminal states, says which
mistake was made.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsqr

from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import PaidTable, reachable

_USUAL = (1.0, 0.999, 0.995, 0.99, 0.98, 0.97, 0.95, 0.9, 0.8, 0.5)
_EXACT = 1e-7
_DENSE = 1200  # states up to which a dense solve is quick


@dataclass(frozen=True)
class PotentialForm:
    """How well the pay is the task's plus a potential.

    Attributes:
        gamma: the discount of the potential that fits best.
        scale: c, what the task's own reward is multiplied by.
        phi: [S] the potential, up to what the data leave open.
        rest: the largest difference that remains, relative to the largest pay.
        corrected: whether terminal states have the potential 0.
    """

    gamma: float
    scale: float
    phi: np.ndarray
    rest: float
    corrected: bool

    @property
    def exact(self) -> bool:
        """Whether nothing remains."""
        return self.rest < _EXACT


def potential_form(table: PaidTable) -> PotentialForm:
    """The form that fits: at the process's own gamma with 0 at the ends if that is exact, else the first that is."""
    gamma = 1.0 if table.mdp.gamma is None else table.mdp.gamma
    first = _fit(table, gamma, corrected=True)
    if first.exact:
        return first
    tries = [_fit(table, gamma, corrected=False)]
    if table.mdp.num_states <= _DENSE:
        tries += [_fit(table, g, corrected=c) for g in _USUAL if g != gamma for c in (True, False)]
    exact = [t for t in tries if t.exact]
    return exact[0] if exact else first


def _fit(table: PaidTable, gamma: float, *, corrected: bool) -> PotentialForm:
    mdp, task = table.mdp, table.task
    state = np.repeat(np.arange(mdp.P.shape[0]), np.diff(mdp.P.indptr)) // mdp.num_actions
    keep = np.flatnonzero(reachable(mdp)[state] & ~mdp.terminal[state])
    at, after = state[keep], mdp.P.indices[keep]
    assert mdp.pay is not None
    paid = mdp.pay[keep]
    own = task.R[at, _actions(mdp)[keep]] if task.pay is None else task.pay[keep]
    rows = np.arange(len(keep))
    there = ~mdp.terminal[after] if corrected else np.ones(len(after), dtype=bool)
    matrix = sparse.csr_array(
        (
            np.concatenate([-np.ones(len(rows)), np.full(there.sum(), gamma), own]),
            (
                np.concatenate([rows, rows[there], rows]),
                np.concatenate([at, after[there], np.full(len(rows), mdp.num_states)]),
            ),
        ),
        shape=(len(rows), mdp.num_states + 1),
    )
    if mdp.num_states <= _DENSE and matrix.shape[0] <= 20 * _DENSE:
        x = np.linalg.lstsq(matrix.toarray(), paid, rcond=1e-12)[0]
    else:
        x = lsqr(matrix, paid, atol=1e-14, btol=1e-14, iter_lim=20 * mdp.num_states)[0]
    rest = np.abs(matrix @ x - paid).max(initial=0.0) / max(np.abs(paid).max(initial=0.0), 1e-300)
    scale = float(x[-1]) if np.abs(own).max(initial=0.0) > 0 else 1.0
    return PotentialForm(gamma, scale, x[:-1], float(rest), corrected)


def _actions(mdp: TabularMDP) -> np.ndarray:
    return np.repeat(np.arange(mdp.P.shape[0]), np.diff(mdp.P.indptr)) % mdp.num_actions
