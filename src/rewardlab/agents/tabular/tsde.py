"""TSDE: posterior sampling for the average reward, with episodes that grow.

    P, R ~ posterior | all steps so far,    π = best average reward of P, R
    a new draw when an episode is longer than the last, or some count has doubled

In a process without end a draw must be held long enough to be followed to where it leads; episodes that grow by one
step at most, and end when something was learned, lose O(H S √(A T)) in expectation for a bias of span H.

Source: Ouyang, Gagrani, Nayyar, Jain, "Learning Unknown Markov Decision Processes: A Thompson Sampling Approach",
NeurIPS 2017, Algorithm 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular_model import ModelAgent
from rewardlab.agents.loops.tabular_plans import average, posterior
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, FINITE, Moves


@dataclass(eq=False, kw_only=True)
class TSDE(ModelAgent):
    """Thompson sampling with dynamic episodes, for Discrete observations and actions.

    Where an episode of the environment ends, the process is taken to go on with the first state of the next.

    Args:
        prior: α > 0 of each successor; 1 / S for successors that are few.
        reward_mean: the reward expected before any was seen.
        reward_strength: as how many rewards that counts, > 0.
        reward_deviation: the deviation of rewards expected, > 0.
        tolerance: > 0, to which the best policy of a draw is found.

    Attributes:
        Q: [M, S, A] relative values of the processes drawn.
        gain: [M] their best average rewards.

    Raises:
        BadOption: for a number outside its range.
    """

    prior: float = 1.0
    reward_mean: float = 0.5
    reward_strength: float = 1.0
    reward_deviation: float = 0.5
    tolerance: float = 1e-3
    endless = True

    def prepare(self) -> None:
        self.check(
            prior=ABOVE_ZERO,
            reward_mean=FINITE,
            reward_strength=ABOVE_ZERO,
            reward_deviation=ABOVE_ZERO,
            tolerance=ABOVE_ZERO,
        )
        self.count()
        self.Q = np.zeros((self.memories, self.num_states, self.num_actions))
        self.gain = np.zeros(self.memories)
        self.before = np.zeros(self.visits.shape, dtype=np.int64)  # [M, S, A] visits when the draw was made
        self.lasted = np.zeros(self.memories, dtype=np.int64)  # [M] steps of the episode before
        self.plan(np.arange(self.memories))

    def due(self, moves: Moves) -> np.ndarray:
        m = moves.memory
        pair = (m, moves.state, moves.action)
        steps = self.visits.sum((1, 2)) - self.before.sum((1, 2))  # [M]
        return (steps[m] > self.lasted[m]) | (self.visits[pair] > 2 * self.before[pair])

    def plan(self, memory: np.ndarray) -> None:
        P, R = posterior(
            self._rng,
            counts=self.counts[memory],
            ends=self.ends[memory],  # none
            visits=self.visits[memory],
            totals=self.totals[memory],
            squares=self.squares[memory],
            prior=self.prior,
            mean=self.reward_mean,
            strength=self.reward_strength,
            deviation=self.reward_deviation,
        )
        self.gain[memory], self.Q[memory] = average(P, R, np.full(len(memory), self.tolerance))
        self.lasted[memory] = self.visits[memory].sum((1, 2)) - self.before[memory].sum((1, 2))
        self.before[memory] = self.visits[memory]

    def tables(self) -> dict[str, Any]:
        held = {name: getattr(self, name) for name in ("gain", "before", "lasted")}
        return {**super().tables(), **held}
