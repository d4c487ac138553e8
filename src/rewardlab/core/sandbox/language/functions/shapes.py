"""Arrays put together, taken apart and turned."""

import math
from functools import partial
from typing import Any

import numpy as np

from rewardlab.core.sandbox.language import arithmetic, limits
from rewardlab.core.sandbox.language.functions.elementwise import Table
from rewardlab.core.sandbox.language.graph import Number, Value
from rewardlab.core.sandbox.language.refusal import refuse


def array(m: Any, x: Any, dtype: Any = None, copy: Any = None) -> Number:
    """An array of numbers, known or not."""
    x = m.number(x)
    return x if dtype is None else astype(m, x, dtype)


def astype(m: Any, x: Any, dtype: Any, copy: Any = True) -> Number:
    """As another kind; all floats are computed in the one type of the program."""
    kind = getattr(dtype, "kind", None)
    if kind not in ("float", "int", "bool"):
        refuse("dtype must be float, int, bool, np.float32, np.float64 ...", m.line)
    return arithmetic.cast(m.g, m.number(x), kind)


def _shape(m: Any, shape: Any) -> tuple[int, ...]:
    wanted = [shape] if isinstance(shape, int) else m.sequence(shape)
    out = tuple(m.integer(n, "a length", 0, limits.NUMBERS) for n in wanted)
    if len(out) > limits.AXES or math.prod(out) > limits.NUMBERS:
        refuse(f"an array of shape {out} is too large", m.line, expected=f"at most {limits.NUMBERS:,} numbers")
    return out


def filled(value: float, m: Any, shape: Any, dtype: Any = None) -> Number:
    """An array of equal numbers."""
    return _typed(m, m.g.constant(np.full(_shape(m, shape), value)), dtype)


def full(m: Any, shape: Any, fill_value: Any, dtype: Any = None) -> Number:
    """An array of equal numbers."""
    shape, x = _shape(m, shape), m.number(fill_value)
    if not isinstance(x, Value):
        return _typed(m, m.g.constant(np.full(shape, x)), dtype)
    return _typed(m, m.g.apply("broadcast", x, static=(shape,)), dtype)


def _typed(m: Any, x: Number, dtype: Any) -> Number:
    return x if dtype is None else astype(m, x, dtype)


def like(value: float, m: Any, x: Any, dtype: Any = None) -> Number:
    """An array of equal numbers, in the shape of another."""
    x = m.number(x)
    kind = arithmetic.kind_of(x) if dtype is None else getattr(dtype, "kind", "float")
    fill = {"float": float(value), "int": int(value), "bool": bool(value)}.get(kind, value)
    shape = arithmetic.shape_of(x)
    return m.g.constant(np.full(shape, fill)) if shape else fill


def full_like(m: Any, x: Any, fill_value: Any, dtype: Any = None) -> Number:
    """An array of equal numbers, in the shape of another."""
    shape = arithmetic.shape_of(m.number(x))
    return full(m, shape, fill_value, dtype) if shape else m.number(fill_value)


def eye(m: Any, n: Any) -> Number:
    """The unit matrix."""
    n = m.integer(n, "the size", 1, 256)
    return m.g.constant(np.eye(n))


def arange(m: Any, start: Any, stop: Any = None, step: Any = 1) -> Number:
    """Numbers in equal steps."""
    first, last = (0, start) if stop is None else (start, stop)
    if any(isinstance(v, Value) or not arithmetic.is_number(v) for v in (first, last, step)) or not step:
        refuse("np.arange needs known numbers", m.line)
    if not 0 <= (last - first) / step + 1 <= limits.ITEMS:
        refuse("np.arange is too long", m.line, expected=f"at most {limits.ITEMS:,} numbers")
    return m.g.constant(np.arange(first, last, step))


def linspace(m: Any, start: Any, stop: Any, num: Any = 50, endpoint: Any = True) -> Number:
    """Numbers in equal distance."""
    if any(isinstance(v, Value) or not arithmetic.is_number(v) for v in (start, stop)):
        refuse("np.linspace needs known numbers", m.line)
    n = m.integer(num, "num", 0, limits.ITEMS)
    return m.g.constant(np.linspace(start, stop, n, endpoint=m.flag(endpoint, "endpoint")))


