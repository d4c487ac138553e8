"""Pairs of segments cut from recorded episodes.

    segment = steps t .. t + T − 1 of one row, no border of episodes inside

An episode that is shorter than T and ended by itself is a segment of its own, padded to T: falling early must be
comparable with staying up. Padding repeats the segment's last step and is masked by `info["mask"]`, so that nothing of
the next episode leaks in. What the recording cut off before its end and before T steps is left out: nobody knows what
it was worth.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 2.2 (uniform pairs of fixed length; the padding is ours).
"""

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption


def pair_segments(steps: Transitions, *, pairs: int, length: int = 25, seed: int = 0) -> Transitions:
    """Pairs of segments drawn uniformly from recorded steps.

    Args:
        steps: [T, N], oldest first; rows go on from one episode to the next after a step that is done.
        pairs: P, how many.
        length: steps of a segment.
        seed: of the draw.

    Returns:
        Transitions [P, 2, length] with `info["mask"]` bool; the two segments of a pair differ if there are two.

    Raises:
        BadOption: for fewer than one pair or step.
        BadBatch: if the steps are not [T, N] or hold no segment.
    """
    if pairs < 1 or length < 1:
        raise BadOption(f"pairs={pairs!r}, length={length!r}", where="pair_segments", expected="at least 1")
    if len(steps.shape) != 2:
        raise BadBatch(f"steps with axes {steps.shape}", where="pair_segments", expected="[T, N], oldest first")
    time, row, size = _starts(array(steps.done), length)
    if not len(time):
        raise BadBatch(
            f"no segment of {length} steps in a recording of {steps.shape[0]}",
            where="pair_segments",
            expected="a longer recording, or episodes that ended",
            mend="record more, or take a smaller length",
        )
    rng = np.random.default_rng(seed)
    first = rng.integers(0, len(time), pairs)
    step = rng.integers(1, max(len(time), 2), pairs)  # never 0 modulo the number: the two differ
    chosen = np.stack([first, (first + step) % len(time)], -1)  # [P, 2]
    offset = np.arange(length)
    mask = offset < size[chosen][..., None]  # [P, 2, length]
    when = time[chosen][..., None] + np.minimum(offset, size[chosen][..., None] - 1)
    where = np.broadcast_to(row[chosen][..., None], when.shape)
    when, where, mask = (_like(x, steps.reward) for x in (when, np.array(where), mask))
    cut = steps.map(lambda x: x[when, where])
    return cut.paying(cut.reward, mask=mask)


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


def _starts(done: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, row and size of every segment: all windows of `length`, and whole shorter episodes that ended."""
    steps, rows = done.shape
    left, known = np.zeros((steps, rows), dtype=np.int64), np.zeros((steps, rows), dtype=bool)
    remaining, ended = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=bool)
    for t in reversed(range(steps)):
        remaining = np.where(done[t], 1, remaining + 1)  # steps of this episode from t on
        ended = ended | done[t]
        left[t], known[t] = remaining, ended
    begins = np.concatenate([np.ones((1, rows), dtype=bool), done[:-1]])
    whole = left >= length
    short = begins & known & ~whole
    time, row = np.nonzero(whole | short)
    return time, row, np.minimum(left[time, row], length)


def _like(x: np.ndarray, like: Array) -> Array:
    if is_torch(like):
        import torch

        return torch.from_numpy(x).to(like.device)
    return x
