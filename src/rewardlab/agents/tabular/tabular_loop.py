"""LOOP over all tables: optimism about values and gain, kept until their own Bellman error speaks against them.

    L(g, f) = Σ_{steps} ( g(s, a) − r − V_f(s') )²,    V_f = max_a Q_f,    f = (Q_f, J_f)
    F_t = { f : L(Q_f + J_f, f) − min_g L(g, f) <= β },    f_t = argmax_{f ∈ F_t} J_f
    L(Q + J, f) − min_g L(g, f) = Σ_{s, a} n(s, a) ( Q(s, a) + J − r̂(s, a) − Σ_y P̂(y | s, a) V(y) )²

Any values and gain are hypotheses. The best least-squares fit is then a table of means, so that a hypothesis belongs to
the set if its errors e(s, a) in the Bellman equation of the means keep to one budget, Σ n e² <= β; and the most hopeful
one is the best average reward that errors of this size can buy. It is followed while its own excess stays below 4 β.

Source: He, Zhong, Yang, "Sample-efficient Learning of Infinite-horizon Average-reward MDPs with General Function
Approximation", ICLR 2024, Algorithm 1, for tables and for pairs that share their law; the first `prior` visits, which
lead everywhere and pay nothing, the ascent to the most hopeful hypothesis, and the constant in β are ours.
"""

import math
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.gain_optimism import optimist
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, CHANCE, ROUNDS, Moves, RunsAgent
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class TabularLOOP(RunsAgent):
    """Optimism over tables of values, for Discrete observations and actions, rewards in [0, 1] and no end.

    The last step of an episode, where one ends, teaches nothing: its successor is another start.

    Args:
        groups: [S, A] numbers of groups of pairs that are known to share pay and successors, 0..G − 1; None for none.
            Not written to the options but to the tables.
        span: > 0, how much better one state may be than another.
        scale: c > 0 in β = c · (1 + span)² · (G ln (1 + T / G) + ln (1 / δ)) (the default is ours).
        delta: δ in (0, 1).
        total_steps: T >= 1, in β alone.
        prior: > 0, what each group begins with in place of visits.

    Attributes:
        Q: [M, S, A] hoped values, of the hypothesis that is followed.
        backup: [M, G] its Q + J.
        V: [M, S] its V.
        gain: [M] its J.
        counts: [M, G, S] transitions, and `totals` [M, G] their rewards.
        switches: [M] how often it was chosen anew.
        beta: β.

    Raises:
        BadOption: for groups that are not numbered so, or a number outside its range.
    """

    groups: InitVar[Any] = None
    span: float = 1.0
    scale: float = 0.01
    delta: float = 0.05
    total_steps: int = 100_000
    prior: float = 0.1

    def __post_init__(self, groups: Any) -> None:  # type: ignore[override]
        self._given = groups
        super().__post_init__()

    def prepare(self) -> None:
        self.check(span=ABOVE_ZERO, scale=ABOVE_ZERO, delta=CHANCE, total_steps=ROUNDS, prior=ABOVE_ZERO)
        S, A, M = self.num_states, self.num_actions, self.memories
        given = np.arange(S * A).reshape(S, A) if self._given is None else np.array(self._given)
        whole = given.shape == (S, A) and given.dtype.kind in "iu"
        if not whole or (np.unique(given) != np.arange(given.max() + 1)).any():
            raise BadOption(
                f"groups of shape {given.shape}", where=self._name, expected=f"numbers 0..G − 1, each used, [{S}, {A}]"
            )
        self.group, G = given.astype(np.int64), int(given.max()) + 1
        size = G * math.log(1 + self.total_steps / G) + math.log(1 / self.delta)
        self.beta = float(self.scale * (1 + self.span) ** 2 * size)
        self.counts, self.totals = np.zeros((M, G, S)), np.zeros((M, G))
        self.Q, self.V = np.zeros((M, S, A)), np.zeros((M, S))
        self.backup, self.gain = np.zeros((M, G)), np.zeros(M)
        self.switches = np.zeros(M, dtype=np.int64)
        for m in range(M):
            self.choose_anew(m)

    def visits(self, memory: np.ndarray) -> np.ndarray:
        """n [m, G] of memories [m], what they began with included."""
        out: np.ndarray = self.counts[memory].sum(2) + self.prior
        return out

    def fit(self, memory: np.ndarray, V: np.ndarray) -> np.ndarray:
        """The least-squares table [m, G] of r + V(s') for memories [m] and values [m, S]."""
        seen = self.totals[memory] + np.einsum("mgs,ms->mg", self.counts[memory], V)
        out: np.ndarray = (seen + self.prior * V.mean(1, keepdims=True)) / self.visits(memory)
        return out

    def excess(self, memory: np.ndarray, backup: np.ndarray, V: np.ndarray) -> np.ndarray:
        """L(Q + J, f) − min_g L(g, f) [m] of hypotheses with Q + J [m, G] and V [m, S]."""
        out: np.ndarray = (self.visits(memory) * (backup - self.fit(memory, V)) ** 2).sum(1)
        return out

    def choose_anew(self, m: int) -> None:
        """Follow the most hopeful hypothesis that memory m still allows."""
        one = np.array([m])
        visits = self.visits(one)[0]
        P = (self.counts[m] + self.prior / self.num_states) / visits[:, None]
        mean = self.totals[m] / visits
        gain, V, error = optimist(P[self.group], mean[self.group], self.group, visits, self.beta)
        self.backup[m] = mean + P @ V + error
        self.Q[m] = self.backup[m][self.group] - gain
        self.V[m], self.gain[m] = V, gain
        self.switches[m] += 1

    def take(self, moves: Moves) -> None:
        on = ~moves.over
        m, g = moves.memory[on], self.group[moves.state[on], moves.action[on]]
        np.add.at(self.counts, (m, g, moves.after[on]), 1.0)
        np.add.at(self.totals, (m, g), moves.reward[on])
        every = np.arange(self.memories)
        for late in np.flatnonzero(self.excess(every, self.backup, self.V) >= 4.0 * self.beta):
            self.choose_anew(int(late))

    def tables(self) -> dict[str, Any]:
        names = ("group", "counts", "totals", "backup", "V", "gain", "switches", "beta")
        return {**super().tables(), **{name: getattr(self, name) for name in names}}
