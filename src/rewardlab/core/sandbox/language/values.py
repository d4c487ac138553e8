"""What a name of a program can hold while the program is followed.

Numbers of a step are `graph.Value`; everything else is known while compiling: int, float, bool, None, str as a key,
tuple, range, and the kinds below. Lists and dicts live in a heap, `Heap`, so that two names of one list see the same
list, and so that both branches of an `if` can change it and be merged.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Ref:
    """A list or dict, by its number in the heap."""

    number: int
    kind: str  # "list" | "dict"


Heap = dict[int, Any]  # number -> tuple of items | dict of items; contents are replaced, never changed


@dataclass(frozen=True, eq=False)
class Record:
    """Named inputs that cannot be changed: `info`, a Dict observation."""

    name: str
    items: Mapping[str, Any]


@dataclass(frozen=True)
class Module:
    """`np`, `math`, `np.linalg` ..."""

    name: str


@dataclass(frozen=True, eq=False)
class Named:
    """A function of the tables."""

    name: str
    call: Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Bound:
    """A method of a value, not called yet."""

    name: str
    target: Any
    call: Callable[..., Any]


@dataclass(frozen=True)
class Type:
    """`float`, `np.float32`, `np.ndarray`: for `dtype=`, `astype`, `isinstance` and as a conversion."""

    name: str
    kind: str  # "float" | "int" | "bool" | "array" | "list" | "dict" | "tuple" | "str" | "other"
    call: Callable[..., Any] | None = None


@dataclass(frozen=True, eq=False)
class Function:
    """A helper function or lambda of the program."""

    name: str
    args: ast.arguments
    body: list[ast.stmt] | ast.expr
    home: int | None  # the call in which it was defined, whose names it sees; None for the top level
    defaults: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Unset:
    """A name that has no value on some path, or values that cannot be merged."""

    why: str


def sort_of(x: Any) -> str:
    """What a value is, in a reader's words."""
    if isinstance(x, Ref):
        return f"a {x.kind}"
    if isinstance(x, Record):
        return f"the mapping {x.name}"
    if isinstance(x, Module):
        return f"the module {x.name}"
    if isinstance(x, (Named, Bound, Function)):
        return f"the function {x.name}"
    if isinstance(x, Type):
        return f"the type {x.name}"
    if x is None:
        return "None"
    if isinstance(x, (bool, int, float)):
        return f"the number {x}"
    if isinstance(x, (str, tuple, range)):
        return f"a {type(x).__name__}"
    shape = getattr(x, "shape", None)
    return "a number" if shape == () else f"an array of shape {shape}"
