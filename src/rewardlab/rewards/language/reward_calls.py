"""The calls that a reward coder may write, read as data: nothing of the text is ever run.

    set_torso_height(h)                    set_joint_target(name, angle, w)
    set_torso_pitch(p)                     min_l2_distance(one, other, w)
    set_foot(name, height, contact)        reset_reward()        execute(duration)

Each line is one call of constants. Another function, another argument, a number outside its range, or anything else
that Python can say is refused with its line.
"""

import ast
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from rewardlab.core.errors import BadProgram, nearest
from rewardlab.rewards.language.bodies import Body
from rewardlab.rewards.language.cost_spec import Spec, Term

MOST = 10_000
"""Characters that are read."""
WEIGHTS = (0.0, 100.0)
LONGEST = 60.0  # s
TORSO, LIMB = 100.0, 100.0
"""Weights of a height or lean, and of a foot."""

Value = float | str | bool


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        name: of the function.
        values: argument -> value.
        line: of the text, from 1.
    """

    name: str
    values: Mapping[str, Value]
    line: int

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{v!r}' for v in self.values.values())})"


def signature(body: Body) -> str:
    """The functions that there are for a body, with the ranges of their arguments, as a coder is told them."""
    api = _api(body)
    return "\n".join(f"{name}({', '.join(_told(k, v) for k, v in kinds.items())})" for name, kinds in api.items())


def read_calls(text: str, body: Body) -> list[Call]:
    """The calls of a text.

    Args:
        text: one call a line; a code fence around it and comments are passed over.
        body: says what may be named, and the ranges.

    Raises:
        BadProgram: with the line, for everything else.
    """
    if len(text) > MOST:
        _refuse(None, f"{len(text)} characters", f"at most {MOST}")
    lines = ["" if line.strip().startswith("```") else line for line in text.splitlines()]
    try:
        with warnings.catch_warnings():  # of what Python thinks of foreign spelling
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        line = getattr(e, "lineno", None)
        _refuse(line, f"no Python: {getattr(e, 'msg', e)}", "one call a line")
    calls = [_call(node, body) for node in tree.body]
    if not calls:
        _refuse(None, "no call", "at least one")
    return calls


def apply(calls: list[Call], spec: Spec, body: Body) -> tuple[Spec, float | None]:
    """The cost after these calls, and for how many seconds to do it; None if that was not asked for."""
    duration = None
    for call in calls:
        v: Any = call.values
        match call.name:
            case "reset_reward":
                spec = Spec.default(body)
            case "execute":
                duration = float(v["duration"])
            case "set_torso_height":
                spec = spec.put(Term("height", v["height"], TORSO))
            case "set_torso_pitch":
                spec = spec.put(Term("pitch", v["pitch"], TORSO))
            case "set_foot":
                kind, other = ("foot", "lift") if v["contact"] else ("lift", "foot")
                spec = spec.drop(f"{other} {v['name']}").put(Term(f"{kind} {v['name']}", v["height"], LIMB))
            case "set_joint_target":
                spec = spec.put(Term(f"joint {v['name']}", v["angle"], v["w"]))
            case "min_l2_distance":
                one, other = sorted((v["one"], v["other"]), key=body.points.index)  # it is the same either way round
                spec = spec.put(Term(f"distance {one}, {other}", 0.0, v["w"], "smooth_abs"))
    return spec, duration


@dataclass(frozen=True)
class _Number:
    low: float
    high: float


_Kind = _Number | tuple[str, ...] | type[bool]


def _api(body: Body) -> dict[str, dict[str, _Kind]]:
    """Function -> argument -> what it may be."""
    weight = _Number(*WEIGHTS)
    api: dict[str, dict[str, _Kind]] = {}
    if body.height:
        api["set_torso_height"] = {"height": _Number(*body.height)}
    if body.pitch:
        api["set_torso_pitch"] = {"pitch": _Number(*body.pitch)}
    if body.feet:
        api["set_foot"] = {"name": tuple(body.feet), "height": _whole(body.feet), "contact": bool}
    if body.joints:
        api["set_joint_target"] = {"name": tuple(body.joints), "angle": _whole(body.joints), "w": weight}
    if body.points:
        api["min_l2_distance"] = {"one": body.points, "other": body.points, "w": weight}
    return {**api, "reset_reward": {}, "execute": {"duration": _Number(0.0, LONGEST)}}


def _whole(ranges: Mapping[str, tuple[float, float]]) -> _Number:
    return _Number(min(low for low, _ in ranges.values()), max(high for _, high in ranges.values()))


def _own(name: str, kind: _Kind, values: Mapping[str, Value], body: Body) -> _Kind:
    """What an argument may be, once the foot or joint is known."""
    ranges = {"height": body.feet, "angle": body.joints}.get(name, {})
    return _Number(*ranges[str(values["name"])]) if values.get("name") in ranges else kind


def _told(name: str, kind: _Kind) -> str:
    if isinstance(kind, _Number):
        return f"{name}: {kind.low:.4g} to {kind.high:.4g}"
    return f"{name}: {' or '.join(repr(x) for x in kind)}" if isinstance(kind, tuple) else f"{name}: True or False"


def _call(node: ast.stmt, body: Body) -> Call:
    """One statement as a call."""
    line, api = node.lineno, _api(body)
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name)):
        _refuse(line, f"a {type(node).__name__}", "one call of a function by its name")
    name, args, named = node.value.func.id, node.value.args, node.value.keywords
    if name not in api:
        _refuse(line, f"no function {name!r}", f"one of {', '.join(api)}", nearest(name, api))
    kinds = api[name]
    values: dict[str, Value] = {}
    if len(args) > len(kinds):
        _refuse(line, f"{len(args)} arguments for {name}", f"{len(kinds)}: {', '.join(kinds)}")
    given = [*zip(kinds, args, strict=False), *((k.arg or "**", k.value) for k in named)]
    for key, value in given:
        if key not in kinds or key in values:
            _refuse(line, f"{name} has no argument {key!r} left", ", ".join(kinds))
        values[key] = _constant(value, line)
    lacking = [key for key in kinds if key not in values]
    if lacking:
        _refuse(line, f"{name} without {', '.join(lacking)}", ", ".join(kinds))
    for key, kind in kinds.items():
        kind = _own(key, kind, values, body)
        if not _fits(values[key], kind):
            _refuse(line, f"{name}: {key}={values[key]!r}", _told(key, kind))
    if len({values[key] for key in ("one", "other") if key in values}) == 1:
        _refuse(line, f"{name} of {values['one']!r} to itself", "two points")
    return Call(name, {key: values[key] for key in kinds}, line)


def _constant(node: ast.expr, line: int) -> Value:
    """The value of a literal: a number, with a sign or without, a text, or True or False."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        sign, node = (-1 if isinstance(node.op, ast.USub) else 1), node.operand
        if not (isinstance(node, ast.Constant) and type(node.value) in (int, float)):
            _refuse(line, "an expression", "a number, a name in quotes, True or False")
    value: Any = node.value if isinstance(node, ast.Constant) else None
    if type(value) in (int, float) and abs(value) < 1e9:
        return sign * float(value)
    if type(value) not in (str, bool):
        _refuse(line, "an expression", "a number, a name in quotes, True or False")
    return value  # type: ignore[no-any-return]


def _fits(value: Value, kind: _Kind) -> bool:
    if isinstance(kind, _Number):
        return type(value) is float and math.isfinite(value) and kind.low <= value <= kind.high
    return type(value) is bool if kind is bool else value in kind  # type: ignore[operator]


def _refuse(line: int | None, what: str, expected: str, mend: str = "") -> NoReturn:
    where = "reward calls" if line is None else f"reward calls, line {line}"
    raise BadProgram(what, where=where, expected=expected, mend=mend)
