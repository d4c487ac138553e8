"""From segments to a loss: what all rewards learned from comparisons share.

    segment score S = Σ_t mask_t r_t,    logit = S_1 − S_2,    P(1 ≻ 2) = (1 − ε) σ(logit) + ε/2
    loss = −y log P − (1 − y) log (1 − P)

Comparisons are `Transitions` with axes [P, 2, T] and `info["label"]` [P]: 1 if the first segment is better, 0 if the
second is, 0.5 for a tie. `info["mask"]` [P, 2, T] is 1 on the steps that count; without it all do.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 2.2.3, Eq. 1; Bradley, Terry, "Rank Analysis of Incomplete Block Designs", Biometrika 1952.
"""

import math
import warnings
from collections.abc import Callable

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch


def segment_scores(steps: Array, mask: Array | None = None) -> Array:
    """Per-step scores [*, P, 2, T] -> scores of segments [*, P, 2]; padded steps add nothing, whatever they hold."""
    if mask is None:
        return steps.sum(-1)
    xp = namespace(steps)
    return xp.where(mask != 0, steps, xp.zeros_like(steps)).sum(-1)


def preference_logit(scores: Array) -> Array:
    """Scores [*, P, 2] -> by how much the first is better [*, P]."""
    return scores[..., 0] - scores[..., 1]


def preference_loss(logit: Array, label: Array, *, error: float = 0.0) -> Array:
    """Negative log-likelihood [*, P] of labels [P] in [0, 1], of which a share `error` is thought to be a coin's."""
    first, second = (_log_probability(x, error) for x in (logit, -logit))
    return -label * first - (1 - label) * second


def _log_probability(logit: Array, error: float) -> Array:
    """log((1 − ε) σ(logit) + ε/2), stable at both ends."""
    xp = namespace(logit)
    sure = -xp.logaddexp(xp.zeros_like(logit), -logit)  # log σ
    if error == 0:
        return sure
    return xp.logaddexp(sure + math.log1p(-error), xp.full_like(logit, math.log(error / 2)))


def check_comparisons(batch: Transitions, *, where: str) -> Transitions:
    """The comparisons whose label can be used; warns of what was left out and of sets that teach little.

    Raises:
        BadBatch: if the axes are not [P, 2, T] and [P].
        MissingColumn: without `info["label"]`.
    """
    label = batch.column("label", by=where)
    if len(batch.shape) != 3 or batch.shape[1] != 2 or tuple(label.shape) != batch.shape[:1]:
        raise BadBatch(
            f"steps {batch.shape} with labels {tuple(label.shape)}",
            where=where,
            expected="steps [P, 2, T] with labels [P]",
            mend="cut pairs with pair_segments and label them with a Teacher",
        )
    y = array(label).astype(np.float64)
    good = np.isfinite(y) & (y >= 0) & (y <= 1)
    if not good.all():
        _warn(where, f"{int((~good).sum())} of {len(y)} labels are NaN or outside [0, 1] and were left out")
        batch, y = batch.rows(_index(good, label)), y[good]
    if not len(y):
        _warn(where, "no comparison with a label: nothing to learn")
    elif (y == 0.5).all():
        _warn(where, "all labels are ties: they teach that all segments are alike")
    elif y.min() == y.max():
        _warn(where, f"all labels are {y[0]:g}: the order of the pairs may give the answer away")
    return batch


def usable(
    batch: Transitions, column: str, good: Callable[[np.ndarray], np.ndarray], *, where: str, axes: int
) -> Transitions:
    """The items [P, G, T] whose judgement `column` can be used; warns of what was left out.

    Args:
        batch: items.
        column: an `info` column [P] or [P, G].
        good: its values, float64, -> which of them can be used, [P] bool.
        where: who asks, for messages.
        axes: 1 for a column [P], 2 for [P, G].

    Raises:
        BadBatch: if the axes are others.
        MissingColumn: without the column.
    """
    value = batch.column(column, by=where)
    if len(batch.shape) != 3 or tuple(value.shape) != batch.shape[:axes]:
        raise BadBatch(
            f"steps {batch.shape} with {column} {tuple(value.shape)}",
            where=where,
            expected=f"steps [P, G, T] with {column} {'[P, G]' if axes == 2 else '[P]'}",
        )
    kept = good(array(value).astype(np.float64))
    if not kept.all():
        _warn(where, f"{int((~kept).sum())} of {len(kept)} judgements in {column!r} cannot be used and were left out")
        batch = batch.rows(_index(kept, value))
    if not kept.any():
        _warn(where, "no judgement: nothing to learn")
    return batch


def _index(good: np.ndarray, like: Array) -> Array:
    positions = np.flatnonzero(good)
    if is_torch(like):
        import torch

        return torch.from_numpy(positions).to(like.device)
    return positions


def _warn(where: str, what: str) -> None:
    warnings.warn(f"{where}: {what}", UserWarning, stacklevel=4)