def _arrays(m: Any, items: Any, least: int) -> list[Value]:
    found = [m.array(v, least) for v in m.sequence(items)]
    if not found:
        refuse("nothing to put together", m.line)
    kind = arithmetic.join(*found)
    return [arithmetic.cast(m.g, v, kind) for v in found]


def concatenate(m: Any, arrays: Any, axis: Any = 0, *, dim: Any = None) -> Number:
    """Arrays one after the other."""
    axis = axis if dim is None else dim
    found = _arrays(m, arrays, 0 if axis is None else 1)
    if axis is None:
        found, axis = [m.reshaped(v, (m.size(v),)) for v in found], 0
    n = len(found[0].shape)
    return m.g.apply("concat", *found, static=(m.integer(axis, "axis", -n, n - 1) % n,))


def hstack(m: Any, arrays: Any) -> Number:
    """Side by side."""
    found = _arrays(m, arrays, 1)
    return m.g.apply("concat", *found, static=(0 if len(found[0].shape) == 1 else 1,))


def vstack(m: Any, arrays: Any) -> Number:
    """One below the other."""
    found = [v if len(v.shape) > 1 else m.reshaped(v, (1, *v.shape)) for v in _arrays(m, arrays, 1)]
    return m.g.apply("concat", *found, static=(0,))


def stack(m: Any, arrays: Any, axis: Any = 0, *, dim: Any = None) -> Number:
    """Along a new axis."""
    items = [m.number(v) for v in m.sequence(arrays)]
    axis = axis if dim is None else dim
    n = len(arithmetic.shape_of(items[0])) + 1 if items else 1
    return m.stacked(items, m.integer(axis, "axis", -n, n - 1) % n)


