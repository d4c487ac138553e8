"""The array operations of a program: constants folded, common subexpressions shared, unused ones left out.

A value of shape [*event] of one step is an array [*event, B] of a batch: the batch is the last axis. Numbers then
broadcast against vectors, and reductions count their axes from the front, as code for one step means it. The shape of
an operation's result is found by running it on an empty batch, which costs nothing whatever the shape.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.sandbox.language import limits
from rewardlab.core.sandbox.language.primitives import NUMPY, WORK
from rewardlab.core.sandbox.language.refusal import refuse

DTYPES = {"float": np.dtype(np.float64), "int": np.dtype(np.int64), "bool": np.dtype(bool)}
VIEWS = frozenset(
    {"index", "transpose", "reshape", "load", "broadcast", "flip"}
)  # may share memory with their argument
_KINDS = {"f": "float", "i": "int", "u": "int", "b": "bool"}


@dataclass(frozen=True, eq=False)
class Value:
    """A number or array that each step has its own of, or a constant array.

    Attributes:
        index: its place in the graph.
        op: the operation that makes it: a primitive's name, "input" or "constant".
        args: values, numbers and booleans it is made of.
        static: further arguments of the operation.
        shape: of one step.
        kind: "float", "int" or "bool".
        constant: [*event, 1] for constants, else None.
        raw: whether it is still in the type of the batch.
        work: numbers handled per step.
    """

    index: int
    op: str
    args: tuple[Any, ...]
    static: tuple[Any, ...]
    shape: tuple[int, ...]
    kind: str
    constant: np.ndarray | None = None
    raw: bool = False
    work: int = 0

    def __repr__(self) -> str:
        return f"{self.kind} {self.shape}"


Number = Any  # Value | float | int | bool


@dataclass
class Graph:
    """Operations in the order in which they are run."""

    values: list[Value] = field(default_factory=list)
    line: int | None = None
    work: int = 0
    _seen: dict[Any, Value] = field(default_factory=dict)

    def input(self, path: tuple[Any, ...], shape: tuple[int, ...], kind: str) -> Value:
        """What a batch gives: `path` is e.g. ("info", "distance")."""
        return self._add(("input", path), "input", (), path, shape, kind, raw=True)

    def constant(self, array: np.ndarray) -> Value:
        """An array [*event] that all steps share."""
        kind = _KINDS.get(array.dtype.kind)
        if kind is None:
            refuse("an array of numbers was expected", self.line)
        self._room(array.shape)
        held = np.array(array, DTYPES[kind])[..., None]
        held.setflags(write=False)
        key = ("constant", kind, array.shape, held.tobytes())
        return self._add(key, "constant", (), (), array.shape, kind, constant=held)

    def apply(self, op: str, *args: Number, static: tuple[Any, ...] = ()) -> Number:
        """The result of a primitive: a value, or a plain number if all arguments are.

        Raises:
            BadProgram: if shapes do not fit, or the result or the work is too large.
        """
        if op not in ("index", "load"):
            args = tuple(self.load(a) if isinstance(a, Value) and a.raw else a for a in args)
        if op == "index" and (found := _part(args[0], static)) is not None:
            return found
        key = (op, tuple(_key(a) for a in args), _key(static))
        if key in self._seen:
            return self._seen[key]
        work = WORK[op](*[a.shape if isinstance(a, Value) else () for a in args], *static) if op in WORK else 0
        self._spend(work)
        shape, kind = self._infer(op, args, static)
        self._room(shape)
        work += _size(shape)
        self._spend(work)
        if all(not isinstance(a, Value) or a.constant is not None for a in args):
            return self._fold(op, args, static)
        raw = op == "index" and args[0].raw
        return self._add(key, op, args, static, shape, kind, raw=raw, work=work)

    def load(self, value: Value) -> Value:
        """A value of the batch in the type that is computed in."""
        return self.apply("load", value, static=(value.kind,)) if value.raw else value

    def used(self, roots: list[Number]) -> list[Value]:
        """The values that the roots need, in order."""
        todo = [r for r in roots if isinstance(r, Value)]
        found: dict[int, Value] = {}
        while todo:
            v = todo.pop()
            if v.index not in found:
                found[v.index] = v
                todo += [a for a in v.args if isinstance(a, Value)]
        return [found[i] for i in sorted(found)]

    def _infer(self, op: str, args: tuple[Number, ...], static: tuple[Any, ...]) -> tuple[tuple[int, ...], str]:
        none = any(isinstance(a, Value) for a in args)
        empty = [
            np.empty((*a.shape, 0), DTYPES[a.kind]) if isinstance(a, Value) else a if none else np.full((0,), a)
            for a in args
        ]
        out = self._run(op, empty, static)
        if out.ndim > limits.AXES + 1:
            refuse(f"an array has {out.ndim - 1} axes", self.line, expected=f"at most {limits.AXES}")
        return out.shape[:-1], _KINDS.get(out.dtype.kind) or refuse("numbers were expected", self.line)

    def _fold(self, op: str, args: tuple[Number, ...], static: tuple[Any, ...]) -> Number:
        with np.errstate(all="ignore"):
            out = self._run(op, [a.constant if isinstance(a, Value) else np.full((1,), a) for a in args], static)
        out = np.broadcast_to(out, out.shape)[..., 0]
        if out.ndim:
            return self.constant(out)
        return out.item() if out.dtype.kind != "i" or abs(int(out)) <= limits.INTEGER else float(out)

    def _run(self, op: str, arrays: list[Any], static: tuple[Any, ...]) -> np.ndarray:
        try:
            return NUMPY[op](*arrays, *static)
        except (ValueError, TypeError, IndexError, OverflowError, MemoryError) as error:
            shapes = ", ".join(str(a.shape[:-1]) for a in arrays if isinstance(a, np.ndarray))
            said = str(error).split("\n")[0]
            said = "the shapes do not fit" if any(w in said for w in ("broadcast", "shape", "dim")) else said[:120]
            refuse(f"`{op}` of {shapes}: {said}", self.line, mend="remember that the program is written for one step")

    def _add(self, key: Any, op: str, args: tuple, static: tuple, shape: tuple, kind: str, **more: Any) -> Value:
        if key not in self._seen:
            if len(self.values) >= limits.OPERATIONS:
                refuse(f"the program needs more than {limits.OPERATIONS:,} array operations", self.line)
            self._seen[key] = Value(len(self.values), op, args, static, shape, kind, **more)
            self.values.append(self._seen[key])
            self.work += self._seen[key].work
        return self._seen[key]

    def _room(self, shape: tuple[int, ...]) -> None:
        if _size(shape) > limits.NUMBERS:
            refuse(f"a value of shape {shape} is too large", self.line, expected=f"at most {limits.NUMBERS:,} numbers")

    def _spend(self, work: int) -> None:
        if self.work + work > limits.WORK:
            refuse(f"the program handles more than {limits.WORK:,} numbers a step", self.line, mend="do less per step")


def base(value: Value) -> Value:
    """The value whose memory this one may share."""
    while value.op in VIEWS:
        value = value.args[0]
    return value


def _size(shape: tuple[int, ...]) -> int:
    out = 1
    for n in shape:
        out *= n
    return out


def _key(x: Any) -> Any:
    """What makes two arguments the same: 1, 1.0 and True differ, and so do 0.0 and -0.0."""
    if isinstance(x, Value):
        return ("value", x.index)
    if isinstance(x, tuple):
        return tuple(_key(v) for v in x)
    if isinstance(x, slice):
        return ("slice", x.start, x.stop, x.step)
    return (type(x).__name__, repr(x))


def _part(x: Number, static: tuple[Any, ...]) -> Number | None:
    """A piece of a vector that was put together here: the piece itself."""
    index = static[0]
    if isinstance(x, Value) and x.op == "stack" and x.static == (0,) and index and type(index[0]) is int:
        part = x.args[index[0]]
        if len(index) == 1 and (not isinstance(part, Value) or part.kind == x.kind):
            return float(part) if x.kind == "float" and not isinstance(part, Value) else part
    return None
