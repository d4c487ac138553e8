"""What a tool may be given, read from the signature of its `use`: schema, usage line, and the check of a call."""

import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.text.tools.tool import Session, Tool, ToolError, shown

LONGEST_ARGUMENT = 20_000  # characters
LARGEST = 2**63 - 1
KINDS = {str: "string", int: "integer", float: "number", bool: "boolean"}
SPOKEN = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


@dataclass(frozen=True)
class Parameter:
    """One argument of a tool.

    Attributes:
        name: as it is called.
        kind: "string", "integer", "number" or "boolean", as JSON schema has it.
        required: whether it must be given.
        default: what it is otherwise.
        about: its line in the docstring, "" without one.
        choices: the only texts that are allowed; () for any.
    """

    name: str
    kind: str
    required: bool
    default: Any
    about: str
    choices: tuple[str, ...] = ()


def parameters(tool: Tool) -> tuple[Parameter, ...]:
    """The arguments of a tool, in their order.

    Raises:
        BadOption: for a tool without a proper name, and for a parameter whose type no call can carry.
    """
    if not (tool.name.isidentifier() and tool.name.isascii() and tool.name == tool.name.lower()):
        raise BadOption(
            f"name={tool.name!r}",
            where=type(tool).__name__,
            expected="small letters, digits and underscores",
            mend='name = "search"',
        )
    target = tool.target()
    return _parameters(getattr(target, "__func__", target))


def takes_session(function: Callable[..., Any]) -> bool:
    """Whether the first parameter is annotated as a `Session`."""
    first = next(iter(inspect.signature(function).parameters), "")
    return typing.get_type_hints(function).get(first) is Session


@lru_cache(maxsize=256)
def _parameters(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    types_of, about, found = typing.get_type_hints(function), _about(function), []
    for name, p in inspect.signature(function).parameters.items():
        if name == "self" or types_of.get(name) is Session:
            continue
        required = p.default is p.empty
        kind, choices = _kind(types_of.get(name), p)
        if kind is None or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.POSITIONAL_ONLY):
            raise BadOption(
                f"parameter {str(p)!r}",
                where=getattr(function, "__qualname__", "a tool"),
                expected="str, int, float, bool or a Literal of texts; `| None` with the default None",
                mend=f"{name}: str",
            )
        found.append(Parameter(name, kind, required, None if required else p.default, about.get(name, ""), choices))
    return tuple(found)


def _kind(annotation: Any, parameter: inspect.Parameter) -> tuple[str | None, tuple[str, ...]]:
    """(kind, choices) of an annotation; (None, ()) if a call cannot carry it."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType) and parameter.default is None:
        inner = [a for a in typing.get_args(annotation) if a is not type(None)]
        annotation = inner[0] if len(inner) == 1 else None
    if typing.get_origin(annotation) is Literal:
        choices = typing.get_args(annotation)
        return ("string", choices) if all(isinstance(c, str) for c in choices) else (None, ())
    return KINDS.get(annotation), ()


def _about(function: Callable[..., Any]) -> dict[str, str]:
    """Name -> what the `Args:` of a docstring say of it."""
    found: dict[str, str] = {}
    last, inside = "", False
    for line in (inspect.getdoc(function) or "").splitlines():
        words, indent = line.strip(), len(line) - len(line.lstrip())
        if not indent:
            inside = words == "Args:"
        elif inside and indent == 4 and ":" in words:
            last, _, rest = words.partition(":")
            found[last] = rest.strip()
        elif inside and last and words:
            found[last] += f" {words}"
    return found


def schema(tool: Tool) -> dict[str, Any]:
    """Name, description and parameters (JSON schema), as interfaces of language models take a function."""
    properties: dict[str, Any] = {}
    for p in parameters(tool):
        said = {"type": p.kind, "description": p.about, "enum": list(p.choices), "default": p.default}
        properties[p.name] = {k: v for k, v in said.items() if v not in ("", [], None)}
    return {
        "name": tool.name,
        "description": tool.description(),
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": [p.name for p in parameters(tool) if p.required],
            "additionalProperties": False,
        },
    }


def usage(tool: Tool) -> str:
    """One line for a prompt: `calc(expression: string) - Compute a number.`"""
    said = []
    for p in parameters(tool):
        kind = "|".join(p.choices) or p.kind
        said.append(f"{p.name}: {kind}" + ("" if p.required else f" = {p.default!r}" if p.default is not None else "?"))
    return f"{tool.name}({', '.join(said)}) - {tool.description()}"


def fitted(tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call, checked: names, types, sizes. Whole numbers stand for numbers, nothing else changes.

    Raises:
        ToolError: what is wrong, in words that the agent can act on.
    """
    known = {p.name: p for p in parameters(tool)}
    for name in arguments:
        if name not in known:
            hint = nearest(name[:64], known) if known else "it takes none"
            raise ToolError(f"{tool.name} has no argument '{shown(name, 40)}'; {hint}")
    missing = [p.name for p in known.values() if p.required and p.name not in arguments]
    if missing:
        raise ToolError(f"{tool.name} needs {' and '.join(missing)}; {usage(tool)}")
    return {name: _fit(tool, known[name], value) for name, value in arguments.items()}


def _fit(tool: Tool, p: Parameter, value: Any) -> Any:
    where, truth = f"{tool.name}: {p.name}", isinstance(value, bool)
    if value is None and not p.required and p.default is None:
        return None
    right = {
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not truth,
        "number": isinstance(value, (int, float)) and not truth,
        "boolean": truth,
    }[p.kind]
    if not right:
        raise ToolError(f"{where} must be {SPOKEN[p.kind]}, not {_spoken(value)}")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ToolError(f"{where} must lie within ±{LARGEST}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ToolError(f"{where} must be a finite number")
    if p.kind == "number":
        return float(value)
    if p.kind != "string":
        return value
    if len(value) > LONGEST_ARGUMENT:
        raise ToolError(f"{where} has {len(value)} characters; at most {LONGEST_ARGUMENT} are allowed")
    if p.choices and value not in p.choices:
        raise ToolError(f"{where} must be one of {', '.join(p.choices)}, not '{shown(value, 40)}'")
    return value.encode("utf-8", "backslashreplace").decode()


def _spoken(value: Any) -> str:
    """A value of JSON in words."""
    if value is None or isinstance(value, (dict, list)):
        return {type(None): "null", dict: "an object", list: "a list"}[type(value)]
    if isinstance(value, float):
        return "a number with a fraction"
    kind = KINDS.get(type(value), "")
    return SPOKEN.get(kind, "that") + (f" ('{shown(value, 20)}')" if kind == "string" else "")
