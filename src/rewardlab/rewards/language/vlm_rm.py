"""VLM-RM: the likeness of what is seen to a sentence about the goal.

    s = E(picture), g = E(goal), b = E(baseline), all of length 1
    R(s) = s · g,    R_α(s) = 1 − ½ ‖α proj(s) + (1 − α) s − g‖²
    proj(s) = b + ((s − b) · (g − b) / ‖g − b‖²) (g − b)

Pays each step by a picture of the state, with no reward and no label of the task. Projecting on the line to the goal
from a sentence that says only what is seen at all (the baseline) takes out what has nothing to do with the goal. At
α = 0 it is s · g, at α = 1 only the part along the line counts; α is chosen by looking, or by the distance to some
hundred labelled states: `choose_alpha`. Pictures are encoded in batches and kept by a hash of their bytes.

Source: Rocamonde, Montesinos, Nava, Perez, Lindner, "Vision-Language Models are Zero-Shot Reward Models for
Reinforcement Learning", ICLR 2024, Section 3, Definition 1 and Section 4.3.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.oracle.kinds import Embed
from rewardlab.core.reward import Reward

ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)


def similarity(state: Array, goal: Array) -> Array:
    """R(s) = s · g, [B].

    Args:
        state: s [B, D] of length 1.
        goal: g [D] of length 1.
    """
    return (state * goal).sum(-1)


def projected(state: Array, goal: Array, baseline: Array, alpha: float) -> Array:
    """R_α(s), [B], at most 1.

    Args:
        state: s [B, D] of length 1.
        goal: g [D] of length 1.
        baseline: b [D] of length 1, another point than g.
        alpha: in 0..1.

    Raises:
        BadOption: for an alpha outside 0..1, or a baseline that is the goal.
    """
    if not 0 <= alpha <= 1:
        raise BadOption(f"alpha={alpha!r}", where="projected", expected="a number in 0..1")
    way = goal - baseline
    square = float((way * way).sum())
    if square < 1e-12:
        raise BadOption("a baseline that is the goal", where="projected", expected="two different sentences")
    on_line = baseline + (((state - baseline) * way).sum(-1) / square)[..., None] * way
    off = alpha * on_line + (1 - alpha) * state - goal
    return 1 - 0.5 * (off * off).sum(-1)


def frame_column(batch: Transitions) -> Array:
    """The column `frame` [B, H, W, 3]: what an environment that films itself shows of the state that a step begins in.

    Raises:
        MissingColumn: if there is none.
    """
    return batch.column("frame", by="VlmReward")


def next_picture(batch: Transitions) -> Array:
    """Observations that are pictures: those [B, H, W, 3] of the states that the steps came to."""
    return batch.next_obs


@dataclass
class VlmReward(Reward):
    """Pays R_α of a picture of each step's state.

    Args:
        embed: encodes texts and pictures [B, H, W, 3] uint8 into the same space.
        goal: the sentence.
        baseline: what is seen whatever the state, "a cart with a pole"; needed only for alpha > 0.
        alpha: how much of what lies off the line from baseline to goal is taken out, in 0..1.
        view: steps [B] to pictures [B, H, W, 3]: `frame_column`, `next_picture`, or a function that draws them.
        batch: pictures that are encoded at once.
        kept: encoded pictures that are remembered.

    Attributes:
        encoded: pictures that were encoded so far; those that were remembered do not count.

    Raises:
        BadOption: for an alpha outside 0..1, an empty goal, an alpha above 0 without a baseline, or sizes below 1.
    """

    embed: Embed
    goal: str
    baseline: str = ""
    alpha: float = 0.0
    view: Callable[[Transitions], Array] = frame_column
    batch: int = 256
    kept: int = 100_000
    encoded: int = field(default=0, init=False, repr=False, compare=False)

    knowledge: ClassVar[str] = "the goal"

    def __post_init__(self) -> None:
        if not 0 <= self.alpha <= 1:
            raise BadOption(f"alpha={self.alpha!r}", where="VlmReward", expected="a number in 0..1")
        if not self.goal.strip():
            raise BadOption(f"goal={self.goal!r}", where="VlmReward", expected="a sentence")
        if self.alpha > 0 and not self.baseline.strip():
            raise BadOption(
                f"baseline={self.baseline!r}",
                where="VlmReward",
                expected="a sentence for alpha > 0",
                mend="say what is seen whatever the state is",
            )
        if self.batch < 1 or self.kept < 1:
            raise BadOption(f"batch={self.batch}, kept={self.kept}", where="VlmReward", expected="at least 1")
        self._memory: OrderedDict[bytes, np.ndarray] = OrderedDict()  # hash of a picture -> its vector [D]
        self._sentences: dict[str, np.ndarray] = {}

    def with_alpha(self, alpha: float) -> "VlmReward":
        """The same reward with another alpha, which shares what was encoded."""
        other = replace(self, alpha=alpha)
        other._memory, other._sentences = self._memory, self._sentences
        return other

    def __call__(self, batch: Transitions) -> Array:
        pictures = self.view(batch)
        shape = tuple(pictures.shape)
        if shape[:-3] != batch.shape or len(shape) < 4 or "uint8" not in str(pictures.dtype):
            raise BadBatch(
                f"pictures of shape {shape} and dtype {pictures.dtype}",
                where="VlmReward",
                expected=f"{(*batch.shape, 'height', 'width', 3)} of uint8",
                mend="film the environment, or give a `view` that draws",
            )
        states = self._encode(array(pictures).reshape(-1, *shape[-3:]))
        goal = self._sentence(self.goal)
        if self.alpha > 0:
            pay = projected(states, goal, self._sentence(self.baseline), self.alpha)
        else:
            pay = similarity(states, goal)
        pay = pay.reshape(batch.shape)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def _encode(self, pictures: np.ndarray) -> np.ndarray:
        """Unit vectors [B, D] float64; each picture that is not remembered is encoded once."""
        keys = [hashlib.blake2b(p.tobytes(), digest_size=16).digest() for p in np.ascontiguousarray(pictures)]
        wanted = {key: i for i, key in reversed(list(enumerate(keys))) if key not in self._memory}
        news = sorted(wanted.items(), key=lambda pair: pair[1])
        found: dict[bytes, np.ndarray] = {}
        for begin in range(0, len(news), self.batch):
            some = news[begin : begin + self.batch]
            vectors = unit(self.embed(cast(Sequence[Any], pictures[[i for _, i in some]])), len(some))
            found |= {key: v for (key, _), v in zip(some, vectors, strict=True)}
        self.encoded += len(news)
        out = np.stack([found[k] if k in found else self._memory[k] for k in keys]) if keys else np.zeros((0, 1))
        self._memory.update(found)
        while len(self._memory) > self.kept:
            self._memory.popitem(last=False)
        return out

    def _sentence(self, text: str) -> np.ndarray:
        if text not in self._sentences:
            self._sentences[text] = unit(self.embed([text]), 1)[0]
        return self._sentences[text]


def unit(vectors: Any, rows: int) -> np.ndarray:
    """[rows, D] float64 of length 1.

    Raises:
        BadBatch: if an encoder returned another shape, a zero, or what is not finite.
    """
    x = np.asarray(array(vectors), dtype=np.float64)
    if x.ndim != 2 or len(x) != rows:
        raise BadBatch(f"vectors of shape {x.shape}", where="VlmReward", expected=f"({rows}, D) from `embed`")
    length = np.sqrt((x * x).sum(-1, keepdims=True))
    if not (np.isfinite(length) & (length > 0)).all():
        raise BadBatch(
            "a vector of no length", where="VlmReward", expected="finite vectors from `embed`, none of them 0"
        )
    return x / length


def choose_alpha(
    reward: VlmReward, distance: Callable[[Reward], float], *, alphas: Sequence[float] = ALPHAS
) -> tuple[VlmReward, dict[float, float]]:
    """The reward with the alpha that lies nearest to some labels, and the distances of all.

    Args:
        reward: with a baseline; its own alpha does not count.
        distance: how far a reward is from the labels, as `epic_sampled` on a few hundred labelled states tells it.
        alphas: to be tried; of equals the first is taken.

    Raises:
        BadOption: for no alphas, or distances that are not finite.
    """
    found = {float(alpha): float(distance(reward.with_alpha(alpha))) for alpha in alphas}
    if not found or not np.isfinite(list(found.values())).all():
        raise BadOption(f"distances {found}", where="choose_alpha", expected="finite numbers for at least one alpha")
    return reward.with_alpha(min(found, key=lambda alpha: found[alpha])), found
