"""Groups and columns whose shapes fit; whoever needs a column says so by name.

    logp, old_logp, ref_logp, mask: [P, G, T],    reward: [P, G],    a column: the leading axes of logp

Only shapes are looked at, never values: a check costs microseconds and waits for no device.
"""

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadBatch, BadOption, MissingColumn, nearest

AXES = ("prompts", "responses", "tokens")


def checked(group: Group, by: str, *, responses: int = 1) -> Group:
    """`group` itself, if its fields fit together.

    Args:
        group: whose fields are checked.
        by: the objective that asks.
        responses: the fewest responses of a prompt that it can work with.

    Raises:
        BadBatch: naming the field whose shape is wrong.
    """
    shape = tuple(group.logp.shape)
    if len(shape) != 3:
        raise BadBatch(f"logp has shape {shape}", where=by, expected="[P, G, T]: prompts, responses, tokens")
    for name in ("old_logp", "ref_logp", "mask"):
        _fits(getattr(group, name), name, shape, by)
    _fits(group.reward, "reward", shape[:2], by)
    if shape[1] < responses:
        raise BadBatch(
            f"logp has {shape[1]} responses of a prompt",
            where=by,
            expected=f"at least {responses}: they are compared with one another",
            mend="sample more responses of each prompt",
        )
    return group


def column(group: Group, name: str, *, by: str, axes: int = 3) -> Array:
    """The `info` column `name`: [P], [P, G] or [P, G, T], as `axes` says.

    Raises:
        MissingColumn: naming the objective and the column.
        BadBatch: if its shape is not that of the first `axes` axes of logp.
    """
    if name not in group.info:
        raise MissingColumn(
            f"no info column {name!r}",
            where=by,
            expected=f"one number for each of the {AXES[axes - 1]}",
            mend=nearest(name, group.info) if group.info else "this group has no info columns at all",
        )
    x = group.info[name]
    _fits(x, f"info[{name!r}]", tuple(group.logp.shape[:axes]), by)
    return x


def option(name: str, value: object, allowed: bool, *, by: str, expected: str) -> None:
    """Refuses a parameter that is not allowed.

    Raises:
        BadOption: naming the parameter, its value and what was expected.
    """
    if not allowed:
        raise BadOption(f"{name}={value!r}", where=by, expected=expected)


def _fits(x: Array, name: str, shape: tuple[int, ...], by: str) -> None:
    if tuple(x.shape) != shape:
        raise BadBatch(
            f"{name} has shape {tuple(x.shape)}",
            where=by,
            expected=f"{shape}, as logp has it: [{', '.join('PGT'[: len(shape)])}]",
        )
