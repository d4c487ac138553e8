"""Accelerated preference optimisation: iterated direct preference optimisation with Nesterov's momentum.

    L_t = −log σ(β [h(y_w) − h(y_l)]),    h(y) = log π(y | x) / π̂_t(y | x)
    π̂_{t+1} ∝ π_{t+1} (π_{t+1} / π_t)^a

Iterated DPO is a proximal-point method, and its reference may run ahead of the last iterate. From exact preferences of
a reward r the log ratios grow by d_t = (1 − a^t)/(1 − a) r/β in round t, up to 1/(1 − a) times as fast as without.

Source: He, Yuan, Gu, "Accelerated Preference Optimization for Large Language Model Alignment", 2024, Algorithm 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import above_0
from rewardlab.agents.parts.reference import Ahead
from rewardlab.agents.parts.rounds import Rounds
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


@dataclass
class AcceleratedDPO:
    """DPO in rounds, against a reference that runs ahead of the policy.

    The loop fills `ref_logp` by `reference.module`. The weights are extrapolated: of a table of logits that is the
    rule itself, of other networks what stands for it.

    Attributes:
        policy: the torch module that is trained.
        steps: optimiser steps of a round, >= 1.
        beta: β > 0.
        momentum: a in [0, 1); 0 is iterated DPO.
        reference: what holds π̂.

    Raises:
        BadOption: for a beta or momentum outside its range, or fewer than one step.
    """

    policy: Any = field(repr=False)
    steps: int
    beta: float = 0.1
    momentum: float = 0.3
    reference: Ahead = field(init=False, repr=False)

    def __post_init__(self) -> None:
        above_0("AcceleratedDPO", beta=self.beta)
        self.reference = Ahead(self.policy, self.momentum)
        self._rounds = Rounds(self._loss, self.steps, [self.reference.update])

    def __call__(self, group: Group) -> Array:
        """−log σ of the margin, [P].

        Raises:
            BadBatch: for fields that do not fit, or a single response.
        """
        return self._loss(group)

    def update(self, group: Group) -> None:
        """Counts an optimiser step; after the last of a round the reference moves."""
        self._rounds.update(group)

    def state_dict(self) -> dict[str, Any]:
        """The steps taken, and the reference."""
        return {**self._rounds.state_dict(), **self.reference.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        self._rounds.load_state_dict({k: v for k, v in state.items() if k == "taken"})
        self.reference.load_state_dict({k: v for k, v in state.items() if k != "taken"})

    def _loss(self, group: Group) -> Array:
        return link.logistic(self.beta * pair(group, log_ratio(checked(group, "AcceleratedDPO", responses=2))))
