"""The calls in a message: read, checked, and refused in words that the agent can act on.

Two forms. For language models any number of

    <tool_call>{"name": "calc", "arguments": {"expression": "3+4"}}</tool_call>

and for small policies a message that begins with `@`, one call a line:

    @calc 3+4
    @search the river Orn limit=3
    @travel town="New Orn" days=2

where a tool with one argument that must be given takes what follows its name, and others are told by name.

The text is a stranger's: whatever it is, reading it costs time in proportion to its length, and raises nothing.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rewardlab.core.errors import nearest
from rewardlab.envs.text.tools.parameters import LARGEST, Parameter, fitted, parameters, usage
from rewardlab.envs.text.tools.tool import Tool, ToolError, shown

OPEN, CLOSE = "<tool_call>", "</tool_call>"
MOST = 8  # calls of one message
LONGEST = 200_000  # characters of one call
DEEPEST = 16  # brackets within each other
_MARK = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_LINE = re.compile(r"@([A-Za-z_][A-Za-z0-9_]{0,63})(?:[ \t]+(.*))?$")
_PAIR = re.compile(r"""([A-Za-z_]\w{0,63})=("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"']\S*|)(?:[ \t]+|$)""")
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
_ESCAPES = {"n": "\n", "t": "\t"}


@dataclass(frozen=True)
class Call:
    """One call, checked against the tool.

    Attributes:
        name: of the tool.
        arguments: name -> value, of the types that the tool asks for.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """Why a message's calls cannot be read: none of them is to be run.

    Attributes:
        text: one printable sentence for the agent.
    """

    text: str


def read(message: str, tools: Iterable[Tool], *, most: int = MOST) -> list[Call] | Fault:
    """The calls of a message in their order, [] if it has none, or what is wrong with them.

    Args:
        message: any text.
        tools: those that may be called.
        most: calls, at most.
    """
    known = {t.name: t for t in tools}
    try:
        if OPEN in message:
            return _tagged(message, known, most)
        if message.lstrip().startswith("@"):
            return _lines(message, known, most)
        if CLOSE in message:
            raise ToolError(f"{CLOSE} without {OPEN} before it")
    except ToolError as e:
        return Fault(shown(f"error: {e}", 600))
    return []


def _tagged(message: str, known: Mapping[str, Tool], most: int) -> list[Call]:
    found: list[Call] = []
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
    at = message.find(OPEN)
    while at >= 0:
        if len(found) == most:
            raise ToolError(f"more than {most} calls in one message")
        begin = at + len(OPEN)
        while begin < len(message) and message[begin].isspace():
            begin += 1
        _shallow(message, begin)
        try:
            said, end = decoder.raw_decode(message, begin)
        except ToolError:
            raise
        except RecursionError:
            raise ToolError(f"the JSON of call {len(found) + 1} is nested too deeply") from None
        except json.JSONDecodeError as e:
            where = f"at character {e.pos - begin + 1}" if e.pos < len(message) else "at the end of the message"
            raise ToolError(f"the JSON of call {len(found) + 1} is broken {where}: {e.msg}") from None
        except ValueError:  # a whole number of more digits than Python reads
            raise ToolError(f"a number in call {len(found) + 1} is too long") from None
        found.append(_checked(said, known, len(found) + 1))
        while end < len(message) and message[end].isspace():
            end += 1
        if not message.startswith(CLOSE, end):
            raise ToolError(f"expected {CLOSE} right after the JSON of call {len(found)}")
        at = message.find(OPEN, end)
    return found


def _shallow(message: str, begin: int) -> None:
    """Refuse what is long or deep before a parser recurses into it."""
    depth, inside = 0, False
    for token in _MARK.finditer(message, begin):
        mark = token.group()
        if token.start() - begin > LONGEST:
            raise ToolError(f"a call has more than {LONGEST} characters")
        if mark == '"':
            inside = not inside
        elif not inside and len(mark) == 1:
            depth += 1 if mark in "[{" else -1
            if depth > DEEPEST:
                raise ToolError(f"brackets are nested more than {DEEPEST} deep")
            if depth <= 0:
                return


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        counts = Counter(k for k, _ in pairs)
        raise ToolError(f"'{shown(counts.most_common(1)[0][0], 40)}' is given twice")
    return made


def _constant(word: str) -> Any:
    raise ToolError(f"{word} is no number of JSON")


def _checked(said: Any, known: Mapping[str, Tool], number: int) -> Call:
    if not isinstance(said, dict) or not isinstance(said.get("name"), str):
        raise ToolError(f'call {number} must be {{"name": "...", "arguments": {{...}}}}')
    extra = [k for k in said if k not in ("name", "arguments")]
    if extra:
        raise ToolError(f"call {number} has '{shown(extra[0], 40)}' beside name and arguments")
    arguments = said.get("arguments", {})
    if not isinstance(arguments, dict):
        raise ToolError(f"the arguments of call {number} must be an object")
    tool = _tool(said["name"], known)
    return Call(tool.name, fitted(tool, arguments))


def _tool(name: str, known: Mapping[str, Tool]) -> Tool:
    if name not in known:
        raise ToolError(f"no tool is called '{shown(name, 40)}'; {nearest(name[:64], known)}")
    return known[name]


def _lines(message: str, known: Mapping[str, Tool], most: int) -> list[Call]:
    """Calls of the short form. A message with other lines too may be prose: there an unknown name is no call."""
    if message.count("\n@") > 50 * most:
        raise ToolError(f"more than {most} calls in one message")
    lines = [line.strip() for line in message.split("\n") if line.strip()]
    matches = [m for line in lines if line.startswith("@") and (m := _LINE.match(line))]
    pure = len(matches) == len(lines)
    calls = [m for m in matches if pure or m[1] in known]
    if len(calls) > most:
        raise ToolError(f"more than {most} calls in one message")
    return [_short(_tool(m[1], known), (m[2] or "").strip()) for m in calls]


def _short(tool: Tool, rest: str) -> Call:
    kinds = {p.name: p for p in parameters(tool)}
    needed = [p.name for p in kinds.values() if p.required]
    if len(needed) == 1 and rest:
        value, pairs = _split(rest, [name for name in kinds if name not in needed])
        pairs = [(needed[0], value), *pairs]
    else:
        pairs, at = _pairs(rest, 0)
        if at < len(rest):
            raise ToolError(f"'{shown(rest[at:], 40)}' is no name=value; {usage(tool)}")
    given: dict[str, Any] = {}
    for name, text in pairs:
        if name in given:
            raise ToolError(f"'{name}' is given twice")
        given[name] = _value(kinds[name], text) if name in kinds else text
    return Call(tool.name, fitted(tool, given))


def _split(rest: str, optional: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """The one argument that must be given, and the name=value of others behind it."""
    if not optional:
        return rest, []
    starts = [m.start(1) for m in re.finditer(rf"[ \t]((?:{'|'.join(optional)})=)", rest)]
    for at in starts[-2 * len(optional) :]:
        pairs, end = _pairs(rest, at)
        if end == len(rest) and all(name in optional for name, _ in pairs):
            return rest[:at].rstrip(), pairs
    return rest, []


def _pairs(rest: str, at: int) -> tuple[list[tuple[str, str]], int]:
    """(name, value) from `at` on, and where no more can be read."""
    found: list[tuple[str, str]] = []
    while at < len(rest) and (pair := _PAIR.match(rest, at)):
        value = pair[2]
        if value[:1] in ('"', "'"):
            value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), value[1:-1])
        found.append((pair[1], value))
        at = pair.end()
    return found, at


def _value(p: Parameter, text: str) -> Any:
    """A text as the type of a parameter; the text itself where it is none, which the check then names."""
    if p.kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if p.kind == "integer" and _WHOLE.fullmatch(text):
        return int(text)
    if p.kind == "number" and _NUMBER.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else LARGEST + 1
    return text
