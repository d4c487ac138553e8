"""UCRL2: the best process that is still plausible, followed until some count has doubled.

    ‖p̃ − p̂‖₁ <= √(14 S ln(2 A t / δ) / n),    |r̃ − r̂| <= √(7 ln(2 S A t / δ) / (2 n))
    u ← max_a [ r̃(s, a) + max_p̃ Σ_s' p̃(s' | s, a) u(s') ]

Learns the best average reward of a process that never ends and in which every state can be reached, with regret
D S √(A T) for its diameter D. Extended value iteration finds the policy whose gain is the highest that any plausible
process allows; the inner maximum is exact.

Source: Jaksch, Ortner, Auer, "Near-optimal Regret Bounds for Reinforcement Learning", JMLR 2010, Figures 1 and 2,
Equations 3 and 4; here a sweep goes half the way, so that periodic processes converge too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular_model import ModelAgent
from rewardlab.agents.loops.tabular_plans import optimistic, sweep
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, CHANCE, Moves


@dataclass(eq=False, kw_only=True)
class UCRL2(ModelAgent):
    """Optimism for the average reward, for Discrete observations and actions and rewards in [0, 1].

    Where an episode ends, the process is taken to go on with the first state of the next.

    Args:
        delta: δ in (0, 1).
        scale: what both radii are multiplied by, > 0; 1 is the paper's, smaller ones learn sooner without the proof.

    Attributes:
        Q: [M, S, A] relative values of the optimistic process.
        gain: [M] its best average reward.

    Raises:
        BadOption: for a number outside its range.
    """

    delta: float = 0.05
    scale: float = 1.0
    endless = True

    def prepare(self) -> None:
        self.check(delta=CHANCE, scale=ABOVE_ZERO)
        self.count()
        self.Q = np.ones((self.memories, self.num_states, self.num_actions))
        self.gain = np.ones(self.memories)
        self.before = np.zeros(self.visits.shape, dtype=np.int64)  # [M, S, A] visits when the plan was made

    def due(self, moves: Moves) -> np.ndarray:
        pair = (moves.memory, moves.state, moves.action)
        return self.visits[pair] >= 2 * np.maximum(self.before[pair], 1) - (self.before[pair] == 0)

    def radii(self, memory: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of transitions and of rewards, [n, S, A] each, of memories [n] now."""
        S, A, n = self.num_states, self.num_actions, np.maximum(self.visits[memory], 1)
        t = np.maximum(self.visits[memory].sum((1, 2)), 1)[:, None, None]
        transitions = np.sqrt(14.0 * S * np.log(2.0 * A * t / self.delta) / n)
        return self.scale * transitions, self.scale * np.sqrt(3.5 * np.log(2.0 * S * A * t / self.delta) / n)

    def plan(self, memory: np.ndarray) -> None:
        width, spread = self.radii(memory)
        visits, seen = self.visits[memory], self.counts[memory]
        # Of a step that has just ended an episode the successor is yet to be seen.
        chance = seen / np.maximum(seen.sum(3, keepdims=True), 1.0)
        pay = np.where(visits > 0, np.minimum(self.totals[memory] / np.maximum(visits, 1) + spread, 1.0), 1.0)

        def backup(u: np.ndarray, left: np.ndarray) -> np.ndarray:
            return pay[left] + optimistic(chance[left], width[left], u)

        allowed = 1.0 / np.sqrt(visits.sum((1, 2)))
        self.gain[memory], self.Q[memory] = sweep(backup, pay.shape, allowed, 20_000)
        self.before[memory] = visits

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "gain": self.gain, "before": self.before}
