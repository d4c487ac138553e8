"""Sentences understood by rules: an oracle for language to rewards that needs no language model.

It knows words for heights, leans, lifted feet, joints, places and durations, with numbers in m, cm, rad and degrees,
and answers all three kinds of prompts of `l2r`. Clauses that it does not know are passed over.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rewardlab.core.errors import BadProgram
from rewardlab.core.oracle.kinds import Answer
from rewardlab.rewards.language.bodies import Body
from rewardlab.rewards.language.motion_template import END, START, Statement, read, write

_NUMBER = re.compile(
    r"(-?\d+(?:\.\d+)?)\s*(centimet\w+|cm|met\w+|m|radians?|rad|degrees?|°|seconds?|secs?|s)?(?![\w.]*\d)", re.I
)
_FORGET = r"forget|start over|from scratch|never mind|reset|ignore (?:that|everything)"
_NOW = r"\bnow\b|\bgo ahead\b|do it|\bstart\b|execute|right away"
_CROUCH = r"crouch|squat|duck|\blow\b|sit down|make yourself small|kneel"
_TALL = r"\btall\b|stand up|upright|straight up|\brise\b|full height"
_LEAN = r"\blean|\btilt|\bbow\b|\bpitch|bend over|incline|\btip\b"
_LIFT = r"\blift|\braise|pick up|\boff the (?:ground|floor)|\bhop\b|\bjump|\bleave the (?:ground|floor)"
_REACH = (
    r"reach|touch|go to|\bmove\b|bring|\bput\b|\bget\b|approach|near|close|meet|\bpush|\broll|deliver|\btap\b|place|"
    r"\bat the\b|\bto the\b|\bonto\b"
)


@dataclass
class SentenceRules:
    """Answers prompts of `L2R`, `DirectCoder` and `CodeAsPolicies` by rules.

    Args:
        body: what the sentences speak of.
    """

    body: Body

    def __call__(self, prompts: Sequence[str]) -> list[str]:
        return [Answer(self._answer(str(p), getattr(p, "system", "")), author="rules") for p in prompts]

    def _answer(self, text: str, system: str) -> str:
        said = re.findall(r"^User: (.*)$", text, flags=re.M)
        if "NAME()" in system:
            return _nearest(said[-1], re.findall(r"^(\w+)\(\)$", system, flags=re.M)) + "()"
        if system.startswith("You describe"):
            return write(self.understood(said[-1], _before(text, self.body)))
        if said:  # one stage: what was described before is said again, to know what "higher" means
            held: list[Statement] = []
            for sentence in said:
                last = self.understood(sentence, held)
                held += last
            return "\n".join(s.call for s in last)
        return "\n".join(s.call for s in read(text, self.body))

    def understood(self, sentence: str, before: Sequence[Statement] = ()) -> list[Statement]:
        """What a sentence says.

        Args:
            sentence: of a person.
            before: what was said already, the newest last: "higher" is higher than that.
        """
        found: dict[tuple[str, ...], Statement] = {}
        text = sentence.lower().replace("−", "-")
        if re.search(_FORGET, text):
            found["forget",] = Statement("forget")
        seconds = None
        for clause in re.split(r",|;|\band\b|\bthen\b|\bwhile\b|\bbut\b|\.(?!\d)|!", text):
            times = re.search(r"for (?:about |around )?(\d+(?:\.\d+)?)\s*(?:seconds?|secs?|s)\b", clause)
            if times:
                seconds = float(times[1])
                clause = clause.replace(times[0], "")
            for statement in self._clause(clause, [*before, *found.values()]):
                names = [v for v in statement.values if isinstance(v, str)]
                found[statement.kind, *names] = statement
        if seconds is not None or re.search(_NOW, text):
            found["execute",] = Statement("execute", (2.0 if seconds is None else min(seconds, 60.0),))
        return list(found.values())

    def _clause(self, clause: str, before: Sequence[Statement]) -> list[Statement]:
        body = self.body
        for reader in (self._foot, self._joint, self._lean, self._places, self._height):
            if found := reader(clause, before):
                return found
        if re.search(r"\bstretch|straighten|extend", clause) and "elbow" in body.joints:
            return [Statement("joint", ("elbow", 0.0))]
        if re.search(r"\bfold\b|curl", clause) and "elbow" in body.joints:
            return [Statement("joint", ("elbow", 2.5))]
        return []

    def _foot(self, clause: str, before: Sequence[Statement]) -> list[Statement]:
        named = [f for f in self.body.feet if re.search(rf"\b{f}\b", clause)]
        if not self.body.feet or not (named or re.search(r"\bfoot|\bfeet|\bhop\b|\bjump", clause)):
            return []
        feet = named or list(self.body.feet)
        if re.search(_LIFT, clause):
            held = _last(before, "lift", feet[0])
            meant = 0.1 if held is None else held
            return [Statement("lift", (f, _within(_measure(clause, meant, held), self.body.feet[f]))) for f in feet]
        if re.search(r"ground|floor|down|planted|contact", clause):
            return [Statement("stand", (f,)) for f in feet]
        return []

    def _joint(self, clause: str, before: Sequence[Statement]) -> list[Statement]:
        if not _NUMBER.search(clause):
            return []
        for name in sorted(self.body.joints, key=len, reverse=True):
            if re.search(rf"\b{name}\b", clause) and re.search(
                r"rad|degree|°|angle|joint|bend|bent|turn|rotate", clause
            ):
                held = _last(before, "joint", name)
                return [Statement("joint", (name, _within(_angle(clause, 0.0, held), self.body.joints[name])))]
        return []

    def _lean(self, clause: str, before: Sequence[Statement]) -> list[Statement]:
        if self.body.pitch is None or not re.search(_LEAN, clause):
            return []
        held = _last(before, "pitch")
        if re.search(r"\bmore\b|further|\bless\b", clause) and held is not None:
            by = abs(_angle(clause, 0.1)) * (-1 if "less" in clause else 1)
            return [Statement("pitch", (_within(held + math.copysign(1, held) * by, self.body.pitch),))]
        angle = abs(_angle(clause, 0.2)) * (-1 if re.search(r"back", clause) else 1)
        return [Statement("pitch", (_within(angle, self.body.pitch),))]

    def _places(self, clause: str, before: Sequence[Statement]) -> list[Statement]:
        words = {"goal": "target", "tip": "fingertip", "finger": "fingertip", "hand": "fingertip", "centre": "middle",
                 "center": "middle", "puck": "disc"}  # fmt: skip
        for word, point in words.items():
            clause = re.sub(rf"\b{word}\b", point, clause)
        at = {p: m.start() for p in self.body.points if (m := re.search(rf"\b{p}\b", clause))}
        if not at or not re.search(_REACH, clause):
            return []
        named = sorted(at, key=lambda p: at[p])
        own = self.body.points[0]
        pairs = [(named[0], named[1])] if len(named) > 1 else [(own, named[0])] if named[0] != own else []
        if "ball" in named and pairs and own not in pairs[0]:
            pairs.insert(0, (own, "ball"))  # what is pushed must be touched
        return [Statement("near", pair) for pair in pairs]

    def _height(self, clause: str, before: Sequence[Statement]) -> list[Statement]:
        if self.body.height is None:
            return []
        held = _last(before, "height")
        low, high = self.body.height
        if re.search(r"\bhigher\b|\btaller\b|\blower\b|\bup by\b|\bdown by\b", clause):
            now = {k: t for k, t, _ in self.body.defaults}["height"] if held is None else held
            by = _measure(clause, 0.1) * (-1 if re.search(r"lower|down", clause) else 1)
            return [Statement("height", (_within(now + by, self.body.height),))]
        if re.search(_CROUCH, clause):
            return [Statement("height", (_within(_measure(clause, low + 0.2), self.body.height),))]
        if re.search(_TALL, clause):
            standing = [Statement("height", (_within(_measure(clause, high - 0.1), self.body.height),))]
            return [*standing, Statement("pitch", (0.0,))] if re.search(r"upright|straight", clause) else standing
        if re.search(r"torso|body|height|\bhigh\b|\bhead\b|stand|keep", clause) and _NUMBER.search(clause):
            return [Statement("height", (_within(_measure(clause, 0.0), self.body.height),))]
        return []


def _before(text: str, body: Body) -> list[Statement]:
    """The statements of the descriptions in a prompt's history, the newest last."""
    found: list[Statement] = []
    for inside in re.findall(rf"{re.escape(START)}.*?{re.escape(END)}", text, flags=re.S):
        try:
            found += read(inside, body)
        except BadProgram:  # one that was refused and sent back
            continue
    return found


