"""Empowerment.

    E_n(s') = max_p I(A_1 .. A_n; S_n | s'),    p over sequences of n actions

Pays for states from which actions can bring about many different states: open places, keys in hand, nothing broken. It
asks for the table of the process, and knows no task: alone it keeps an agent where its options are.

Source: Klyubin, Polani, Nehaniv, "Empowerment: A Universal Agent-Centric Measure of Control", IEEE CEC 2005, Section
III; Blahut, "Computation of Channel Capacity and Rate-Distortion Functions", IEEE Transactions on Information Theory
1972, Theorem 1; Arimoto, "An Algorithm for Computing the Capacity of Arbitrary Discrete Memoryless Channels", ibid.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch
from rewardlab.core.hashing import faulty, rows_of
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward
from rewardlab.rewards.intrinsic.channel import empowerment


@dataclass
class Empowerment(Reward):
    """Pays the n-step empowerment of the state that a step reached, in bits, exactly.

    An observation with NaN pays NaN.

    Args:
        mdp: the process.
        horizon: n >= 1, actions that are looked ahead.
        state: observations [*lead, *obs] -> numbers of states [*lead]; the observation itself if not given.

    Raises:
        BadOption: for a horizon below 1, or one whose action sequences are too many.
        BadBatch: for a number that is no state.
    """

    mdp: TabularMDP
    horizon: int = 1
    state: Callable[[Tree], Array] | None = None
    knowledge: ClassVar[str] = "the transition table"

    def __post_init__(self) -> None:
        self.table = empowerment(self.mdp, self.horizon)  # [S] bits

    def __call__(self, batch: Transitions) -> Array:
        wrong = faulty(rows_of(batch.next_obs, batch.shape))
        number = array(batch.next_obs if self.state is None else self.state(batch.next_obs))
        if tuple(number.shape) != batch.shape:
            raise BadBatch(
                f"states of shape {tuple(number.shape)}",
                where="Empowerment",
                expected=f"one number per row: {batch.shape}",
                mend="give `state`, which numbers observations",
            )
        place = np.where(wrong, 0, number.reshape(math.prod(batch.shape))).astype(np.int64)
        if ((place < 0) | (place >= len(self.table))).any():
            raise BadBatch("a number that is no state", where="Empowerment", expected=f"0 .. {len(self.table) - 1}")
        pay = np.where(wrong, np.nan, self.table[place]).reshape(batch.shape)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay
