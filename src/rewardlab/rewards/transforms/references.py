"""What centred transforms share: the rewards of reference responses to the same prompt."""

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption


def references(batch: Transitions, name: str, *, by: str) -> Array:
    """The column `name` [B, M]: what M reference responses to each row's prompt are paid.

    Raises:
        BadBatch: if it is no column of M >= 1 numbers per row.
        MissingColumn: if there is none.
    """
    column = batch.column(name, by=by)
    if column.ndim != len(batch.shape) + 1 or column.shape[-1] < 1:
        raise BadBatch(
            f"column {name!r} has shape {tuple(column.shape)}",
            where=by,
            expected=f"{batch.shape} and one axis of M >= 1 reference rewards",
            mend="score M responses of the reference policy for each prompt",
        )
    return namespace(batch.reward).astype(column, batch.reward.dtype)


def quantile(values: Array, share: float) -> Array:
    """The quantile [...] of values [..., M], linear between neighbours."""
    xp = namespace(values)
    ordered = xp.sort(values, axis=-1)
    at = share * (values.shape[-1] - 1)
    low = int(at)
    high = min(low + 1, values.shape[-1] - 1)
    # A NaN among the references must show: it sorts to one end.
    spoilt = (values * 0.0).sum(-1)
    return ordered[..., low] + (at - low) * (ordered[..., high] - ordered[..., low]) + spoilt


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(−x)), without overflow."""
    return 0.5 * (1.0 + namespace(x).tanh(0.5 * x))


def log_sigmoid(x: Array) -> Array:
    """log(1 / (1 + exp(−x))), without overflow and exact for large |x|."""
    xp = namespace(x)
    size = xp.abs(x)
    return 0.5 * (x - size) - xp.log1p(xp.exp(-size))


def share_of(value: float, name: str, where: str) -> float:
    """`value`, if it is in [0, 1].

    Raises:
        BadOption: otherwise.
    """
    if isinstance(value, bool) or not 0.0 <= value <= 1.0:
        raise BadOption(f"{name}={value!r}", where=where, expected="a number in [0, 1]")
    return float(value)


def positive(value: float, name: str, where: str) -> float:
    """`value`, if it is a finite number above 0.

    Raises:
        BadOption: otherwise.
    """
    if isinstance(value, bool) or not 0.0 < value < float("inf"):
        raise BadOption(f"{name}={value!r}", where=where, expected="a finite number above 0")
    return float(value)
