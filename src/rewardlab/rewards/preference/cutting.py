"""Cutting recorded steps into segments: where they may begin, how long they are, and what stands in their padding.

    segment (t, row) = steps t .. t + size − 1 of one row, no border of episodes inside,  size <= T

A segment shorter than T repeats its own last step, masked, so that nothing of another episode is ever in it.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tree_leaves
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch


class Origins(NamedTuple):
    """Where segments lie in a recording [T, N].

    Attributes:
        time: of their first steps, [F].
        row: [F].
        size: how many steps count, [F].
    """

    time: np.ndarray  # [F]
    row: np.ndarray  # [F]
    size: np.ndarray  # [F]


def recording(steps: Transitions | Sequence[Transitions], *, where: str) -> tuple[Transitions, np.ndarray, np.ndarray]:
    """Steps [T, N], the borders after them [T, N] bool, and the first row of what is called episode 0 [E, 2].

    Args:
        steps: [T, N], oldest first, or whole episodes [T_e] one after another, with or without an end.
        where: who asks.

    Returns:
        The steps; which of them are the last of their episode; and of each listed episode (time, row) of its first
        step, an empty array if steps came as [T, N].

    Raises:
        BadBatch: for other axes, or no steps.
    """
    if isinstance(steps, Transitions):
        if len(steps.shape) != 2 or not steps.shape[0] or not steps.shape[1]:
            raise BadBatch(f"steps with axes {steps.shape}", where=where, expected="[T, N], oldest first")
        return steps, array(steps.done).astype(bool), np.zeros((0, 2), dtype=np.int64)
    episodes = list(steps)
    odd = next((e.shape for e in episodes if len(e.shape) != 1 or not e.shape[0]), None)
    if odd is not None or not episodes:
        raise BadBatch(
            f"an episode with axes {odd}" if episodes else "no episodes", where=where, expected="episodes [T_e]"
        )
    ends = np.cumsum([len(e) for e in episodes])
    border = np.zeros((int(ends[-1]), 1), dtype=bool)
    border[ends - 1] = True
    joined = Transitions.concat(episodes)
    firsts = np.stack([ends - [len(e) for e in episodes], np.zeros(len(episodes), dtype=np.int64)], -1)
    return joined.map(lambda x: x[:, None]), border | array(joined.done)[:, None], firsts


def origins(
    border: np.ndarray,
    ended: np.ndarray,
    length: int | np.ndarray,
    *,
    stride: int = 1,
    ends: bool = False,
    short: bool = True,
) -> Origins:
    """Every segment of a recording, by time and then by row.

    Args:
        border: [T, N] bool, the last steps of episodes.
        ended: [T, N] bool, those that ended by themselves and were not merely cut off by the recording.
        length: the steps of a segment, or [T, N] those of a segment that begins there.
        stride: segments begin at multiples of it from the first step of their episode.
        ends: whether the last `length` steps of an episode are a segment too although no multiple begins there.
        short: whether whole ended episodes of fewer steps are segments.
    """
    clock = np.arange(len(border))[:, None]
    last = np.minimum.accumulate(np.where(border, clock, len(border) - 1)[::-1])[::-1]  # step of this episode
    left = last - clock + 1
    known = np.take_along_axis(border & ended, last, 0)
    begins = np.concatenate([np.ones_like(border[:1]), border[:-1]])
    age = clock - np.maximum.accumulate(np.where(begins, clock, 0))
    whole = (left >= length) & ((age % stride == 0) | (ends & (left == length)))
    brief = (age == 0) & known & (left < length) if short else np.zeros_like(whole)
    time, row = np.nonzero(whole | brief)
    return Origins(time, row, np.minimum(left, length)[time, row])


def named(time: np.ndarray, row: np.ndarray, firsts: np.ndarray) -> np.ndarray:
    """Where segments began, [*, 2]: time and row, or of listed episodes time in the episode and its number.

    Args:
        time, row: of first steps, [*].
        firsts: as `recording` gives them.
    """
    if not len(firsts):
        return np.stack([time, row], -1).astype(np.int64)
    episode = np.searchsorted(firsts[:, 0], time, side="right") - 1
    return np.stack([time - firsts[episode, 0], episode], -1).astype(np.int64)


def cut(steps: Transitions, at: Origins, length: int) -> Transitions:
    """Segments [*lead, length] of a recording [T, N], with `info["mask"]` bool and `info["start"]` [*lead, 2].

    Args:
        steps: [T, N].
        at: origins with any leading axes.
        length: steps of a segment; what is shorter is padded with its own last step.
    """
    offset = np.arange(length)
    mask = offset < at.size[..., None]
    when = at.time[..., None] + np.minimum(offset, at.size[..., None] - 1)
    where = np.array(np.broadcast_to(at.row[..., None], when.shape))
    index = like(when, steps.reward), like(where, steps.reward)
    taken = steps.map(lambda x: x[index])
    start = np.stack([at.time, at.row], -1).astype(np.int64)
    return taken.paying(taken.reward, mask=like(mask, steps.reward), start=like(start, steps.reward))


def like(x: np.ndarray, other: Array) -> Array:
    """`x` as the kind of array that `other` is, on its device."""
    if is_torch(other):
        import torch

        return torch.from_numpy(x).to(other.device)
    return x


def segment_features(segments: Transitions) -> np.ndarray:
    """Masked means [*lead, D] over the steps [*lead, T] of all numbers in observations and actions."""
    lead = len(segments.shape)
    leaves = [array(x) for part in (segments.obs, segments.action) for x in tree_leaves(part)]
    numbers = [x.astype(np.float64) for x in leaves if x.dtype.kind in "biuf"]
    flat = [x.reshape(*x.shape[:lead], math.prod(x.shape[lead:])) for x in numbers]
    steps = np.concatenate(flat, -1) if flat else np.zeros((*segments.shape, 0))
    mask = segments.info.get("mask")
    weight = np.ones(segments.shape) if mask is None else array(mask).astype(np.float64)
    total = np.where(weight[..., None] != 0, steps, 0.0).sum(-2)
    return np.asarray(total / np.maximum((weight != 0).sum(-1), 1)[..., None])
