"""Driving instructions understood by rules: an oracle for both loops of `mpcxllm` that needs no language model.

It reads the numbers of the window and compares them with what the instruction asks for: a speed, a distance to a wall,
a direction, smoothness. What only a hint says, such as the race pace of this track, it takes from the hints.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rewardlab.core.oracle.kinds import Answer
from rewardlab.rewards.language.driving import CHANGE, CONTINUE, numbers_of


@dataclass(frozen=True)
class Wish:
    """What an instruction asks for.

    Attributes:
        kind: "speed", "left", "right", "smooth", "back" or "" for what is not understood.
        value: m/s or m.
    """

    kind: str
    value: float = 0.0


SPEED_OFF, SIDE_OFF, SHAKE = 0.5, 0.15, 0.35
"""m/s, m and m/s: by how much a window may be off, and how much the sideways speed may change in a smooth one."""


def understood(instruction: str, hints: Sequence[str] = ()) -> Wish:
    """The wish of an instruction; names that hints explain ("race pace is 8 m/s") are replaced first."""
    text = instruction.lower()
    for hint in hints:
        fact = re.match(r"(?:the )?(.+?) (?:is|means) (?:about )?(.+?)\.?$", hint.lower())
        if fact and fact[1] in text:
            text = text.replace(fact[1], fact[2])
    number = re.search(r"(-?\d+(?:\.\d+)?)", text)
    value = float(number[1]) if number else None
    if re.search(r"backward|reverse|\bback up", text):
        return Wish("back", min(abs(value), 3.0) if value is not None else 1.0)
    side = re.search(r"\b(left|right)\b", text)
    if side and value is not None:
        return Wish(side[1], value * (0.01 if re.search(r"\d\s*cm", text) else 1.0))
    if value is not None and re.search(r"m/s|speed|pace|fast|slow|drive|km/h", text):
        return Wish("speed", value / 3.6 if "km/h" in text else value)
    if re.search(r"smooth|gentl|calm|comfort", text):
        return Wish("smooth")
    return Wish("")


@dataclass
class DrivingRules:
    """Answers prompts of `DecisionxLLM` and `MPCxLLM` by rules."""

    def __call__(self, prompts: Sequence[str]) -> list[str]:
        return [Answer(self._answer(str(p)), author="rules") for p in prompts]

    def _answer(self, text: str) -> str:
        hints = re.findall(r"^(?:Hint): (.*)$", text, flags=re.M)
        told = re.search(r"^Instruction: (.*)$", text, flags=re.M)
        wish = understood(told[1] if told else "", hints)
        return decided(wish, text) if "\nSeen:\n" in text else tuned(wish)


def decided(wish: Wish, window: str) -> str:
    """Whether the numbers of a window are as wished, in the grammar of decisions."""
    seen = numbers_of(window)
    if not wish.kind or not seen:
        return CONTINUE
    last = seen[len(seen) // 2 :]  # the newer half: what came before may be what was changed
    speed = sum(x["v_s"] for x in last) / len(last)
    if wish.kind == "back":
        return CONTINUE if speed < -0.2 else f"{CHANGE} reverse at {wish.value:g} m/s"
    if wish.kind == "smooth":
        sway = max(x["v_d"] for x in seen) - min(x["v_d"] for x in seen)
        haste = max(x["v_s"] for x in seen) - min(x["v_s"] for x in seen)
        return CONTINUE if max(sway, 0.3 * haste) < SHAKE else f"{CHANGE} drive smoother"
    if wish.kind == "speed":
        return CONTINUE if abs(speed - wish.value) < SPEED_OFF else f"{CHANGE} drive at {wish.value:g} m/s"
    gap = sum(x[wish.kind] for x in last) / len(last)
    if abs(gap - wish.value) < SIDE_OFF:
        return CONTINUE
    return f"{CHANGE} keep {wish.value:g} m from the {wish.kind} wall"


def tuned(wish: Wish, width: float = 3.0) -> str:
    """Parameters for a wish, as a dict in text."""
    side = 0.5 * width - wish.value
    theta = {
        "speed": {"v_max": wish.value, "v_min": min(1.0, wish.value)},
        "back": {"v_max": -wish.value, "v_min": -3.0},
        "left": {"n_ref": side, "qn": 60.0, "v_max": 5.0, "track_safety_margin": min(0.2, wish.value)},
        "right": {"n_ref": -side, "qn": 60.0, "v_max": 5.0, "track_safety_margin": min(0.2, wish.value)},
        "smooth": {"qac": 1.0, "qddelta": 30.0, "alat_max": 4.0, "v_max": 5.0},
    }.get(wish.kind, {})
    return repr({key: round(value, 4) for key, value in theta.items()})
