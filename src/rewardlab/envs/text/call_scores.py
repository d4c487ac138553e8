"""Calls in a text and how well they match the calls that were due.

    s = r_name + max over one-to-one matchings of Σ (r_keys + r_values),    S = 1 + |G| + Σ_j |keys(G_j)|
    r_name = |names_G ∩ names_P| / |names_G ∪ names_P|,    r_keys = |keys_G ∩ keys_P| / |keys_G ∪ keys_P|
    score = 6 s / S − 3  in [−3, 3];  where no call is due: 3 for none, −3 for any

Only calls of one name are matched; r_values counts the keys whose values are equal. The best matching is found by
dynamic programming over the sets of due calls that are taken.

Source: Qian et al., "ToolRL: Reward is All Tool Learning Needs", 2025, Section 3.2 (the reward of correctness).
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 12  # calls of a text that are looked at
NONE = "none"
_CALL = re.compile(r"([a-z][a-z0-9_]{0,30})\s*\(([^()]{0,200})\)")
_PAIR = re.compile(r"\s*([a-z][a-z0-9_]{0,30})\s*[=:]\s*(?:'([^',]*)'|\"([^\",]*)\"|([^'\",\s]+))\s*")
_TAGGED = re.compile(r"<tool_call>(.{0,600}?)</tool_call>", re.DOTALL)


@dataclass(frozen=True)
class Said:
    """A call.

    Attributes:
        name: of the tool.
        arguments: (key, value), sorted by key.
    """

    name: str
    arguments: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{k}={v}' for k, v in self.arguments)})"


@dataclass(frozen=True)
class Score:
    """How calls match those that were due.

    Attributes:
        names: r_name.
        keys: Σ r_keys of the best matching.
        values: Σ r_values of it.
        share: s / S, 0..1.
        exact: all is right and nothing is too much.
    """

    names: float
    keys: float
    values: int
    share: float
    exact: bool

    @property
    def score(self) -> float:
        """From −3 to 3."""
        return 6 * self.share - 3


def read(text: str) -> tuple[list[Said], bool]:
    """The calls of a text, and whether it has the right form: calls parted by `;` or line breaks, or the word none.

    Calls are written name(key=value, ...), or as JSON within <tool_call> tags.
    """
    if "<tool_call>" in text:
        return _tagged(text)
    small = text.lower().strip()
    found, rest = [], small
    for match in list(_CALL.finditer(small))[: MOST + 1]:
        call = _call(match[1], match[2])
        if call is not None:
            found.append(call)
            rest = rest.replace(match[0], "\0", 1)
    form = bool(re.fullmatch(r"\0(?:\s*[;\n]\s*\0)*[;.]?", rest)) if found else small.rstrip(".") == NONE
    return found[:MOST], form and len(found) <= MOST


def _call(name: str, inside: str) -> Said | None:
    arguments = {}
    for part in inside.split(",") if inside.strip() else []:
        pair = _PAIR.fullmatch(part)
        if pair is None or pair[1] in arguments:
            return None
        arguments[pair[1]] = plain(pair[2] or pair[3] or pair[4] or "")
    return Said(name, tuple(sorted(arguments.items())))


def _tagged(text: str) -> tuple[list[Said], bool]:
    found, form = [], not _TAGGED.sub("", text).strip()
    for body in _TAGGED.findall(text)[: MOST + 1]:
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            said = None
        arguments = said.get("arguments", {}) if isinstance(said, dict) else None
        if not isinstance(arguments, dict) or not isinstance(said.get("name"), str):
            form = False
            continue
        pairs = {str(k).lower(): plain(str(v).lower()) for k, v in arguments.items()}
        found.append(Said(said["name"].lower(), tuple(sorted(pairs.items()))))
    return found[:MOST], form and 0 < len(found) <= MOST


def plain(value: str) -> str:
    """A value as it is compared: whole numbers without leading zeros."""
    return str(int(value)) if re.fullmatch(r"-?[0-9]{1,9}", value) else value


def match(said: Sequence[Said], due: Sequence[Said]) -> Score:
    """The score of calls against those that were due; the order of either does not matter."""
    if not due:
        return Score(float(not said), 0.0, 0, float(not said), not said)
    names, theirs = Counter(c.name for c in due), Counter(c.name for c in said)
    r_name = (names & theirs).total() / (names | theirs).total()
    best: dict[int, tuple[float, float, int]] = {0: (0.0, 0.0, 0)}  # set of due calls taken -> sum, keys, values
    for call in said:
        for taken, (total, keys, values) in list(best.items()):
            for j, other in enumerate(due):
                if taken >> j & 1 or other.name != call.name:
                    continue
                k, v = _alike(call, other)
                new = (total + k + v, keys + k, values + v)
                if new > best.get(taken | 1 << j, (-1.0, 0.0, 0)):
                    best[taken | 1 << j] = new
    total, keys, values = max(best.values())
    most = 1 + len(due) + sum(len(c.arguments) for c in due)
    exact = Counter(said) == Counter(due)
    return Score(r_name, keys, values, 1.0 if exact else (r_name + total) / most, exact)


def _alike(call: Said, due: Said) -> tuple[float, int]:
    mine, theirs = dict(call.arguments), dict(due.arguments)
    both = mine.keys() & theirs.keys()
    keys = len(both) / len(mine.keys() | theirs.keys()) if mine or theirs else 1.0
    return keys, sum(mine[k] == theirs[k] for k in both)
