"""NORA: an optimistic critic that is seldom refitted, and an actor that then begins anew.

    f_h(s, a) = min{ H − h, (λ + n)⁻¹ Σ [r + max_b f_{h+1}(s', b)] + c (λ + n)^(−1/2) },    n = n_h(s, a)
    π_h(a | s) ∝ exp(η Σ_{critics since the last reset} f_h(s, a))
    refit and reset when Π_{s, a} (λ + n_h(s, a)) has doubled for some h

The critic aims at the optimum and not at its actor, so that all data serve it; it is refitted O(S A H log K) times in K
episodes only. Without the resets an actor of long steps would have to unlearn what earlier critics promised. Data that
was collected before can be taught; where it covers what the best policy does, no bonus is needed.

Source: Tan, Fan, Wei, "Actor-Critics Can Achieve Optimal Sample Efficiency", ICML 2025, the algorithm NORA; this is its
linear instance with one feature for each state and action, where the confidence set is a bonus.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, COUNT, Moves, RunsAgent


@dataclass(eq=False, kw_only=True)
class NORA(RunsAgent):
    """An optimistic actor-critic for Discrete observations and actions, episodes of H steps and rewards in [0, 1].

    Args:
        horizon: H >= 1.
        bonus: c >= 0; 0 where the data that was taught covers the best policy.
        eta: η > 0, the step of the actor after each episode.
        ridge: λ > 0.

    Attributes:
        Q: [M, H, S, A] the critic f.
        logits: [M, H, S, A] of the actor.
        counts: [M, H, S, A, S] successors seen, none for an end.
        visits: [M, H, S, A].
        totals: [M, H, S, A] rewards summed.
        switches: [M] how often the critic was refitted.

    Raises:
        BadOption: for a number outside its range.
    """

    horizon: int = 10
    bonus: float = 0.5
    eta: float = 0.5
    ridge: float = 1.0

    def prepare(self) -> None:
        self.check(horizon=COUNT, bonus=(0.0, 1e12, "a number >= 0"), eta=ABOVE_ZERO, ridge=ABOVE_ZERO)
        shape = (self.memories, self.horizon, self.num_states, self.num_actions)
        self.counts = np.zeros((*shape, self.num_states))
        self.visits, self.held = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.totals, self.logits, self.Q = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.switches = np.zeros(self.memories, dtype=np.int64)
        self.refit(np.arange(self.memories))

    def act(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        score = self.logits[memory, when, state]
        return (score + rng.gumbel(size=score.shape)).argmax(1)

    def values(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray) -> np.ndarray:
        # As the actor will be after one more step, so that one that has just begun anew has a mode too.
        return self.logits[memory, when, state] + self.eta * self.Q[memory, when, state]

    def policy(self) -> np.ndarray:
        """π [M, H, S, A]."""
        weight = np.exp(self.logits - self.logits.max(3, keepdims=True))
        return weight / weight.sum(3, keepdims=True)

    def teach(
        self, when: np.ndarray, state: np.ndarray, action: np.ndarray, reward: np.ndarray, after: np.ndarray,
        terminated: np.ndarray,
    ) -> None:  # fmt: skip
        """Take in transitions [B] that were collected before, in every memory, and refit the critic."""
        for m in range(self.memories):
            self._count(np.full(len(state), m), when, state, action, reward, after, terminated)
        self.refit(np.arange(self.memories))

    def take(self, moves: Moves) -> None:
        m = moves.memory
        self._count(m, moves.when, moves.state, moves.action, moves.reward, moves.after, moves.terminated)
        ended = np.unique(m[moves.over])
        if not len(ended):
            return
        # ln Π (λ + n) grows by the sum of the logarithms, for each h.
        grown = np.log((self.ridge + self.visits[ended]) / (self.ridge + self.held[ended])).sum((2, 3)).max(1)
        late = ended[grown >= np.log(2.0)]
        if len(late):
            self.refit(late)
            self.reset(late)
            self.switches[late] += 1
        self.logits[ended] += self.eta * self.Q[ended]

    def reset(self, memory: np.ndarray) -> None:
        """Make the actors of memories [n] uniform."""
        self.logits[memory] = 0.0

    def refit(self, memory: np.ndarray) -> None:
        """Least-squares value iteration with a bonus, for memories [n]."""
        n = self.ridge + self.visits[memory]
        V = np.zeros((len(memory), self.num_states))
        for h in reversed(range(self.horizon)):
            beyond = (self.counts[memory, h] @ V[:, None, :, None])[..., 0]
            Q = (self.totals[memory, h] + beyond) / n[:, h] + self.bonus / np.sqrt(n[:, h])
            self.Q[memory, h] = np.clip(Q, 0.0, self.horizon - h)
            V = self.Q[memory, h].max(2)
        self.held[memory] = self.visits[memory]

    def _count(self, memory: Any, when: Any, state: Any, action: Any, reward: Any, after: Any, ended: Any) -> None:
        pair = (memory, when, state, action)
        np.add.at(self.visits, pair, 1)
        np.add.at(self.totals, pair, reward)
        np.add.at(self.counts, (*pair, after), ~ended)

    def tables(self) -> dict[str, Any]:
        names = ("logits", "counts", "visits", "held", "totals", "switches")
        return {**super().tables(), **{name: getattr(self, name) for name in names}}
