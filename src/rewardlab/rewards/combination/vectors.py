"""What rewards of many objectives share: vector columns, and the checks of weights and directions."""

import math
from collections.abc import Sequence
from typing import Any

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption


def objectives(batch: Transitions, column: str, count: int, *, by: str) -> list[Array]:
    """The m components [B] of a vector column [B, m], in the type of the batch's reward.

    Raises:
        MissingColumn: if there is no such column.
        BadBatch: if its last axis has another length than `count`.
    """
    values = batch.column(column, by=by)
    if tuple(values.shape) != (*batch.shape, count):
        raise BadBatch(
            f"column {column!r} of shape {tuple(values.shape)}",
            where=by,
            expected=f"{(*batch.shape, count)}: one number for each weight",
            mend="give as many weights as there are objectives",
        )
    values = namespace(batch.reward).astype(values, batch.reward.dtype)
    return [values[..., k] for k in range(count)]


def dot(weights: Sequence[Any], values: Sequence[Array]) -> Array:
    """Σ_k w_k v_k, summed in order, so that NumPy and torch give the same bits."""
    total = weights[0] * values[0]
    for w, v in zip(weights[1:], values[1:], strict=True):
        total = total + w * v
    return total


def checked_numbers(values: Any, *, least: int, where: str, name: str) -> tuple[float, ...]:
    """A tuple of finite floats.

    Raises:
        BadOption: for fewer than `least`, or anything that is not a finite number.
    """
    try:
        found = tuple(float(v) for v in values)
    except (TypeError, ValueError):
        found = ()
    if len(found) < least or not all(map(math.isfinite, found)):
        raise BadOption(f"{name}={values!r}", where=where, expected=f"at least {least} finite numbers")
    return found


def checked_simplex(weights: Any, *, where: str) -> tuple[float, ...]:
    """Weights that are not negative and sum to 1.

    Raises:
        BadOption: for others.
    """
    found = checked_numbers(weights, least=1, where=where, name="weights")
    total = sum(found)
    if min(found) < 0 or abs(total - 1.0) > 1e-6:
        shares = tuple(round(w / total, 6) for w in found) if min(found) >= 0 and total > 0 else None
        raise BadOption(
            f"weights={found!r}",
            where=where,
            expected="weights >= 0 that sum to 1",
            mend=f"weights={shares}" if shares else "give every objective its share",
        )
    return found
