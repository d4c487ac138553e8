"""The compiled form for rows in NumPy: what a person would write who knows NumPy well, with the checks in front.

Plain numbers become arrays without axes, which NumPy takes in two thirds of the time of Python's own; sums of two and
three items are written out; a factor of one is left out. The reward is looked at once: its product with zeros is zero
only if all of it is finite. All of it computes bit for bit what `emit.text` says.
"""

import contextvars
from collections import Counter
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from rewardlab.core.sandbox.language import arithmetic, emit
from rewardlab.core.sandbox.language.graph import DTYPES, Number, Value, base
from rewardlab.core.sandbox.language.primitives import BINARY, INFIX, UNARY

QUIET = contextvars.Context()
QUIET.run(np.seterr, all="ignore")
"""Where NumPy warns of nothing: its copy costs a tenth of `np.errstate`, and a copy serves one thread alone."""

FIELDS = frozenset({"obs", "action", "next_obs", "reward", "terminated", "truncated", "done", "info"})
FRESH = frozenset({"where", "norm", "neg", "abs", "not", *INFIX, *UNARY, *BINARY})  # never share memory with an input
HELD = frozenset(
    {"add", "sub", "mul", "div", "lt", "le", "gt", "ge", "eq", "ne", "maximum", "minimum", "where"}
)  # take a number without axes as they take Python's
MOST = 65_536  # rows: zeros for more are not kept
LONG = 200  # signs: a longer expression gets a name
SHORT = 3  # items: a sum of so few is faster written out, however few the rows


def rows(values: Sequence[Value], roots: Sequence[Number], *, ready: bool) -> tuple[str, dict[str, Any]]:
    """The source of a function of the inputs [*event, B], and the numbers that it names.

    Args:
        values: what is used, in order.
        roots: what the function returns.
        ready: every input has the type that it is computed in, and is read as it is.
    """
    body, held = _body(values, roots, ready)
    return emit.function(values, roots, body), held


def whole(values: Sequence[Value], roots: Sequence[Number], dtypes: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """The source of a function of a batch, and what it names; `lead`, `zeros` [B] and shapes `s0` ... come with `fit`.

    It returns None for a batch whose inputs have other shapes or types, and for one with a reward that is not finite.

    Args:
        values: what is used, in order.
        roots: what the function returns, first the reward, of an operation in `FRESH`.
        dtypes: of the inputs, in order; None for one of any type, which is converted.
    """
    body, names = _body(values, roots, ready=all(d is not None for d in dtypes))
    names |= {"f_type": type, "f_array": np.ndarray}
    heads, turns = ["    paid = batch.reward"], []
    tests = ["f_type(paid) is not f_array or paid.shape != lead"]
    for i, (v, dtype) in enumerate(zip(emit.inputs(values), dtypes, strict=True)):
        x, first = f"x{v.index}", v.static[0]
        if first not in FIELDS:
            raise AssertionError("a batch has no such field")
        keys = {f"p{i}_{j}": key for j, key in enumerate(v.static[1:])}
        names |= keys | {f"d{i}": dtype}
        heads.append(f"    {x} = batch.{first}{''.join(f'[{k}]' for k in keys)}")
        tests.append(f"f_type({x}) is not f_array or {x}.shape != s{i}")
        if dtype is not None:
            tests.append(f"{x}.dtype is not d{i}")
        if v.shape:
            axes = ", ".join(map(str, [*range(1, len(v.shape) + 1), 0]))
            turns.append(f"    {x} = {x}.T" if len(v.shape) == 1 else f"    {x} = {x}.transpose({axes})")
    text = ["def program(batch):", *heads, f"    if {' or '.join(tests)}:", "        return None", *turns, *body]
    text.append(f"    return ({emit.results(roots)}) if zeros.dot({emit.word(roots[0])}) == 0.0 else None")
    return "\n".join(text) + "\n", names


def fit(run: Callable[..., Any], lead: tuple[int, ...], shapes: Sequence[tuple[int, ...]]) -> Callable[..., Any]:
    """The function of `whole` for batches of a size.

    Args:
        run: as it was built.
        lead: the leading axes, one.
        shapes: of the inputs, leading axes and all.
    """
    given = {"lead": lead, "zeros": np.zeros(lead), **{f"s{i}": shape for i, shape in enumerate(shapes)}}
    return FunctionType(run.__code__, run.__globals__ | given)


def own(v: Number) -> bool:
    """Whether a result is surely an array [B] of floats that nothing else holds."""
    return isinstance(v, Value) and v.op in FRESH and v.shape == () and v.kind == "float"


def _body(values: Sequence[Value], roots: Sequence[Number], ready: bool) -> tuple[list[str], dict[str, Any]]:
    held: dict[str, Any] = {}
    names: dict[tuple[str, str], str] = {}
    given = [base(r) for r in roots if isinstance(r, Value)]  # what is given back is never what was taken

    def number(x: Number, kind: str) -> str:
        key = (kind, repr(x))
        if key not in names:
            names[key] = f"k{len(names)}"
            held[names[key]] = np.array(x, DTYPES[kind])
            held[names[key]].setflags(write=False)
        return names[key]

    def written(v: Value) -> str:
        kept = v.args[0] if ready and v.op == "load" else _unchanged(v)
        if kept is not None and not any(v is r for r in given):
            return word(kept)
        if v.op == "sum" and v.static == (0,) and 1 < (n := v.args[0].shape[0]) <= SHORT:
            whole = emit.word(v.args[0])
            return " + ".join(f"{whole}[{i}]" for i in range(n))
        if _squares(v):
            return f"f_square({word(v.args[0])})"
        kind = _meets(v)
        return emit.operation(v, lambda a: number(a, kind) if kind and type(a) in (int, float) else word(a))

    def word(x: Number) -> str:
        """An argument; what nothing else needs is written in its place, so that its memory is free at once."""
        return inside.pop(x) if isinstance(x, Value) and x in inside else emit.word(x)

    uses = Counter(a for v in values for a in (v.args[:1] if _squares(v) else v.args) if isinstance(a, Value))
    uses.update(v.args[0] for v in values if v.op == "sum")  # whose items may be written out
    inside: dict[Value, str] = {}
    body = []
    for v in values:
        if v.op in ("input", "constant"):
            continue
        text = written(v)
        if uses[v] == 1 and not any(v is r for r in roots) and len(text) < LONG:
            inside[v] = f"({text})"
        else:
            body += [f"    v{v.index} = {text}"]
    return emit.checked(body), held


def _squares(v: Value) -> bool:
    return v.op == "mul" and v.args[0] is v.args[1]


def _unchanged(v: Value) -> Value | None:
    """The factor that is left, if the other is one."""
    if v.op not in ("mul", "div"):
        return None
    a, b = v.args
    if type(b) in (int, float) and b == 1:
        return a if a.kind == v.kind else None
    if v.op == "mul" and type(a) in (int, float) and a == 1:
        return b if b.kind == v.kind else None
    return None


def _meets(v: Value) -> str | None:
    """The kind that the plain numbers of an operation take; None where they stay as they are."""
    if v.op not in HELD:
        return None
    kind = arithmetic.join(*(v.args[1:] if v.op == "where" else v.args))
    return None if kind == "bool" else kind
