"""Paths that part and meet: what a name holds after an `if`, a loop or a function that was left in several ways.

A path is a truth value per step that says which steps are on it, with the names and the heap as that path left them.
"""

from dataclasses import dataclass
from typing import Any

from rewardlab.core.sandbox.language import arithmetic
from rewardlab.core.sandbox.language.graph import Number
from rewardlab.core.sandbox.language.machine import Machine
from rewardlab.core.sandbox.language.values import Heap, Ref, Unset, sort_of

BEFORE = "is used before it has a value"
_MISSING = "{!r} has no value on some path: give it one before the `if`"


@dataclass
class Path:
    """One way to a point of the program.

    Attributes:
        on: which steps came this way: a truth value, or True or False for all or none.
        names: the local names as it left them.
        heap: lists and dicts as it left them.
        value: what it returned, if it did.
    """

    on: Number
    names: dict[str, Any]
    heap: Heap
    value: Any = None


def meet(m: Machine, paths: list[Path]) -> Path:
    """The paths as one; each step keeps what its own path left."""
    paths = [p for p in paths if p.on is not False]
    out = paths[-1]
    for p in reversed(paths[:-1]):
        m.tick(1 + (len(out.heap) + len(p.heap)) // 10)
        heap: Heap = {**out.heap, **p.heap}
        m.met, m.around = {}, [out.names, p.names]
        m.heap = heap
        for i in sorted(out.heap.keys() & p.heap.keys()):
            heap[i] = _content(m, p.on, p.heap[i], out.heap[i], p.heap, out.heap)
        names = {}
        for n in {**out.names, **p.names}:
            missing = Unset(_MISSING.format(n))
            names[n] = choose(m, p.on, p.names.get(n, missing), out.names.get(n, missing), n, p.heap, out.heap)
        value = choose(m, p.on, p.value, out.value, "what is returned", p.heap, out.heap)
        out = Path(arithmetic.either(m.g, p.on, out.on), names, heap, value)
    m.heap = out.heap
    return out


def choose(
    m: Machine, on: Number, a: Any, b: Any, name: str, of_a: Heap | None = None, of_b: Heap | None = None
) -> Any:
    """`a` where `on` holds, `b` elsewhere; `Unset` if that is no value. Both may have a heap of their own."""
    of_a, of_b = m.heap if of_a is None else of_a, m.heap if of_b is None else of_b
    m.tick()
    if a is b or arithmetic.same(a, b) or (isinstance(a, Ref) and a == b):
        return a
    if isinstance(a, Unset) or isinstance(b, Unset):
        if isinstance(a, Unset) and isinstance(b, Unset):
            return a
        why = a.why if isinstance(a, Unset) else b.why
        return Unset(_MISSING.format(name) if why.endswith(BEFORE) else why)
    if arithmetic.is_number(a) and arithmetic.is_number(b):
        if arithmetic.shape_of(a) == arithmetic.shape_of(b):
            return arithmetic.where(m.g, on, a, b)
        return Unset(f"{name!r} has shape {arithmetic.shape_of(a)} on one path and {arithmetic.shape_of(b)} on another")
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(choose(m, on, x, y, name, of_a, of_b) for x, y in zip(a, b, strict=True))
    if isinstance(a, Ref) and isinstance(b, Ref) and a.kind == b.kind:
        if (a, b) in m.met:
            return m.met[a, b]
        if any(x.number in of_a and x.number in of_b and _held(m, x, name) for x in (a, b)):
            return Unset(f"{name!r} is another {a.kind} on some path, and the one from before also has another name")
        content = _content(m, on, of_a[a.number], of_b[b.number], of_a, of_b)
        if not isinstance(content, Unset):
            m.met[a, b] = m.new_list(content) if a.kind == "list" else m.new_dict(content)
            return m.met[a, b]
    elif type(a) is type(b) and isinstance(a, (str, range)) and a == b:
        return a
    return Unset(f"{name!r} is {sort_of(a)} on one path and {sort_of(b)} on another")


def _held(m: Machine, ref: Ref, name: str) -> bool:
    """Whether a list or dict has another name, or stands in another list."""
    m.tick(1 + len(m.heap) // 10)
    if any(v == ref for names in m.around for k, v in names.items() if k != name and isinstance(v, (Ref, tuple))):
        return True
    inside = [c.values() if isinstance(c, dict) else c for c in m.heap.values() if not isinstance(c, Unset)]
    return m.inside or any(isinstance(v, (Ref, tuple)) and v == ref for c in inside for v in c)


def _content(m: Machine, on: Number, a: Any, b: Any, of_a: Heap, of_b: Heap) -> Any:
    if a is b or isinstance(a, Unset) or isinstance(b, Unset):
        return b if isinstance(b, Unset) else a
    if isinstance(a, dict) and isinstance(b, dict):
        out = {}
        for k in {**b, **a} if len(a) > len(b) else {**a, **b}:
            missing = Unset(f"the key {k!r} is missing on some path: give it a value before the `if`")
            out[k] = choose(m, on, a.get(k, missing), b.get(k, missing), str(k), of_a, of_b)
        return out
    if len(a) == len(b):
        return tuple(choose(m, on, x, y, "an item of a list", of_a, of_b) for x, y in zip(a, b, strict=True))
    return Unset("a list has different lengths on two paths: append `x if condition else 0.0` instead")
