"""Episodic count bonus.

    b(s_t+1) = β / √n_e(s_t+1),    n_e(s) = visits to s in the running episode, this one included

Pays for not treading the same ground twice in one episode, and forgets at its end: unlike a lifelong bonus it does not
fade, which helps where every episode is another maze. The state in which an episode begins counts as visited.

Source: Henaff, Jiang, Raileanu, "A Study of Global and Episodic Bonuses for Exploration in Contextual MDPs", ICML 2023,
Section 2; Raileanu, Rocktäschel, "RIDE: Rewarding Impact-Driven Exploration for Procedurally-Generated Environments",
ICLR 2020, Section 3 (√N_ep as a discount).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, Tree, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.core.visits import EpisodeVisits


@dataclass
class EpisodicCount(Reward):
    """Pays β / √n_e of the state that a step reached, by exact counts of the running episode.

    An observation with NaN pays NaN and is not counted.

    Args:
        beta: what the first visit pays.
        key: observations [N, *obs] -> what is counted, as for `CountBonus`. None counts whole observations.
        most: the largest number of states that one episode remembers; beyond it new ones pay 0.

    Raises:
        BadOption: for most < 1.
    """

    beta: float = 1.0
    key: Callable[[Tree], Tree] | None = None
    most: int = 4096
    memory: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self._visits = EpisodeVisits(self.key, self.most, where="EpisodicCount")

    def __call__(self, batch: Transitions) -> Array:
        pay = self.beta / np.sqrt(self._visits.reached(batch))
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def reset(self, begun: Array) -> None:
        self._visits.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return self._visits.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._visits.load_state_dict(state)
