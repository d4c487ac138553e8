"""Designs a sparse reward table: a linear programme for the states that may pay, and a greedy choice of them."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP

_PENALTY = 1e4  # of a broken constraint while states are still being chosen
_SIZE = 1e-7  # of the sum of |R|: of equally good rewards the smallest
_LEAST = 1e-9  # a gain below which no further state is taken


def check(mdp: TabularMDP, budget: int, largest: float, *, where: str) -> None:
    """Raises BadOption unless these are a discounted process, a number of states and a bound."""
    if mdp.gamma is None:
        raise BadOption("average reward", where=where, expected="a discounted or episodic process", mend="give a gamma")
    if isinstance(budget, bool) or not isinstance(budget, (int, np.integer)) or budget < 1:
        raise BadOption(f"budget={budget!r}", where=where, expected="how many states may pay, at least 1")
    if not 0.0 < largest < np.inf:
        raise BadOption(f"largest={largest!r}", where=where, expected="a positive number")


def pull(occupancy: np.ndarray, policy: np.ndarray, advantage: np.ndarray) -> np.ndarray:
    """∂I / ∂R [S, A] of the informativeness for a policy; I is linear in R, so this does not depend on R.

    Args:
        occupancy: d(s) π(a | s), [S, A].
        policy: π [S, A].
        advantage: [S, A] of whoever judges; it is centred under π here.
    """
    centred = advantage - (policy * advantage).sum(1, keepdims=True)
    weight = occupancy**2 * centred
    return weight - policy * weight.sum(1, keepdims=True)


class Optimum:
    """The optimal policy of a process as linear maps of a reward that one is free to choose.

    Args:
        mdp: the process. Of several optimal actions the policy takes all alike.

    Attributes:
        best: [S, A] bool, the optimal actions; in terminal states all.
        gap: [S] what the second-best action loses; infinite where all actions are optimal.
        lag: [S * A, S * A] from a reward to Q(s, π(s)) − Q(s, a), over an unlimited horizon.
        pays: [S] bool, the states where the process itself pays.
    """

    def __init__(self, mdp: TabularMDP) -> None:
        solution = mdp.solve()
        S, A = mdp.num_states, mdp.num_actions
        self.best = solution.optimal_actions() | mdp.terminal[:, None]
        policy = self.best / self.best.sum(1, keepdims=True)
        mdp.evaluate(policy)  # refuses one that never ends
        short = np.where(self.best, np.inf, solution.Q.max(1, keepdims=True) - solution.Q)
        self.gap = short.min(1)
        live = ~mdp.terminal
        onward = mdp.P.toarray().reshape(S, A, S) * live[:, None, None] * live
        self._step = float(mdp.gamma or 0.0) * (onward[..., None] * policy).reshape(S * A, S * A)
        self._compare = np.repeat(np.eye(S), A, axis=0)[:, :, None] * policy  # [S * A, S, A]
        self._compare = self._compare.reshape(S * A, S * A) - np.eye(S * A)
        self.lag = self._compare @ np.linalg.inv(np.eye(S * A) - self._step)
        self.pays = (np.abs(mdp.R) > 0).any(1) & live
        self.live = live

    def lag_within(self, horizon: int) -> np.ndarray:
        """[S * A, S * A], as `lag`, of the rewards of steps 0 .. horizon alone."""
        power = total = np.eye(len(self._step))
        for _ in range(horizon):
            power = power @ self._step
            total = total + power
        return self._compare @ total


@dataclass(frozen=True)
class Design:
    """What a reward [S, A] should be: maximise linear · R − mean of hinges, with the optimal actions held.

    Attributes:
        optimum: of the process.
        largest: the bound of |R|.
        linear: [S * A].
        hinges: matrices [S * A, S * A], of which the worst action of each state should reach the state's gap.
        invariant: whether the optimal actions must stay exactly the optimal ones.
    """

    optimum: Optimum
    largest: float
    linear: np.ndarray
    hinges: tuple[np.ndarray, ...] = ()
    invariant: bool = True

    def choose(self, budget: int, *, where: str) -> np.ndarray:
        """The best reward table [S, A] that greedy search finds with pay in at most `budget` states.

        Raises:
            BadOption: if none keeps the optimal actions.
        """
        pays, live = self.optimum.pays, np.flatnonzero(self.optimum.live)
        chosen = np.flatnonzero(pays).tolist() if self.invariant and 0 < pays.sum() <= budget else []
        value = self._solve(chosen, _PENALTY)[0] if chosen else np.inf
        while len(chosen) < min(budget, len(live)):
            tried = [(self._solve([*chosen, s], _PENALTY)[0], s) for s in live.tolist() if s not in chosen]
            least, state = min(tried)
            if least > value - _LEAST:
                break
            value, chosen = least, [*chosen, state]
        table = self._solve(chosen, None)[1]
        if table is None:
            raise BadOption(
                f"no reward found that pays in {budget} states, is at most {self.largest:g} and keeps the optimum",
                where=where,
                expected="enough states to tell the optimal actions from the others",
                mend="raise budget or largest",
            )
        return table

    def _solve(self, states: list[int], penalty: float | None) -> tuple[float, np.ndarray | None]:
        """The least cost, and the table [S, A], with pay in `states`; with no penalty the optimum is held strictly."""
        own, (S, A) = self.optimum, self.optimum.best.shape
        free = (np.array(states, dtype=int)[:, None] * A + np.arange(A)).ravel()
        tight, size = np.flatnonzero(np.isfinite(own.gap)), len(free)
        hinged = len(tight) * len(self.hinges)
        width = 2 * size + hinged + 1  # rewards, what was taken off them, hinges, one slack for all constraints
        rows, bounds = [], []
        other = np.flatnonzero(~own.best.ravel())
        need = own.gap[other // A]
        if self.invariant:
            tied = np.flatnonzero((own.best & (own.best.sum(1, keepdims=True) > 1)).ravel())
            for matrix, least in ((own.lag[other], need), (own.lag[tied], 0.0), (-own.lag[tied], 0.0)):
                block = np.zeros((len(matrix), width))
                block[:, : 2 * size], block[:, -1] = np.hstack([-matrix[:, free], matrix[:, free]]), -1.0
                rows.append(block)
                bounds.append(np.zeros(len(matrix)) - least)
        place = np.searchsorted(tight, other // A)
        for k, matrix in enumerate(self.hinges):
            block = np.zeros((len(other), width))
            block[:, : 2 * size] = np.hstack([-matrix[other][:, free], matrix[other][:, free]])
            block[np.arange(len(other)), 2 * size + k * len(tight) + place] = -1.0
            rows.append(block)
            bounds.append(-need)
        hinge = np.full(hinged, 1.0 / max(1, S * len(self.hinges)))
        cost = np.concatenate([_SIZE - self.linear[free], _SIZE + self.linear[free], hinge, [penalty or 0.0]])
        limits: list = [(0, self.largest)] * (2 * size) + [(0, None)] * hinged
        limits.append((0, None if penalty else 0))
        found = linprog(
            cost,
            A_ub=np.concatenate(rows) if rows else None,
            b_ub=np.concatenate(bounds) if rows else None,
            bounds=limits,
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        if not found.success:
            return np.inf, None
        table = np.zeros(S * A)
        table[free] = found.x[:size] - found.x[size : 2 * size]
        return float(found.fun), table.reshape(S, A)