def reshape(m: Any, x: Any, *shape: Any) -> Number:
    """The same numbers in another shape."""
    x = m.array(x, 0)
    wanted = list(m.sequence(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape)
    sizes = [m.integer(n, "a length", -1, limits.NUMBERS) for n in wanted]
    known = math.prod(n for n in sizes if n >= 0)
    if sizes.count(-1) == 1 and known and m.size(x) % known == 0:
        sizes[sizes.index(-1)] = m.size(x) // known
    if -1 in sizes or math.prod(sizes) != m.size(x) or len(sizes) > limits.AXES:
        refuse(f"an array of shape {x.shape} cannot be reshaped to {tuple(wanted)}", m.line)
    return m.reshaped(x, tuple(sizes))


def ravel(m: Any, x: Any) -> Number:
    """All in one row."""
    x = m.array(x, 0)
    return m.reshaped(x, (m.size(x),))


def squeeze(m: Any, x: Any, axis: Any = None, *, dim: Any = None) -> Number:
    """Without the axes of length one."""
    x, axis = m.number(x), axis if dim is None else dim
    shape = arithmetic.shape_of(x)
    if not shape:
        return x
    n = len(shape)
    gone = [i for i in range(n) if shape[i] == 1] if axis is None else [m.integer(axis, "axis", -n, n - 1) % n]
    if any(shape[i] != 1 for i in gone):
        refuse(f"axis {axis} of an array of shape {shape} has not length 1", m.line)
    return m.reshaped(x, tuple(v for i, v in enumerate(shape) if i not in gone))


def expand_dims(m: Any, x: Any, axis: Any) -> Number:
    """With one more axis of length one."""
    x = m.array(x, 0)
    n = len(x.shape) + 1
    at = m.integer(axis, "axis", -n, n - 1) % n
    return m.reshaped(x, (*x.shape[:at], 1, *x.shape[at:]))


def transpose(m: Any, x: Any, axes: Any = None) -> Number:
    """The axes in another order, by default reversed."""
    x = m.number(x)
    n = len(arithmetic.shape_of(x))
    if n < 2:
        return x
    order = (
        tuple(range(n))[::-1] if axes is None else tuple(m.integer(a, "axis", -n, n - 1) % n for a in m.sequence(axes))
    )
    if sorted(order) != list(range(n)):
        refuse("the axes must be a permutation", m.line)
    return m.g.apply("transpose", x, static=(order,))


def at_least(n: int, m: Any, x: Any) -> Number:
    """With at least n axes."""
    return m.array(x, n)


def flip(m: Any, x: Any, axis: Any = None) -> Number:
    """Backwards."""
    x = m.array(x, 1)
    n = len(x.shape)
    for a in range(n) if axis is None else [m.integer(axis, "axis", -n, n - 1) % n]:
        x = m.g.apply("flip", x, static=(a,))
    return x


def roll(m: Any, x: Any, shift: Any, axis: Any = 0) -> Number:
    """Shifted round."""
    x = m.array(x, 1)
    n = len(x.shape)
    return m.g.apply(
        "roll", x, static=(m.integer(shift, "shift", -10_000, 10_000), m.integer(axis, "axis", -n, n - 1) % n)
    )


def diff(m: Any, x: Any) -> Number:
    """Differences of neighbours along the last axis."""
    x = m.array(x, 1)
    if arithmetic.kind_of(x) == "bool":
        refuse("np.diff of truth values", m.line)
    before = (slice(None),) * (len(x.shape) - 1)
    ends = [m.g.apply("index", x, static=((*before, s),)) for s in (slice(1, None, None), slice(None, -1, None))]
    return arithmetic.binary(m.g, "sub", *ends)


def ordered(op: str, m: Any, x: Any, axis: Any = -1) -> Number:
    """Sorted from small to large."""
    x = m.array(x, 1)
    n = len(x.shape)
    return m.g.apply(op, x, static=(m.integer(axis, "axis", -n, n - 1) % n,))


def _indexed(m: Any, x: Value, rows: Any) -> Value:
    return m.g.apply("index", x, static=((rows,),))


def repeat(m: Any, x: Any, repeats: Any) -> Number:
    """Each number so many times."""
    x = ravel(m, x)
    times = m.integer(repeats, "repeats", 0, limits.ITEMS)
    if m.size(x) * times > limits.ITEMS:
        refuse("np.repeat makes too large an array", m.line)
    return _indexed(m, x, tuple(i for i in range(m.size(x)) for _ in range(times)))


def tile(m: Any, x: Any, reps: Any) -> Number:
    """A vector so many times."""
    x = m.array(x, 1)
    times = m.integer(reps, "reps", 0, limits.ITEMS)
    if len(x.shape) > 1 or m.size(x) * times > limits.ITEMS:
        refuse("np.tile is for short vectors here", m.line)
    return _indexed(m, x, tuple(range(m.size(x))) * times)


def diagonal(m: Any, x: Any) -> Number:
    """The diagonal of a matrix."""
    x = m.array(x, 0)
    if len(x.shape) != 2:
        refuse(f"the diagonal of an array of shape {x.shape}", m.line, expected="a matrix")
    places = tuple(range(min(x.shape)))
    return m.g.apply("index", x, static=((places, places),)) if places else m.stacked([], 0)


def broadcast_to(m: Any, x: Any, shape: Any) -> Number:
    """Repeated to a shape."""
    return m.g.apply("broadcast", m.array(x, 0), static=(_shape(m, shape),))


def shape_of(m: Any, x: Any) -> tuple[int, ...]:
    """The lengths of the axes."""
    return arithmetic.shape_of(m.number(x))


def size_of(m: Any, x: Any) -> int:
    """How many numbers."""
    return m.size(m.number(x))


def ndim_of(m: Any, x: Any) -> int:
    """How many axes."""
    return len(shape_of(m, x))


def _table() -> Table:
    out: Table = dict.fromkeys(("array", "asarray", "ascontiguousarray", "asfarray"), array)
    out |= {"zeros": partial(filled, 0.0), "ones": partial(filled, 1.0), "empty": partial(filled, 0.0)}
    out |= {"zeros_like": partial(like, 0.0), "ones_like": partial(like, 1.0)}
    out |= {f"atleast_{n}d": partial(at_least, n) for n in (1, 2)}
    out |= {"sort": partial(ordered, "sort"), "argsort": partial(ordered, "argsort")}
    own: list[Any] = [
        full,
        full_like,
        eye,
        arange,
        linspace,
        concatenate,
        hstack,
        vstack,
        stack,
        reshape,
        ravel,
        squeeze,
    ]
    own += [expand_dims, transpose, flip, roll, diff, repeat, tile, diagonal, broadcast_to]
    out |= {f.__name__: f for f in own}
    return out | {"identity": eye, "shape": shape_of, "size": size_of, "ndim": ndim_of, "diag": diagonal}


TABLE: Table = _table()
