"""People as mixtures of K prototypes: how shares are learned with the rest, and found for somebody new.

    w_i = softmax(ℓ_i) on the K-simplex,    loss = −y log σ(gap) − (1 − y) log σ(−gap)

The shares of those who were in the set are learned with map and prototypes. For somebody new map and prototypes stay,
and K − 1 numbers are fitted to a few answers.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.answers import Answers
from rewardlab.rewards.preference.kernel import preference_logit, preference_loss, segment_scores
from rewardlab.rewards.preference.people import PeopleModel, Step

_SPEED = 10.0  # shares move faster than weights: each person has few, and judges in few steps


@dataclass(kw_only=True)
class Mixture(PeopleModel):
    """A reward of mapped features and shares of prototypes.

    The other options are those of `PeopleModel`.

    Args:
        annotators: U, how many judge in the sets that it is fitted to.
        prototypes: K; 1 for one taste for all. Choose it by accuracy on judgements that were held out.
        dim: width of the mapped space.
        hidden: widths of the map.
        few_steps: of Adam, for the shares of somebody new.
        decay: of somebody new's shares towards even ones, so that few answers do not tell too much.

    Raises:
        BadOption: for sizes below 1.
    """

    annotators: int
    prototypes: int = 3
    dim: int = 32
    hidden: tuple[int, ...] | None = (64,)
    few_steps: int = 150
    decay: float = 0.02

    def __post_init__(self) -> None:
        if min(self.annotators, self.prototypes, self.dim, self.few_steps) < 1 or not 0 <= self.decay < math.inf:
            names = ("annotators", "prototypes", "dim", "few_steps", "decay")
            shown = ", ".join(f"{k}={getattr(self, k)!r}" for k in names)
            raise BadOption(shown, where=type(self).__name__, expected="sizes >= 1, decay >= 0")
        super().__post_init__()

    # -- what a method says ---------------------------------------------------------------------------------------

    def mapped(self, x: Tensor) -> Tensor:
        """Where steps [*lead, D] lie, [*lead, M]."""
        raise NotImplementedError(f"{type(self).__name__} does not say where a step lies: define mapped")

    def worth(self, place: Tensor, shares: Tensor) -> Tensor:
        """Scores [*lead] of places [*lead, M] for shares [*lead, K]."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a place is worth: define worth")

    # -- shares ---------------------------------------------------------------------------------------------------

    def nobody(self) -> np.ndarray:
        return np.full(self.prototypes, 1 / self.prototypes, dtype=np.float32)

    def knows(self, annotator: np.ndarray) -> np.ndarray:
        return annotator < self.annotators

    def with_shares(self, module: nn.Module) -> nn.Module:
        """A network beside the logits of everyone's shares, nearly even at first."""
        noise = np.random.default_rng(nets.child_seed(self.seed, 1)).normal(size=(self.annotators, self.prototypes))
        module.register_parameter("logits", nn.Parameter(torch.as_tensor(0.01 * noise, dtype=torch.float32)))
        return module

    def _shares(self) -> Tensor:
        """Everyone's shares [U, K]."""
        return (_SPEED * self._fit.module.get_parameter("logits")).softmax(-1)

    def step_scores(self, x: Tensor, person: Tensor) -> Tensor:
        return self.worth(self.mapped(x), person)

    def epoch(self, answers: Answers, rng: np.random.Generator) -> Iterator[Step]:
        order = torch.as_tensor(rng.permutation(len(answers)), device=answers.label.device)
        for index in order.split(self.batch_size):
            some = answers.rows(index)
            logit = self.gap(some, self._shares()[some.who])
            yield preference_loss(logit, some.label).mean(), logit, some.label

    @torch.no_grad()
    def learned(self, answers: Answers) -> np.ndarray:
        return array(self._shares()).copy()

    def persons(self, answers: Answers, count: int) -> np.ndarray:
        with torch.no_grad():
            place = self.mapped(answers.x)
        start = np.zeros((count, self.prototypes), dtype=np.float32)
        logits = nn.ParameterDict({"logits": nn.Parameter(torch.as_tensor(start).to(place.device))})
        fit = nets.Fit(logits, 0.1, name=type(self).__name__)
        for _ in range(self.few_steps):
            shares = logits["logits"].softmax(-1)[answers.who][:, None, None]
            scores = self.worth(place, shares.expand(*place.shape[:3], -1))
            gap = preference_logit(segment_scores(scores, answers.mask))
            loss = preference_loss(gap, answers.label).sum() + self.decay * (logits["logits"] ** 2).sum()
            fit(loss)
        return array(logits["logits"].detach().softmax(-1))