def _last(before: Sequence[Statement], kind: str, *names: str) -> float | None:
    """The number that was said last of this kind, since everything was forgotten last."""
    for statement in reversed(before):
        if statement.kind == "forget":
            return None
        if statement.kind == kind and statement.values[: len(names)] == names:
            value = statement.values[-1]
            return value if isinstance(value, float) else None
    return None


def _measure(clause: str, otherwise: float, held: float | None = None) -> float:
    """m."""
    match = _NUMBER.search(clause)
    if not match:
        return otherwise
    value = float(match[1]) * (0.01 if (match[2] or "").startswith(("c", "C")) else 1.0)
    by = re.search(r"\bby\b|\bhigher\b|\blower\b|\bmore\b|\bless\b", clause)
    sign = -1.0 if re.search(r"\blower\b|\bless\b", clause) else 1.0
    return held + sign * value if by and held is not None else value


def _angle(clause: str, otherwise: float, held: float | None = None) -> float:
    """rad."""
    match = _NUMBER.search(clause)
    if not match:
        return otherwise
    value = float(match[1]) * (math.pi / 180 if (match[2] or "").startswith(("d", "D", "°")) else 1.0)
    return held + value if held is not None and re.search(r"\bby\b|\bmore\b", clause) else value


def _within(value: float, limits: tuple[float, float]) -> float:
    """A value within its range, in whole ten-thousandths."""
    low, high = math.ceil(limits[0] * 1e4) / 1e4, math.floor(limits[1] * 1e4) / 1e4
    return float(round(min(max(value, low), high), 4))


def _nearest(sentence: str, names: Sequence[str]) -> str:
    """The name that shares the most letters' triples with a sentence, the first of equals."""
    mine = _triples(sentence)
    return max(names, key=lambda name: len(mine & _triples(name)) / math.sqrt(1 + len(_triples(name))))


def _triples(text: str) -> set[str]:
    words = re.sub(r"[^a-z]+", " ", text.lower()).split()
    return {f" {w} "[k : k + 3] for w in words for k in range(len(w))}
