"""Machines as YAML: how one is written down, and where a file is wrong.

    initial: start
    terminal: [done]
    edges:
      - [start, coffee & office, done, 1.0]
      - {from: start, when: coffee, to: carrying, reward: 0.0}

Further keys: `propositions` (the names that guards may use), `ending` (state -> pay where an episode ends in it) and
`strict`. A guard that begins with ! or & must stand in quotes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rewardlab.core.errors import BadOption, nearest

KEYS = ("edges", "initial", "terminal", "ending", "propositions", "strict")
_EDGE = ("from", "when", "to", "reward")
_LONGEST = 1_000_000  # characters


def read_machine(source: str | Path) -> dict[str, Any]:
    """The arguments of a `RewardMachine` from a file, or from a text of several lines.

    Raises:
        BadOption: for what is no such file, naming the line.
    """
    import yaml  # only who keeps machines in files needs it

    text, where = _text(source)
    try:
        held = yaml.safe_load(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(e, "problem", None) or type(e).__name__
        raise BadOption(
            f"{problem}", where=where + line, expected="YAML", mend="put guards that begin with ! or & in quotes"
        ) from None
    if not isinstance(held, Mapping):
        raise BadOption(f"a {type(held).__name__}", where=where, expected=f"a mapping with {[*KEYS]}")
    lines = {key.value: value for key, value in root.value}
    for key in held:
        if key not in KEYS:
            at = f", line {lines[key].start_mark.line + 1}" if key in lines else ""
            raise BadOption(
                f"unknown key {key!r}", where=where + at, expected=f"{[*KEYS]}", mend=nearest(str(key), KEYS)
            )
    for key in ("edges", "initial"):
        if key not in held:
            raise BadOption(f"no {key!r}", where=where, expected="edges and initial")
    if not isinstance(held["edges"], list):
        raise BadOption(f"edges is a {type(held['edges']).__name__}", where=where, expected="a list")
    places = [f"{where}, line {node.start_mark.line + 1}" for node in lines["edges"].value]
    return {**held, "edges": [_edge(e, at) for e, at in zip(held["edges"], places, strict=True)]}


def _text(source: str | Path) -> tuple[str, str]:
    if isinstance(source, str) and "\n" in source:
        text, where = source, "RewardMachine.from_yaml"
    else:
        try:
            text, where = Path(source).read_text(encoding="utf-8"), str(source)
        except (OSError, UnicodeDecodeError) as e:
            what = f"cannot be read ({type(e).__name__})"
            raise BadOption(what, where=str(source)[:200], expected="a file, or YAML of several lines") from None
    if len(text) > _LONGEST:
        raise BadOption(f"{len(text)} characters", where=where, expected=f"at most {_LONGEST}")
    return text, where


def _edge(edge: Any, where: str) -> tuple[str, str, str, float]:
    """One edge, in either form."""
    if isinstance(edge, Mapping):
        if set(edge) != set(_EDGE):
            raise BadOption(f"an edge with {[*edge]}", where=where, expected=f"{[*_EDGE]}")
        edge = [edge[k] for k in _EDGE]
    if not isinstance(edge, list) or len(edge) != len(_EDGE):
        raise BadOption(f"the edge {str(edge)[:60]!r}", where=where, expected=f"a list or mapping of {[*_EDGE]}")
    source, guard, target, reward = edge
    if isinstance(guard, bool):  # YAML reads an unquoted true as a flag
        guard = "true" if guard else "false"
    for name, value in zip(_EDGE, (source, guard, target), strict=False):
        if not isinstance(value, str):
            raise BadOption(f"{name} is {value!r}", where=where, expected="text", mend="put it in quotes")
    if isinstance(reward, bool) or not isinstance(reward, (int, float)):
        raise BadOption(f"reward is {reward!r}", where=where, expected="a number")
    return source, guard, target, float(reward)
