"""LOOP: optimism over a class of hypotheses, kept until its own Bellman error speaks against it.

    L(g, f) = Σ_{steps} ( R_g(s, a) + Σ_y P_g(y | s, a) V_f(y) − r − V_f(s') )²,    V_f = max_a Q_f
    F_t = { f : L(f, f) − min_g L(g, f) <= β },    f_t = argmax_{f ∈ F_t} J_f,    kept while L(f_t, f_t) − min_g < 4 β

Each hypothesis is a process with its best gain J and values Q. The true one stays in the set, so that the chosen one
promises no less than what can be had; it is dropped when another explains its own targets better, which happens but
O(log T) times. This is the case of a finite class, where all sets are exact; the class that an error is compared with
holds the backups of V_f by all hypotheses, and with them the true one, as the theory asks.

Source: He, Zhong, Yang, "Sample-efficient Learning of Infinite-horizon Average-reward MDPs with General Function
Approximation", ICLR 2024, Algorithm 1; its β is of the order sp² log(T |F|² / δ), the constant
is ours.
"""

import math
from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, CHANCE, ROUNDS, Moves, RunsAgent
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.core.mdp import TabularMDP


@dataclass(eq=False, kw_only=True)
class LOOP(RunsAgent):
    """Optimism over F processes, one of which is true, for Discrete observations and actions and no end.

    The last step of an episode, where one ends, teaches nothing: its successor is another start.

    Args:
        hypotheses: F >= 1 processes with average reward (gamma None); not written to files, their values are.
        scale: c > 0 in β = c · span² · log(F² T / δ).
        delta: δ in (0, 1).
        total_steps: T >= 1, in β alone.

    Attributes:
        hoped: [F, S, A] Q of the hypotheses.
        backups: [F, F, S, A] R_g + P_g V_f, row g.
        gains: [F] their J.
        loss: [M, F, F] L(g, f), row g.
        current: [M] the hypothesis that is followed.
        switches: [M] how often it was changed.
        beta: β.

    Raises:
        BadOption: without hypotheses, or for a number outside its range.
        BadSpace: for hypotheses with other states or actions.
    """

    hypotheses: InitVar[Sequence[TabularMDP]] = ()
    scale: float = 0.1
    delta: float = 0.05
    total_steps: int = 100_000

    def __post_init__(self, hypotheses: Sequence[TabularMDP]) -> None:  # type: ignore[override]
        self._given = list(hypotheses)
        super().__post_init__()

    def prepare(self) -> None:
        self.check(scale=ABOVE_ZERO, delta=CHANCE, total_steps=ROUNDS)
        shape = (self.num_states, self.num_actions)
        if not self._given and self._rollout is not None:
            raise BadOption("no hypotheses", where="LOOP", expected="processes with gamma=None")
        for mdp in self._given:
            if (mdp.num_states, mdp.num_actions) != shape:
                raise BadSpace(f"a hypothesis {mdp}", where="LOOP", expected=f"{shape[0]} states, {shape[1]} actions")
            if mdp.gamma is not None:
                raise BadOption(f"a hypothesis {mdp}", where="LOOP", expected="average reward", mend="with_gamma(None)")
        found = [mdp.solve() for mdp in self._given]
        self.hoped = np.array([f.Q for f in found]).reshape(len(found), *shape)
        self.gains = np.array([f.value for f in found])
        M, F = self.memories, len(found)
        rows = [[mdp.R + mdp.expect(f.Q.max(1)) for f in found] for mdp in self._given]
        self.backups = np.array(rows).reshape(F, F, *shape)
        self.loss, self.switches = np.zeros((M, F, F)), np.zeros(M, dtype=np.int64)
        self.current = np.full(M, self.gains.argmax() if F else 0)
        self.beta = 0.0
        if F:
            span = np.ptp(self.hoped.max(2), axis=1).max() + 1.0  # of the values, and the reward
            self.beta = float(self.scale * span**2 * math.log(F * F * self.total_steps / self.delta))

    def values(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray) -> np.ndarray:
        return self.hoped[self.current[memory], state]

    def excess(self) -> np.ndarray:
        """L(f, f) − min_g L(g, f) [M, F]."""
        return np.diagonal(self.loss, axis1=1, axis2=2) - self.loss.min(1)

    def take(self, moves: Moves) -> None:
        on = ~moves.over
        m, s, a = moves.memory[on], moves.state[on], moves.action[on]
        target = moves.reward[on][:, None] + self.hoped[:, moves.after[on]].max(2).T  # [B, F]
        error = np.moveaxis(self.backups[:, :, s, a], 2, 0) - target[:, None, :]  # [B, F, F]
        np.add.at(self.loss, m, error**2)
        excess = self.excess()
        late = excess[np.arange(self.memories), self.current] >= 4.0 * self.beta
        if late.any():
            # A set that has become empty, by a β too small or hypotheses all wrong, keeps the least bad.
            allowed = excess <= np.maximum(self.beta, excess.min(1, keepdims=True))
            best = np.where(allowed, self.gains, -np.inf).argmax(1)
            self.switches += late & (best != self.current)
            self.current = np.where(late, best, self.current)

    def tables(self) -> dict[str, Any]:
        names = ("hoped", "backups", "gains", "loss", "current", "switches", "beta")
        return {**super().tables(), **{name: getattr(self, name) for name in names}}
