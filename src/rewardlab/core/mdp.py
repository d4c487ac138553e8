"""Exact Markov decision processes: tables, and all that can be known of them without sampling.

    discounted, episodic   V(s) = max_a R(s, a) + γ Σ_s' P(s' | s, a) V(s'),    V(terminal) = 0
    average reward     g + h(s) = max_a R(s, a) + Σ_s' P(s' | s, a) h(s')

The ground truth behind the tests of shaping, reward distances, preferences and tabular agents. All answers come from
linear solves, so that they hold to rounding.

Source: Puterman, "Markov Decision Processes: Discrete Stochastic Dynamic Programming", 1994, Sections 4.5 (backward
induction), 6.4 and 8.6 (policy iteration); Bertsekas, Tsitsiklis, "An Analysis of Stochastic Shortest Path Problems",
Mathematics of Operations Research 1991, Proposition 2 (γ = 1).
"""

import copy
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from scipy import sparse

from rewardlab.core import chain


@dataclass(frozen=True)
class Solution:
    """Values of a policy, or of the best one.

    Attributes:
        V: [S] state values; with a horizon H [H + 1, S], by steps taken; for average reward the bias.
        Q: [S, A] action values, [H, S, A]; for average reward R − gain + P bias.
        policy: the policy they belong to: actions [S] or [H, S], or the probabilities that were given.
        value: the expected return from the initial distribution; for average reward the gain, reward per step.
    """

    V: np.ndarray  # [S]
    Q: np.ndarray  # [S, A]
    policy: np.ndarray  # [S]
    value: float

    def optimal_actions(self, tolerance: float = 1e-9) -> np.ndarray:
        """[S, A] bool: the actions whose value is within `tolerance` of the best in their state."""
        return self.Q.max(-1, keepdims=True) - tolerance <= self.Q


