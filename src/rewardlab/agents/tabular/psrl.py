"""PSRL: a process drawn from the posterior before each episode, and its best policy played.

    P, R ~ posterior | all steps so far,    π = best of H steps for P, R

Explores as much as it is unsure: a policy is played as often as it is believed to be the best. The posterior is
Dirichlet for the successors and normal-gamma for the rewards; no constant is to be tuned.

Source: Osband, Russo, Van Roy, "(More) Efficient Reinforcement Learning via Posterior Sampling", NeurIPS 2013,
Algorithm 1; Strens, "A Bayesian Framework for Reinforcement Learning", ICML 2000.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.tabular_model import ModelAgent
from rewardlab.agents.loops.tabular_plans import induct, posterior
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, COUNT, FINITE


@dataclass(eq=False, kw_only=True)
class PSRL(ModelAgent):
    """Posterior sampling for episodes of H steps, for Discrete observations and actions.

    Args:
        horizon: H >= 1.
        prior: α > 0 of each successor; 1 / S for successors that are few.
        reward_mean: the reward expected before any was seen.
        reward_strength: as how many rewards that counts, > 0.
        reward_deviation: the deviation of rewards expected, > 0.

    Attributes:
        Q: [M, H, S, A] best values of the processes drawn.

    Raises:
        BadOption: for a number outside its range.
    """

    horizon: int = 20
    prior: float = 1.0
    reward_mean: float = 0.5
    reward_strength: float = 1.0
    reward_deviation: float = 0.5

    def prepare(self) -> None:
        self.check(
            horizon=COUNT,
            prior=ABOVE_ZERO,
            reward_mean=FINITE,
            reward_strength=ABOVE_ZERO,
            reward_deviation=ABOVE_ZERO,
        )
        self.count()
        self.Q = np.zeros((self.memories, self.horizon, self.num_states, self.num_actions))
        self.plan(np.arange(self.memories))

    def plan(self, memory: np.ndarray) -> None:
        P, R = posterior(
            self._rng,
            counts=self.counts[memory],
            ends=self.ends[memory],
            visits=self.visits[memory],
            totals=self.totals[memory],
            squares=self.squares[memory],
            prior=self.prior,
            mean=self.reward_mean,
            strength=self.reward_strength,
            deviation=self.reward_deviation,
        )
        self.Q[memory] = induct(P, R, self.horizon)
