"""Self-play fine-tuning.

    L_t = log(1 + exp(−λ [h(y) − h(y')])),    y ~ p_data,  y' ~ p_t,    h(y) = log p(y | x) / p_t(y | x)
    p_{t+1} ∝ p_t (p_data / p_t)^{1/λ}

Learns from demonstrations alone: the policy must tell them from what its last iterate p_t writes, and becomes p_{t+1}.
The only fixed point is p_data; log(p_t / p_data) shrinks by 1 − 1/λ in each round (λ > 1/2), if rounds run to their
minimum.

Source: Chen, Deng, Yuan, Ji, Gu, "Self-Play Fine-Tuning Converts Weak Language Models to Strong Language Models", ICML
2024, Equation 4.7 and Algorithm 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import above_0
from rewardlab.agents.parts.rounds import Rounds
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption


@dataclass
class SPIN:
    """The loss of each round, with its own λ.

    In a group the demonstration has the larger reward, the sample of p_t the smaller; `ref_logp` is that of p_t.

    Attributes:
        steps: optimiser steps of a round, >= 1.
        weights: λ of each round, the last of them for all that follow; the paper's last round is the strongest.
        moves: called when a round ends; among them what makes the policy the next opponent, as
            `parts.reference.Follower(policy).update` does.

    Raises:
        BadOption: for no weights, one that is not above 0, or fewer than one step.
    """

    steps: int
    weights: tuple[float, ...] = (0.1, 0.1, 0.1, 5.0)
    moves: Sequence[Callable[[], None]] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not self.weights:
            raise BadOption("no weights", where="SPIN", expected="numbers above 0, one for each round")
        for weight in self.weights:
            above_0("SPIN", weights=weight)
        self._rounds = Rounds(self._loss, self.steps, self.moves)

    @property
    def weight(self) -> float:
        """λ of this round."""
        return self.weights[min(self._rounds.round, len(self.weights) - 1)]

    def __call__(self, group: Group) -> Array:
        """log(1 + exp(−λ [h(y) − h(y')])), [P].

        Raises:
            BadBatch: for fields that do not fit, or a single response.
        """
        return self._loss(group)

    def update(self, group: Group) -> None:
        """Counts an optimiser step; after the last of a round the opponent moves, and λ may change."""
        self._rounds.update(group)

    def state_dict(self) -> dict[str, Any]:
        """The steps taken."""
        return self._rounds.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Sets the steps taken.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        self._rounds.load_state_dict(state)

    def _loss(self, group: Group) -> Array:
        return link.logistic(self.weight * pair(group, log_ratio(checked(group, "SPIN", responses=2))))
