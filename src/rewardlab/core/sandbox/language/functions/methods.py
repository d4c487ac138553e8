"""Methods and attributes of arrays, numbers, lists and dicts."""

from functools import partial
from typing import Any

from rewardlab.core.sandbox.language import arithmetic
from rewardlab.core.sandbox.language.functions import elementwise, linear, reductions, shapes
from rewardlab.core.sandbox.language.functions.elementwise import Table
from rewardlab.core.sandbox.language.graph import Number, Value
from rewardlab.core.sandbox.language.refusal import refuse
from rewardlab.core.sandbox.language.values import Record, Ref


def same(m: Any, x: Any) -> Number:
    """The array itself: arrays are never changed, so a copy is the same."""
    return m.number(x)


def item(m: Any, x: Any) -> Number:
    """The one number of an array."""
    return m.scalar(x)


def clamp(m: Any, x: Any, min: Any = None, max: Any = None) -> Number:
    """`clip` in torch's words."""
    return elementwise.clip(m, x, min, max)


def permuted(m: Any, x: Any, *axes: Any) -> Number:
    """`transpose` as a method."""
    return shapes.transpose(m, x, (axes if len(axes) != 1 else axes[0]) if axes else None)


def unsqueeze(m: Any, x: Any, dim: Any) -> Number:
    """With one more axis."""
    return shapes.expand_dims(m, x, dim)


def reshape(m: Any, x: Any, *shape: Any) -> Number:
    """In another shape."""
    return shapes.reshape(m, x, *shape)


def to_float(m: Any, x: Any) -> Number:
    """`x.float()`."""
    return arithmetic.to_float(m.g, m.number(x))


def tolist(m: Any, x: Any) -> Any:
    """As a list of numbers."""
    x = m.number(x)
    return x if not arithmetic.shape_of(x) else m.new_list([tolist(m, v) for v in m.sequence(x)])


_REDUCTIONS = ("sum", "mean", "max", "min", "std", "var", "any", "all", "prod", "argmax", "argmin", "cumsum", "ptp")
_UNARY = ("exp", "log", "sqrt", "tanh", "sin", "cos")
ARRAY: Table = {
    **{k: reductions.TABLE[k] for k in _REDUCTIONS},
    **{k: partial(elementwise.unary, k) for k in _UNARY},
    **dict.fromkeys(("copy", "clone", "detach", "cpu", "numpy"), same),
    "float": to_float, "double": to_float, "item": item, "tolist": tolist, "astype": shapes.astype,
    "clip": elementwise.clip, "clamp": clamp, "dot": linear.dot, "reshape": reshape, "view": reshape,
    "flatten": shapes.ravel, "ravel": shapes.ravel, "squeeze": shapes.squeeze, "unsqueeze": unsqueeze,
    "transpose": permuted, "round": elementwise.rounding, "abs": elementwise.absolute, "norm": linear.torch_norm,
    "trace": linear.trace, "diagonal": shapes.diagonal, "repeat": shapes.repeat, "square": elementwise.square,
    "pow": partial(elementwise.infix, "pow"),
}  # fmt: skip


def attribute(m: Any, x: Number, name: str) -> Any:
    """An attribute that is no method; None if there is no such."""
    shape = arithmetic.shape_of(x)
    found = {
        "shape": lambda: shape,
        "size": lambda: m.size(x),
        "ndim": lambda: len(shape),
        "T": lambda: shapes.transpose(m, x),
    }
    return found[name]() if name in found else None


def get(m: Any, x: Any, key: Any, default: Any = None) -> Any:
    """A value by its key, or the default."""
    items = m.mapping(x)
    return items.get(m.key(key), default)


def keys(m: Any, x: Any) -> tuple:
    """The keys."""
    return tuple(m.mapping(x))


def values(m: Any, x: Any) -> tuple:
    """The values."""
    return tuple(m.mapping(x).values())


def pairs(m: Any, x: Any) -> tuple:
    """Keys and values."""
    return tuple(m.mapping(x).items())


def update(m: Any, x: Any, other: Any = None, /, **more: Any) -> None:
    """More keys and values."""
    m.store(x, {**m.mapping(x), **(m.mapping(other) if other is not None else {}), **more})


def setdefault(m: Any, x: Any, key: Any, default: Any = None) -> Any:
    """A value by its key, which is set to the default if it is missing."""
    items = m.mapping(x)
    if m.key(key) not in items:
        m.store(x, {**items, key: default})
    return m.mapping(x)[key]


_NOTHING = object()


def pop(m: Any, x: Any, key: Any = -1, default: Any = _NOTHING) -> Any:
    """A value, taken out."""
    items = m.content(x)
    if isinstance(items, dict):
        if m.key(key) not in items:
            return default if default is not _NOTHING else refuse(f"no key {key!r}", m.line)
        m.store(x, {k: v for k, v in items.items() if k != key})
        return items[key]
    at = m.integer(key, "the index", -len(items), len(items) - 1)
    m.store(x, tuple(v for i, v in enumerate(items) if i != at % len(items)))
    return items[at]


def copied(m: Any, x: Any) -> Ref:
    """A copy of a list or dict."""
    return m.new_list(m.content(x)) if x.kind == "list" else m.new_dict(m.content(x))


def append(m: Any, x: Ref, item: Any) -> None:
    """One more item."""
    m.store(x, (*m.content(x), item))


def extend(m: Any, x: Ref, items: Any) -> None:
    """More items."""
    m.store(x, (*m.content(x), *m.sequence(items)))


READ: Table = {"get": get, "keys": keys, "values": values, "items": pairs}
DICT: Table = {**READ, "update": update, "setdefault": setdefault, "pop": pop, "copy": copied}
LIST: Table = {"append": append, "extend": extend, "pop": pop, "copy": copied}


def of(x: Any) -> Table:
    """The methods of a value."""
    if isinstance(x, Ref):
        return DICT if x.kind == "dict" else LIST
    if isinstance(x, Record):
        return READ
    return ARRAY if isinstance(x, (Value, float, int)) else {}
