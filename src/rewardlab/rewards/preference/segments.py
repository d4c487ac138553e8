"""Segments of recorded episodes, alone and in pairs.

    segment = steps t .. t + T − 1 of one row, no border of episodes inside

An episode that is shorter than T and ended by itself is a segment of its own, padded to T: falling early must be
comparable with staying up. Padding repeats the segment's last step and is masked by `info["mask"]`, so that nothing of
the next episode leaks in. What the recording cut off before its end and before T steps is left out: nobody knows what
it was worth. Where the length of a segment itself must say nothing, `short=False` leaves the short ones out: a sum of
rewards over unequal lengths can be told from the lengths alone.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 2.2 (uniform pairs of fixed length; the padding is ours).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rewardlab.core.arrays import Array, array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.cutting import Origins, cut, like, named, origins, recording


def fragment(
    steps: Transitions | Sequence[Transitions],
    *,
    length: int = 25,
    shortest: int | None = None,
    stride: int = 1,
    ends: bool = False,
    short: bool = True,
    seed: int = 0,
) -> Transitions:
    """All segments of recorded steps: overlapping, or side by side from the first step of each episode.

    Pairs are rows of the result: `fragment(...).rows(index)` for positions `index` [P, 2] has the axes [P, 2, length].

    Args:
        steps: [T, N], oldest first, rows going on from one episode to the next after a step that is done; or a list of
            episodes [T_e], whose last steps are borders whether they are done or not.
        length: T, steps of a segment, the most that it may have.
        shortest: with it, each segment has a number of steps drawn evenly from shortest .. length, before it is known
            what becomes of its episode; without it all have `length`.
        stride: segments begin at multiples of it from the first step of their episode; `length` sets them side by side.
        ends: whether the last `length` steps of each episode are a segment too although no multiple begins there.
        short: whether whole episodes that ended before `length` steps are segments. Their lengths tell that they ended.
        seed: of the numbers of steps.

    Returns:
        Transitions [F, length] by time and row, with `info["mask"]` [F, length] bool and `info["start"]` [F, 2], time
        and row of the first step (of listed episodes: time in the episode and its number).

    Raises:
        BadOption: for numbers below 1, or a shortest above the length.
        BadBatch: if the steps have other axes or hold no segment.
    """
    if length < 1 or stride < 1 or not 1 <= (length if shortest is None else shortest) <= length:
        raise BadOption(
            f"length={length!r}, shortest={shortest!r}, stride={stride!r}",
            where="fragment",
            expected="1 <= shortest <= length, stride >= 1",
        )
    steps, border, firsts = recording(steps, where="fragment")
    size: int | np.ndarray = length
    if shortest is not None:  # drawn for every step before anything is known of its episode: sizes tell no ends
        size = np.random.default_rng(seed).integers(shortest, length + 1, border.shape)
    at = origins(border, array(steps.done).astype(bool), size, stride=stride, ends=ends, short=short)
    if not len(at.time):
        raise _none(length, steps.shape[0], "fragment")
    out = cut(steps, at, length)
    return out.paying(out.reward, start=like(named(at.time, at.row, firsts), out.reward)) if len(firsts) else out


def pair_segments(steps: Transitions, *, pairs: int, length: int = 25, seed: int = 0) -> Transitions:
    """Pairs of segments drawn uniformly from recorded steps.

    Args:
        steps: [T, N], oldest first; rows go on from one episode to the next after a step that is done.
        pairs: P, how many.
        length: steps of a segment.
        seed: of the draw.

    Returns:
        Transitions [P, 2, length] with `info["mask"]` bool and `info["start"]` [P, 2, 2], time and row of first steps;
        the two segments of a pair differ if there are two.

    Raises:
        BadOption: for fewer than one pair or step.
        BadBatch: if the steps are not [T, N] or hold no segment.
    """
    if pairs < 1 or length < 1:
        raise BadOption(f"pairs={pairs!r}, length={length!r}", where="pair_segments", expected="at least 1")
    steps, border, _ = recording(steps, where="pair_segments")
    at = origins(border, border, length)
    count = len(at.time)
    if not count:
        raise _none(length, steps.shape[0], "pair_segments")
    rng = np.random.default_rng(seed)
    first = rng.integers(0, count, pairs)
    step = rng.integers(1, max(count, 2), pairs)  # never 0 modulo the number: the two differ
    chosen = np.stack([first, (first + step) % count], -1)  # [P, 2]
    return cut(steps, Origins(*(x[chosen] for x in at)), length)


def _none(length: int, steps: int, where: str) -> BadBatch:
    return BadBatch(
        f"no segment of {length} steps in a recording of {steps}",
        where=where,
        expected="a longer recording, or episodes that ended",
        mend="record more, or take a smaller length",
    )


def vector_items(features: Array, **info: Array) -> Transitions:
    """Vectors that were judged together, each as a segment of one step: for responses, states and other single things.

    Args:
        features: [P, G, D], what is known of each; they become `obs`, and `action` is empty.
        info: further columns: `label` [P], `rank` [P, G], `rating` [P, G], `annotator` [P] ...

    Returns:
        Transitions [P, G, 1] of rewards 0 that end the world.

    Raises:
        BadBatch: if the features have other axes.
    """
    if len(features.shape) != 3:
        raise BadBatch(f"features {tuple(features.shape)}", where="vector_items", expected="[P, G, D]")
    xp, lead = namespace(features), (*features.shape[:2], 1)
    zero = xp.zeros_like(features[..., :1])
    obs = features[:, :, None, :]
    over = zero == 0
    return Transitions(
        obs=obs,
        action=xp.reshape(zero[..., :0], (*lead, 0)),
        reward=zero,
        next_obs=obs,
        terminated=over,
        truncated=~over,
        info=info,
    )


def response_items(prompts: Array, responses: Array, **info: Array) -> Transitions:
    """Responses that were judged together, beside the prompt that they answer, each as a segment of one step.

    Args:
        prompts: [P, D], what is known of each prompt; it becomes `obs`.
        responses: [P, G, E], what is known of each response; it becomes `action`.
        info: further columns, as of `vector_items`.

    Returns:
        Transitions [P, G, 1] of rewards 0 that end the world.

    Raises:
        BadBatch: if prompts or responses have other axes.
    """
    if len(prompts.shape) != 2 or len(responses.shape) != 3 or prompts.shape[0] != responses.shape[0]:
        raise BadBatch(
            f"prompts {tuple(prompts.shape)}, responses {tuple(responses.shape)}",
            where="response_items",
            expected="[P, D] and [P, G, E]",
        )
    xp, lead = namespace(prompts), tuple(responses.shape[:2])
    obs = xp.broadcast_to(prompts[:, None, None, :], (*lead, 1, prompts.shape[-1]))
    items = vector_items(responses, **info)
    return replace(items, obs=obs, next_obs=obs, action=items.obs)
