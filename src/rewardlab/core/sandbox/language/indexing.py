"""`x[...]`: components, slices, keys, and components that a step chooses by its own number."""

import ast
from typing import Any

from rewardlab.core.errors import nearest
from rewardlab.core.sandbox.language import arithmetic
from rewardlab.core.sandbox.language.graph import Value
from rewardlab.core.sandbox.language.machine import Machine
from rewardlab.core.sandbox.language.refusal import refuse, words
from rewardlab.core.sandbox.language.values import Record, Ref, Unset, sort_of


def item(m: Machine, x: Any, at: Any, node: ast.expr) -> Any:
    """`x[at]`; `node` is how the program says `x`.

    Raises:
        BadProgram: for an index that does not exist, or that is not known where it must be.
    """
    if isinstance(x, Record) or (isinstance(x, Ref) and x.kind == "dict"):
        return _entry(m, x, at)
    if isinstance(x, (Ref, tuple, range)):
        items = m.content(x) if isinstance(x, Ref) else x
        if isinstance(at, Value):
            return _chosen(m, m.array(tuple(items), 1), at)
        if isinstance(at, slice):
            part = tuple(items)[_slice(m, at)]
            m.tick(len(part))
            return m.new_list(part) if isinstance(x, Ref) else part
        n = len(items)
        if not n:
            refuse(f"an item of {words(node)}, which is empty", m.line)
        return _set(m, items[m.integer(at, f"the index of {words(node)}", -n, n - 1)])
    if isinstance(x, Value):
        return _component(m, x, at, node)
    if arithmetic.is_number(x):
        refuse(f"{words(node)} is a single number; it has no index", m.line, mend=f"use {words(node)} itself")
    return refuse(f"{sort_of(x)} has no index", m.line)


def _entry(m: Machine, x: Any, at: Any) -> Any:
    items = m.mapping(x)
    at = m.key(at)
    if at not in items:
        name = x.name if isinstance(x, Record) else "the dict"
        have = ", ".join(f"{k} {_shown(v)}".strip() for k, v in list(items.items())[:30]) or "nothing"
        refuse(
            f"{name} has no {at!r}",
            m.line,
            expected=f"{name} has {have}",
            mend=nearest(str(at), [str(k) for k in items]) if items else "use the observation instead",
        )
    return _set(m, items[at])


def _set(m: Machine, x: Any) -> Any:
    return refuse(x.why, m.line) if isinstance(x, Unset) else x


def _shown(v: Any) -> str:
    return str(v.shape) if isinstance(v, Value) else "{...}" if isinstance(v, Record) else ""


def _slice(m: Machine, at: slice) -> slice:
    big = 2**31
    parts = [None if v is None else m.integer(v, "a bound of a slice", -big, big) for v in (at.start, at.stop, at.step)]
    if parts[2] == 0:
        refuse("the step of a slice is 0", m.line)
    return slice(*parts)


def _component(m: Machine, x: Value, at: Any, node: ast.expr) -> Any:
    parts = list(at) if isinstance(at, tuple) else [at]
    if len(parts) == 1 and isinstance(parts[0], Value) and parts[0].constant is None:
        return _chosen(m, x, parts[0])
    taken = sum(1 for p in parts if p is not None and p is not ...)
    if not x.shape and taken:
        refuse(f"{words(node)} is a single number; it has no index", m.line, mend=f"use {words(node)} itself")
    if taken > len(x.shape):
        refuse(
            f"{words(node)} has shape {x.shape}, and {taken} axes are indexed",
            m.line,
            mend="the program is written for one step: there is no axis for the batch",
        )
    if parts.count(...) > 1:
        refuse("two ellipses in one index", m.line)
    if ... in parts:
        i = parts.index(...)
        parts[i : i + 1] = [slice(None)] * (len(x.shape) - taken)
    found: list[Any] = []
    axis = 0
    for p in parts:
        if p is None:
            found.append(None)
            continue
        found.append(_along(m, p, x.shape[axis], axis, node, x.shape))
        axis += 1
    if sum(isinstance(p, tuple) for p in found) > 1:
        refuse("two lists in one index", m.line)
    if any(isinstance(p, tuple) for p in found) and any(p is None or type(p) is int for p in found):
        refuse("a list beside other things in one index", m.line, mend="index in two steps")
    return m.g.apply("index", x, static=(tuple(found),))


def _along(m: Machine, p: Any, n: int, axis: int, node: ast.expr, shape: tuple[int, ...]) -> Any:
    """One part of an index, along an axis of length n."""
    if isinstance(p, slice):
        part = _slice(m, p)
        chosen = range(n)[part]
        if part.step is not None and part.step < 0:  # torch has no views that run backwards
            return tuple(chosen)
        return slice(chosen.start, chosen.stop, part.step)
    if isinstance(p, bool) or (isinstance(p, Value) and p.kind == "bool"):
        refuse(
            f"{words(node)} is selected by truth values, which has no fixed shape",
            m.line,
            mend="use np.where(mask, x, 0.0)",
        )
    if isinstance(p, (Ref, tuple)) or (isinstance(p, Value) and p.constant is not None):
        return tuple(_inside(m, i, n, axis, node, shape) for i in _integers(m, p))
    if isinstance(p, Value):
        refuse(
            f"an index of {words(node)} differs from step to step",
            m.line,
            mend="it can only be the one index of a vector",
        )
    return _inside(m, p, n, axis, node, shape)


def _integers(m: Machine, p: Any) -> list[Any]:
    if isinstance(p, Value):
        if p.kind != "int" or len(p.shape) != 1:
            refuse("an index must hold integers", m.line)
        return [int(i) for i in p.constant[:, 0]] if p.constant is not None else []
    return m.sequence(p)


def _inside(m: Machine, i: Any, n: int, axis: int, node: ast.expr, shape: tuple[int, ...]) -> int:
    if isinstance(i, (Value, bool)) or not isinstance(i, int):
        refuse(f"an index of {words(node)} is {sort_of(i)}", m.line, expected="an integer that is known beforehand")
    if not -n <= i < n:
        refuse(
            f"index {i} is out of range: {words(node)} has shape {shape}",
            m.line,
            expected=f"an index from {-n} to {n - 1} along axis {axis}" if n else "nothing, the axis is empty",
            mend="look the components up in the description of the environment",
        )
    return i % n


def _chosen(m: Machine, x: Value, at: Value) -> Any:
    """x[i] where i differs from step to step."""
    if at.kind == "bool":
        refuse("a selection by truth values has no fixed shape", m.line, mend="use np.where(mask, x, 0.0)")
    if at.shape != () or at.kind != "int":
        refuse(
            f"an index that is {'an array' if at.shape else 'a ' + at.kind}",
            m.line,
            expected="one integer of the step, e.g. a discrete action",
        )
    if not x.shape or not x.shape[0] or x.shape[0] > 256:
        refuse(f"an array of shape {x.shape} cannot be indexed by a number of the step", m.line)
    return m.g.apply("take", arithmetic.to_float(m.g, x), at)
