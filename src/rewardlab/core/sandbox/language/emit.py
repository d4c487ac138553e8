"""The compiled form of a program: straight Python made of our own templates, run by the one `exec` of the package.

What is run here holds names that we number (`x0`, `v7`, `c3`, `f_exp`), numbers and operators. No text of a program
reaches it: operations come from `primitives`, static arguments are integers, slices, truth values and kinds. The names
it can see are the operations and constants of this program; there are no builtins.
"""

import ast
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from rewardlab.core.sandbox.language.graph import Number, Value
from rewardlab.core.sandbox.language.primitives import INFIX, NUMPY, PREFIX

_LINE = re.compile(r"    [vx]\d+ = [\w\s.,:()\[\]+\-*/%<>=!&|^~']+\Z")

_LOAD = re.compile(r"f_load_\w+\((?=[vx]\d+\))")


def text(values: Sequence[Value], roots: Sequence[Number]) -> str:
    """The source of a function of the inputs, in the order of `inputs(values)`.

    Args:
        values: what is used, in order.
        roots: what the function returns.
    """
    body = [f"    v{v.index} = {operation(v)}" for v in values if v.op not in ("input", "constant")]
    return function(values, roots, checked(body))


def checked(lines: list[str]) -> list[str]:
    """The lines, if each gives an expression of ours a name of ours."""
    for line in lines:
        if not _LINE.match(line):
            raise AssertionError("a template of ours made a line that is none of ours")
    return lines


def function(values: Sequence[Value], roots: Sequence[Number], body: Sequence[str]) -> str:
    """The body as a function of the inputs."""
    takes = ", ".join(f"x{v.index}" for v in inputs(values))
    return "\n".join([f"def program({takes}):", *body, f"    return ({results(roots)})"]) + "\n"


def results(roots: Sequence[Number]) -> str:
    """What is returned, as the items of a tuple."""
    return "".join(f"{word(r)}, " for r in roots)


def ready(source: str) -> str:
    """The same for inputs that have the types they are computed in: nothing is to be converted when it is read."""
    return _LOAD.sub("(", source)


def inputs(values: Sequence[Value]) -> list[Value]:
    """Those that come from the batch."""
    return [v for v in values if v.op == "input"]


def build(source: str, names: dict[str, Any]) -> Callable[..., tuple[Any, ...]]:
    """The function that `text` describes, over operations and constants by name."""
    scope = {"__builtins__": {}, **names}
    exec(compile(source, "<reward program>", "exec"), scope)
    return scope["program"]


def check(tree: ast.Module) -> None:
    """Let Python's compiler look at a small tree, and forget the result: `break` outside of a loop, names given twice.

    Raises:
        SyntaxError: if it is no program.
    """
    compile(tree, "reward program", "exec", dont_inherit=True)


def operation(v: Value, write: Callable[[Number], str] | None = None) -> str:
    """A value as an expression; `write` writes its arguments."""
    write = write or word
    words = [write(a) for a in v.args]
    if v.op in INFIX:
        return f"{words[0]} {INFIX[v.op]} {words[1]}"
    if v.op in ("neg", "not"):
        return f"{PREFIX[v.op]}{words[0]}"
    if v.op == "index":
        return f"{words[0]}[{', '.join(map(_place, v.static[0]))}]" if v.static[0] else words[0]
    if v.op in ("load", "cast"):
        return f"f_{v.op}_{v.static[0]}({words[0]})"
    if v.op not in NUMPY:
        raise AssertionError(f"no such operation: {v.op}")
    return f"f_{v.op}({', '.join([*words, *map(_literal, v.static)])})"


def word(x: Number) -> str:
    """An argument: the name of a value, or a number."""
    if isinstance(x, Value):
        return f"{'x' if x.op == 'input' else 'c' if x.op == 'constant' else 'v'}{x.index}"
    return _literal(x)


def _literal(x: Any) -> str:
    if isinstance(x, tuple):
        return f"({''.join(_literal(v) + ', ' for v in x)})"
    if isinstance(x, bool) or x is None:
        return repr(x)
    if isinstance(x, float) and not math.isfinite(x):
        return "f_nan" if x != x else "f_inf" if x > 0 else "(-f_inf)"
    if isinstance(x, (int, float)):
        return repr(x) if x >= 0 and not (x == 0 and math.copysign(1, x) < 0) else f"({x!r})"
    raise AssertionError(f"no literal: {type(x).__name__}")


def _place(x: Any) -> str:
    if isinstance(x, slice):
        parts = [("" if v is None else str(int(v))) for v in (x.start, x.stop, x.step)]
        return ":".join(parts if parts[2] else parts[:2])
    if isinstance(x, tuple):
        return f"[{', '.join(str(int(i)) for i in x)}]"
    return "None" if x is None else str(int(x))
