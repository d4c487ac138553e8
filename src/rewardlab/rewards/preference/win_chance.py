"""How probably a step beats a random one: a scale on which the rewards of all people are alike.

    R'(s) = E_{s' ∼ D}[σ(r(s) − r(s'))]  in (0, 1),    E_{s ∼ D} R'(s) = ½

Comparisons fix a reward only up to a constant, and where nobody errs not its scale; who is sure of everything would
outweigh all others in a policy that is learned for all. By Bradley and Terry R' is the chance to be preferred to a
random step, which means the same for everyone. Its mean is ½ whatever r is, as σ(d) + σ(−d) = 1.

Source: Poddar, Wan, Ivison, Gupta, Jaques, "Personalizing Reinforcement Learning from Human Feedback with Variational
Preference Learning", NeurIPS 2024 (reward scaling); Swamy, Dann, Kidambi, Wu, Agarwal, "A Minimaximalist
Approach to Reinforcement Learning from Human Feedback", ICML 2024 (self-play preference optimisation).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward


class Scoring(Protocol):
    """A reward that was learned from comparisons."""

    memory: Any

    def segment_scores(self, items: Transitions) -> Array:
        """Scores [P, G] or, by K members, [K, P, G] of segments [P, G, T]."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """What was learned."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        ...


def win_chance(scores: Array, reference: Array) -> Array:
    """The mean of σ(scores − reference) over the reference set.

    Args:
        scores: [*, B].
        reference: [*, M] with the same leading axes.

    Returns:
        [*, B] in (0, 1), but for scores so far apart that 0 or 1 is nearest.
    """
    gap = scores[..., :, None] - reference[..., None, :]
    return (0.5 + 0.5 * namespace(gap).tanh(0.5 * gap)).mean(-1)


@dataclass
class WinChance(Reward):
    """Pays how probably a step would be preferred to a random one of a reference set.

    It learns when the model is fitted, and never by itself. Of an ensemble, the mean of its members' chances.

    Args:
        model: a reward that was learned from comparisons: any `SegmentModel`, or somebody's of a `PeopleModel`.
        reference: [M] steps, D.

    Raises:
        BadOption: for a model that remembers the episode.
        BadBatch: for an empty reference, or one with other axes.
    """

    model: Scoring
    reference: Transitions

    def __post_init__(self) -> None:
        if self.model.memory:
            raise BadOption(
                f"{type(self.model).__name__} remembers the episode",
                where="WinChance",
                expected="scores of single steps",
            )
        if len(self.reference.shape) != 1 or not len(self.reference):
            raise BadBatch(f"a reference {self.reference.shape}", where="WinChance", expected="[M] steps, at least one")

    def __call__(self, batch: Transitions) -> Array:
        alike = _like(self.reference, batch)
        scores, others = (_step_scores(self.model, x) for x in (batch, alike))
        chance = win_chance(scores, others)
        chance = chance.reshape(-1, chance.shape[-1]).mean(0).reshape(batch.shape)
        return chance if is_torch(batch.reward) else array(chance)

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("model",), where="WinChance")
        self.model.load_state_dict(state["model"])


def _step_scores(model: Scoring, batch: Transitions) -> Any:
    """Scores [*, B] of single steps [*lead], each as a segment."""
    bare, lead = replace(batch, info={}), len(batch.shape)
    rows = math.prod(batch.shape)
    items = bare.map(lambda x: x.reshape(rows, 1, 1, *x.shape[lead:]))
    return model.segment_scores(items)[..., 0]


def _like(reference: Transitions, batch: Transitions) -> Transitions:
    """The reference in the library of the batch."""
    bare = replace(reference, info={})
    if is_torch(batch.reward) and not is_torch(reference.reward):
        return bare.map(lambda x: tensor(np.array(x), device=batch.reward.device))
    return bare.map(array) if is_torch(reference.reward) and not is_torch(batch.reward) else bare
