"""Clip and Delta.

    Clip     r_k = min(p_k − η, 0)
    Delta    r_k = p_k − p_{k+1}  for k < K − 1,    r_{K−1} = p_{K−1},    r_K = 0

Bounds what a solution of K steps can collect from process scores p_k in [0, 1]. Summed as they are, they pay for
repeating easy steps; clipped, a good step earns nothing; as differences, what is to come from step k on is p_k whatever
the number of steps. Both: first Clip, then Delta.

Source: Gao, Xu, Ye, Liu, He, Fu, Mei, Wang, Wu, "On Designing Effective RL Reward at Training Time for LLM Reasoning",
2024, Section 4, Equations 5 and 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardlab.core.algebra import Composite, finite
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward, add


def clip_scores(scores: Array, eta: float = 0.5) -> Array:
    """min(p − η, 0) for scores [..., K]: never positive, 0 for good steps."""
    return namespace(scores).clip(scores - eta, None, 0.0)


def delta_scores(scores: Array, mask: Array) -> Array:
    """Differences of successive scores [..., K], whose sum from step k on is p_k.

    Args:
        scores: process scores p.
        mask: [..., K] bool, True on the K_i steps that there are, which come first. The last of them is judged by the
            outcome alone and gets 0.
    """
    xp = namespace(scores)
    nothing = xp.zeros_like(scores)
    following = xp.concat([mask[..., 1:], mask[..., :1] & False], axis=-1)  # there is a step behind
    inner = xp.where(following, scores, nothing)
    after = xp.concat([inner[..., 1:], nothing[..., :1]], axis=-1)
    return xp.where(following, scores - after, nothing)


def clip_delta(scores: Array, mask: Array, eta: float = 0.5) -> Array:
    """Clip, then Delta, of process scores [..., K] with their mask."""
    return delta_scores(clip_scores(scores, eta), mask)


@dataclass
class StepClip(Reward):
    """Pays min(r − η, 0) of what the stage below paid.

    Args:
        eta: η, so that good steps earn nothing; half, or the median of the scores.
    """

    eta: float = 0.5

    def __post_init__(self) -> None:
        self.eta = finite(self.eta, "eta", "StepClip")

    def __call__(self, batch: Transitions) -> Array:
        return clip_scores(batch.reward, self.eta)


@dataclass
class Delta(Composite):
    """Pays the differences of a step reward over an episode: all in all its first score, however many steps there are.

    Online, the difference of a step is known one step later and paid then; recorded episodes are paid in place. Both
    give the same sum, p_1, or 0 for an episode of one step. The score of an episode's last step is not used.

    Args:
        scores: what scores each step.
    """

    scores: Reward
    memory: ClassVar[bool] = True  # type: ignore[misc]

    def __post_init__(self) -> None:
        self._held = EpisodeMemory(shape=(2,), where="Delta")  # the score before [N], whether there is one

    def __call__(self, batch: Transitions) -> Array:
        held = self._held.read(batch.reward)
        xp = namespace(held)
        now = xp.astype(self.scores(batch), held.dtype)
        # NaN shows even at the last step, whose score is not used.
        used = xp.where(batch.done, 0.0 * now, now)
        self._held.write(xp.stack([used, xp.ones_like(now)]))
        return xp.where(held[1] > 0, held[0] - used, 0.0 * used)

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return {self.name: self(batch)}

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        now = add(self.scores.recorded(batch))  # [T, N]
        if not len(batch):
            return {self.name: now * 1.0}
        xp = namespace(now)
        used = xp.where(batch.done, 0.0 * now, now)
        after = xp.concat([used[1:], 0.0 * used[:1]], axis=0)
        # What the recording cuts off has no next step: its difference is not known yet, as it is not online.
        known = xp.concat([xp.ones_like(batch.done[1:]), xp.zeros_like(batch.done[:1])], axis=0) & ~batch.done
        return {self.name: xp.where(known, used - after, 0.0 * used)}

    def reset(self, begun: Array) -> None:
        super().reset(begun)
        self._held.reset(begun)

    def update(self, batch: Transitions) -> dict[str, float]:
        return self.scores.update(batch)

    def state_dict(self) -> dict[str, Any]:
        return {"scores": super().state_dict(), "held": self._held.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("scores", "held"), where="Delta")
        super().load_state_dict(state["scores"])
        self._held.load_state_dict(state["held"])
