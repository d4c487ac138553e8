"""What a policy does to a small process, written out: its Markov chain, and the lottery of its trajectories."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP

MOST = 500_000
"""The largest number of trajectories."""


@dataclass(frozen=True)
class Lottery:
    """All trajectories of a policy over H steps, with their probabilities; -1 stands after an end.

    Attributes:
        states: [M, H + 1].
        actions: [M, H].
        entries: [M, H] which entry of `mdp.P.data` each step was.
        probability: [M], which sums to 1.
    """

    states: np.ndarray
    actions: np.ndarray
    entries: np.ndarray
    probability: np.ndarray

    def discounted(self, pay: np.ndarray, gamma: float) -> np.ndarray:
        """The returns [M] or [M, K] for a pay per entry, [E] or [E, K]."""
        weights = np.where(self.entries < 0, 0.0, gamma ** np.arange(self.entries.shape[1]))  # [M, H]
        return np.einsum("mh,mh...->m...", weights, pay[self.entries])


def probabilities(policy: Any, mdp: TabularMDP) -> np.ndarray:
    """[S, A] of a policy given as actions [S] or probabilities [S, A].

    Raises:
        BadOption: for another form.
    """
    held, shape = np.asarray(policy), (mdp.num_states, mdp.num_actions)
    if held.shape == shape[:1] and held.dtype.kind in "iu" and ((held >= 0) & (held < shape[1])).all():
        return np.eye(shape[1])[held]
    if held.shape == shape and (held >= 0).all() and np.allclose(held.sum(1), 1.0):
        return held.astype(float)
    raise BadOption(
        f"a policy of shape {held.shape}", where="objective", expected=f"actions [{shape[0]}] or probabilities {shape}"
    )


def pays(mdp: TabularMDP) -> np.ndarray:
    """[E] what each entry of `mdp.P.data` pays."""
    return mdp.pay if mdp.pay is not None else mdp.R.ravel()[pairs(mdp)]


def pairs(mdp: TabularMDP) -> np.ndarray:
    """[E] the number s · A + a of each entry of `mdp.P.data`."""
    return np.repeat(np.arange(mdp.P.shape[0]), np.diff(mdp.P.indptr))


def chain(policy: Any, mdp: TabularMDP) -> np.ndarray:
    """[S, S] the transitions under a policy."""
    weights = probabilities(policy, mdp).ravel()[pairs(mdp)] * mdp.P.data
    P = np.zeros((mdp.num_states, mdp.num_states))
    np.add.at(P, (pairs(mdp) // mdp.num_actions, mdp.P.indices), weights)
    return P


def recurrent(P: np.ndarray) -> list[np.ndarray]:
    """The recurrent classes of a chain [S, S], the numbers of their states each."""
    count, part = csgraph.connected_components(sparse.csr_array(P > 0), connection="strong")
    groups = [np.flatnonzero(part == k) for k in range(count)]
    return [g for g in groups if not P[np.ix_(g, np.flatnonzero(part != part[g[0]]))].any()]


def lottery(policy: Any, mdp: TabularMDP, horizon: int) -> Lottery:
    """The trajectories of a policy over the first `horizon` steps.

    Raises:
        BadOption: if there are too many, or for a horizon below 1.
    """
    if isinstance(horizon, bool) or horizon < 1:
        raise BadOption(f"horizon={horizon!r}", where="objective", expected="an integer of at least 1")
    weights = probabilities(policy, mdp).ravel()[pairs(mdp)] * mdp.P.data  # [E]
    leaves = [np.flatnonzero((pairs(mdp) // mdp.num_actions == s) & (weights > 0)) for s in range(mdp.num_states)]
    leaves = [np.array([-1]) if mdp.terminal[s] else own for s, own in enumerate(leaves)] + [np.array([-1])]
    now = np.flatnonzero(mdp.initial)
    chance, taken, visited = mdp.initial[now], np.zeros((len(now), 0), dtype=np.int64), now[:, None]
    after = np.append(mdp.P.indices, -1)  # the last place is that of entry -1
    weights = np.append(weights, 1.0)
    for _ in range(horizon):
        counts = np.array([len(leaves[s]) for s in now])
        if counts.sum() > MOST:
            raise BadOption(
                f"{counts.sum():,} trajectories",
                where="objective",
                expected=f"at most {MOST:,}",
                mend="a shorter horizon",
            )
        entry = np.concatenate([leaves[s] for s in now])
        row = np.repeat(np.arange(len(now)), counts)
        chance = chance[row] * weights[entry]
        now = after[entry]
        taken, visited = np.column_stack([taken[row], entry]), np.column_stack([visited[row], now])
    actions = np.where(taken < 0, -1, pairs(mdp)[taken] % mdp.num_actions)
    return Lottery(visited, actions, taken, chance)