class TabularMDP:
    """A finite Markov decision process, with transitions stored as a sparse matrix.

    Args:
        P: transition probabilities, an array [S, A, S] or a SciPy sparse matrix [S * A, S] with row s * A + a.
        R: rewards, an array [S, A] or [S, A, S], or a sparse matrix [S * A, S] of rewards per transition.
        gamma: discount in [0, 1]; 1 asks for terminal states that can be reached from everywhere; None is the
            average-reward criterion, for chains with one recurrent class.
        initial: the distribution [S] of the first state, or its number.
        terminal: [S] bool, states that end the episode: nothing is paid and nothing has value beyond. What `P` and `R`
            say of them is ignored; they are kept as loops that pay 0.

    Attributes:
        P: CSR [S * A, S].
        R: [S, A] expected rewards.
        pay: rewards of the single transitions, aligned with `P.data`; None if R was given as [S, A].
        initial, gamma, terminal: as above, the first as [S].

    Raises:
        BadOption: for wrong shapes, rows that do not sum to 1, negative or infinite numbers, or a gamma outside [0, 1].
    """

    def __init__(
        self, P: Any, R: Any, *, gamma: float | None = 0.99, initial: Any = 0, terminal: np.ndarray | None = None
    ) -> None:
        self.P = chain.transitions(P)
        self.num_states = int(self.P.shape[1])
        self.num_actions = int(self.P.shape[0]) // self.num_states
        ends = np.zeros(self.num_states, dtype=bool) if terminal is None else np.asarray(terminal)
        if ends.dtype != bool or ends.shape != (self.num_states,):
            raise chain.bad(f"terminal has shape {ends.shape} and dtype {ends.dtype}", f"[{self.num_states}] bool")
        self.terminal = ends
        self.initial = chain.distribution(initial, self.num_states)
        self._close()
        chain.check_rows(self.P, self.num_actions)
        self.gamma = self._check_gamma(gamma)
        self.R, self.pay = self._rewards(R)

    # -- construction --------------------------------------------------------------------------------------------

    def _close(self) -> None:
        """Make terminal states loop."""
        if self.terminal.any():
            ended = np.repeat(self.terminal, self.num_actions)  # [S * A]
            state = np.repeat(np.arange(self.num_states), self.num_actions)
            self.P.data[np.repeat(ended, np.diff(self.P.indptr))] = 0.0
            loops = (np.ones(ended.sum()), (np.flatnonzero(ended), state[ended]))
            self.P = sparse.csr_array(self.P + sparse.csr_array(loops, shape=self.P.shape))
            self.P.eliminate_zeros()
        self.P.sort_indices()

    def _check_gamma(self, gamma: float | None) -> float | None:
        if gamma is None:
            if self.terminal.any():
                raise chain.bad("average reward with terminal states", "a process that never ends", "give a gamma")
            return None
        if isinstance(gamma, bool) or not isinstance(gamma, Real) or not 0.0 <= gamma <= 1.0:
            raise chain.bad(f"gamma={gamma!r}", "a number in [0, 1], or None for average reward")
        if gamma == 1.0:
            stuck = np.flatnonzero(np.isinf(chain.distance(self.terminal, self._links())))
            if len(stuck):
                raise chain.bad(
                    f"gamma=1, and no terminal state can be reached from states {stuck[:8].tolist()}",
                    "an episode that can end from everywhere",
                    "mark absorbing states in `terminal`, or take gamma < 1 or None",
                )
        return float(gamma)

    def _rewards(self, R: Any) -> tuple[np.ndarray, np.ndarray | None]:
        S, A = self.num_states, self.num_actions
        rows = np.repeat(np.arange(S * A), np.diff(self.P.indptr))  # of each stored transition
        pay: np.ndarray | None
        if sparse.issparse(R):
            if R.shape != (S * A, S):
                raise chain.bad(f"sparse R has shape {R.shape}", f"[{S * A}, {S}], that of P")
            pay = np.asarray(sparse.csr_matrix(R, dtype=float)[rows, self.P.indices]).ravel()
        else:
            R = np.asarray(R, dtype=float)
            if R.shape not in ((S, A), (S, A, S)):
                raise chain.bad(f"R has shape {R.shape}", f"[{S}, {A}] or [{S}, {A}, {S}]")
            pay = R.reshape(S * A, S)[rows, self.P.indices] if R.ndim == 3 else None
        if pay is None:
            mean = np.where(self.terminal[:, None], 0.0, R)
        else:
            pay = np.where(self.terminal[rows // A], 0.0, pay)
            mean = np.bincount(rows, self.P.data * pay, S * A).reshape(S, A)
        if not np.isfinite(mean).all():
            s, a = np.argwhere(~np.isfinite(mean))[0]
            raise chain.bad(f"the reward of state {s}, action {a} is {mean[s, a]}", "finite rewards")
        return mean, pay

    def with_reward(self, R: Any) -> "TabularMDP":
        """The same process with other rewards, in any form that the constructor takes."""
        other = copy.copy(self)
        other.R, other.pay = self._rewards(R)
        return other

    def with_gamma(self, gamma: float | None) -> "TabularMDP":
        """The same process under another discount, or None for average reward."""
        other = copy.copy(self)
        other.gamma = self._check_gamma(gamma)
        return other

    def dense(self) -> tuple[np.ndarray, np.ndarray]:
        """P [S, A, S], and R [S, A, S] if rewards are known per transition, else [S, A]."""
        shape = (self.num_states, self.num_actions, self.num_states)
        if self.pay is None:
            return self.P.toarray().reshape(shape), self.R.copy()
        pay = sparse.csr_array((self.pay, self.P.indices, self.P.indptr), shape=self.P.shape)
        return self.P.toarray().reshape(shape), pay.toarray().reshape(shape)

    def expect(self, values: np.ndarray) -> np.ndarray:
        """Σ_s' P(s' | s, a) values(s') [S, A], for values [S]."""
        return (self.P @ values).reshape(self.num_states, self.num_actions)

    def __repr__(self) -> str:
        criterion = "average reward" if self.gamma is None else f"gamma={self.gamma:g}"
        return f"TabularMDP({self.num_states} states, {self.num_actions} actions, {criterion})"

    # -- answers -------------------------------------------------------------------------------------------------

    def solve(self, horizon: int | None = None) -> Solution:
        """The best policy and its exact values.

        With gamma = 1 it is the best of all policies that surely end. With a horizon, gamma = 1 and None alike mean
        the sum of rewards. Of equally good actions the policy takes any.

        Raises:
            BadOption: if the return is unbounded (gamma = 1 and a cycle that pays), or, for average reward, if a policy
                met on the way has several recurrent classes.
        """
        if horizon is not None:
            return self._induct(horizon, None)
        policy = self._first_policy()
        seen = set()
        while True:
            found = self.evaluate(policy)
            held = np.take_along_axis(found.Q, policy[:, None], 1)[:, 0]
            # Strictly better only: with gamma = 1 a switch between equals could trade an end for a cycle.
            better = found.Q.max(1) > held + 1e-13 * (1.0 + np.abs(found.Q).max())
            policy = np.where(better, found.Q.argmax(1), policy)
            if not better.any() or policy.tobytes() in seen:
                return found
            seen.add(policy.tobytes())
            if self.gamma == 1.0 and np.isinf(chain.distance(self.terminal, self._chain(policy)[0])).any():
                # A strict improvement on a policy that ends can only fail to end in a cycle of positive pay.
                raise chain.bad(
                    "the return is unbounded: a cycle pays", "gamma < 1, or no gain without end", "lower gamma"
                )

    def evaluate(self, policy: Any, horizon: int | None = None) -> Solution:
        """The exact values of a policy: actions [S] or probabilities [S, A], with a horizon also [H, S] or [H, S, A].

        Raises:
            BadOption: if the policy has a wrong form, never ends although gamma = 1, or has several recurrent classes
                under average reward.
        """
        if horizon is not None:
            return self._induct(horizon, policy)
        policy = chain.check_policy(policy, self.num_states, self.num_actions)
        P, r = self._chain(policy)
        if self.gamma is None:
            ones, pivot = chain.centred(P)
            h = chain.solve(ones, r)
            gain = float(h[pivot])
            h[pivot] = 0.0
            h -= chain.stationary(ones, pivot) @ h
            return Solution(h, self.R - gain + self.expect(h), policy, gain)
        live = self._live(P)
        V = np.zeros(self.num_states)
        V[live] = chain.solve(sparse.eye_array(len(live)) - self.gamma * P[live][:, live], r[live])
        return Solution(V, self.R + self.gamma * self.expect(V), policy, float(self.initial @ V))

    def occupancy(self, policy: Any) -> np.ndarray:
        """How often a policy takes each action in each state, [S, A], so that the value is Σ occupancy · R.

        Discounted: Σ_t γ^t P(s_t = s, a_t = a), which sums to 1 / (1 − γ) if nothing ends. With gamma = 1 the expected
        visits of an episode; for average reward the stationary distribution, which sums to 1. Terminal states have 0.
        """
        policy = chain.check_policy(policy, self.num_states, self.num_actions)
        P, _ = self._chain(policy)
        if self.gamma is None:
            visits = chain.stationary(*chain.centred(P))
        else:
            live = self._live(P)
            visits = np.zeros(self.num_states)
            onward = sparse.csr_array(sparse.eye_array(len(live)) - self.gamma * P[live][:, live])
            visits[live] = chain.solve(sparse.csr_array(onward.T), self.initial[live])
        return visits[:, None] * self._probabilities(policy)

    def optimal_actions(self, tolerance: float = 1e-9) -> np.ndarray:
        """[S, A] bool: actions within `tolerance` of the Bellman optimum; in terminal states, every one."""
        return self.solve().optimal_actions(tolerance)

    # -- machinery -----------------------------------------------------------------------------------------------

    def _induct(self, horizon: int, policy: Any) -> Solution:
        """Backward induction over H steps, for the best policy or a given one."""
        if isinstance(horizon, bool) or not isinstance(horizon, (int, np.integer)) or horizon < 1:
            raise chain.bad(f"horizon={horizon!r}", "an integer of at least 1")
        gamma = 1.0 if self.gamma is None else self.gamma
        V = np.zeros((horizon + 1, self.num_states))
        Q = np.zeros((horizon, self.num_states, self.num_actions))
        many = None if policy is None else chain.check_policy(policy, self.num_states, self.num_actions, horizon)
        for t in reversed(range(horizon)):
            Q[t] = self.R + gamma * self.expect(V[t + 1])
            V[t] = Q[t].max(1) if many is None else (self._probabilities(many[t]) * Q[t]).sum(1)
        return Solution(V, Q, Q.argmax(2) if many is None else many, float(self.initial @ V[0]))

    def _first_policy(self) -> np.ndarray:
        """A policy [S] to begin with: one that ends (gamma = 1), or is good, so that the chain hardly splits (None)."""
        if self.gamma is None:
            h = np.zeros(self.num_states)
            for _ in range(1000):
                # Half a step: relative value iteration would go round for ever in a periodic chain.
                after = 0.5 * h + 0.5 * (self.R + self.expect(h)).max(1)
                step = after - h
                h = after - after[0]
                if np.ptp(step) < 1e-9 * (1.0 + np.abs(step).max()):
                    break
            return (self.R + self.expect(h)).argmax(1)
        if self.gamma < 1.0:
            return self.R.argmax(1)
        distance = chain.distance(self.terminal, self._links())
        nearest = np.minimum.reduceat(distance[self.P.indices], self.P.indptr[:-1])  # [S * A] by their best successor
        return nearest.reshape(self.num_states, self.num_actions).argmin(1)

    def _links(self) -> sparse.csr_array:
        """[S, S]: which states can follow which, under any action."""
        rows = np.repeat(np.arange(self.num_states * self.num_actions), np.diff(self.P.indptr)) // self.num_actions
        return sparse.csr_array((self.P.data, (rows, self.P.indices)), shape=(self.num_states, self.num_states))

    def _live(self, P: sparse.csr_array) -> np.ndarray:
        """The states that do not end the episode; with gamma = 1, only if all of them lead to an end."""
        if self.gamma == 1.0:
            stuck = np.flatnonzero(np.isinf(chain.distance(self.terminal, P)))
            if len(stuck):
                raise chain.bad(
                    f"gamma=1, and this policy never ends from states {stuck[:8].tolist()}", "one that ends"
                )
        return np.flatnonzero(~self.terminal)

    def _chain(self, policy: np.ndarray) -> tuple[sparse.csr_array, np.ndarray]:
        """The transitions [S, S] and rewards [S] of a policy."""
        S, A = self.num_states, self.num_actions
        if policy.ndim == 1:
            return self.P[np.arange(S) * A + policy], self.R[np.arange(S), policy]
        weights = sparse.csr_array((policy.ravel(), np.arange(S * A), np.arange(0, S * A + 1, A)), shape=(S, S * A))
        P = sparse.csr_array(weights @ self.P)
        P.eliminate_zeros()
        return P, (policy * self.R).sum(1)

    def _probabilities(self, policy: np.ndarray) -> np.ndarray:
        """[S, A] of a policy in either form."""
        return np.eye(self.num_actions)[policy] if policy.ndim == 1 else policy
