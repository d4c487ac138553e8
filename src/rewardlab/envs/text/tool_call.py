"""Requests that tools can serve: write the calls, which are compared with those that were due.

    r = (1 − fine) · 1[all calls right] + fine · s / S        (s / S: see `call_scores`)

A request needs up to three calls, side by side or one upon the answer of another, written $1; some need a tool that
nobody has, and then the answer is none. Nothing is executed.

Source: Qian et al., "ToolRL: Reward is All Tool Learning Needs", 2025, Section 3.2; Zeng et al., "iTool: Boosting Tool
Use of Large Language Models via Iterative Reinforced Fine-Tuning", 2025 (simple and complex requests).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.call_scores import NONE, Said, match, read
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.world import Card

VERBS = ("set", "find", "send", "book", "show", "move")
NOUNS = ("lamp", "room", "train", "report", "song")
MISSING = ("paint", "wash", "sell")  # verbs that no tool has
DIGITS = tuple("123456789")
VALUES = {
    "level": DIGITS, "count": DIGITS, "minutes": DIGITS, "city": ("rome", "oslo", "lima", "bonn"),
    "colour": ("red", "blue", "green", "black"), "day": ("monday", "tuesday", "friday", "sunday"),
    "person": ("anna", "bert", "carl", "dora"), "loud": ("yes", "no"),
}  # fmt: skip
NUMBERS = ("level", "count", "minutes")
ALL = len(VERBS) * len(NOUNS)


def table() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """All tools, in an order that mixes them: name, and one to three parameters of which each has its type."""
    rng = np.random.default_rng(7)
    names = [f"{verb}_{noun}" for verb in VERBS for noun in NOUNS]
    keys = list(VALUES)
    out = []
    for k in rng.permutation(ALL):
        count = int(rng.integers(1, 4))
        out.append((names[k], tuple(keys[j] for j in sorted(rng.permutation(len(keys))[:count]))))
    return tuple(out)


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes:
        due: the calls, in the order in which they are asked for; those upon an answer have a value $k, k from 1.
        missing: what no tool can do, as a call; it stands alone.
    """

    due: tuple[Said, ...]
    missing: Said | None = None


@dataclass
class ToolCall(Dialogue):
    """Write the calls that a request needs, or none.

    Args:
        tools: how many there are, 2..30; a smaller number takes the first of the same table.
        least, most: calls that a request needs, 1..3.
        dependent: chance that a later call takes the answer of one before it, where it has a number to take, 0..1.
        missing: chance of a request that no tool can serve, 0..0.9.
        fine: paid for the share of the score, 0..1; the rest is paid only if all is right.

    Raises:
        BadOption: for values outside these ranges.
    """

    tools: int = 8
    least: int = 1
    most: int = 3
    dependent: float = 0.3
    missing: float = 0.15
    fine: float = 0.0

    heard = 2000
    parts = ("outcome", "matched")
    columns = {"score": -3.0, "names": 0.0, "keys": 0.0, "values": 0, "calls": 0, "due": 0, "format": False}

    def __post_init__(self) -> None:
        ranges = (("tools", 2, ALL), ("least", 1, 3), ("most", self.least, 3), ("dependent", 0, 1),
                  ("missing", 0, 0.9), ("fine", 0, 1))  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="ToolCall", expected=f"{low}..{high}")
        self.said = 100 * self.most + 20
        self._table = table()[: self.tools]
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Request:
        if rng.random() < self.missing:
            call = self._drawn(rng, 0)
            verb = MISSING[int(rng.integers(len(MISSING)))]
            return Request((), Said(f"{verb}_{call.name.split('_')[1]}", call.arguments))
        count = int(rng.integers(self.least, self.most + 1))
        return Request(tuple(self._drawn(rng, k) for k in range(count)))

    def _drawn(self, rng: np.random.Generator, before: int) -> Said:
        name, keys = self._table[int(rng.integers(len(self._table)))]
        values = {key: VALUES[key][int(rng.integers(len(VALUES[key])))] for key in keys}
        numbers = [key for key in keys if key in NUMBERS]
        if before and numbers and rng.random() < self.dependent:
            values[numbers[0]] = f"${1 + int(rng.integers(before))}"
        return Said(name, tuple(sorted(values.items())))

    def every(self) -> list[Said]:
        """Every call of one tool with all of its parameters, each at any of its values."""
        return [
            Said(name, tuple(sorted(zip(keys, values, strict=True))))
            for name, keys in self._table
            for values in product(*(VALUES[key] for key in keys))
        ]

    def key(self, task: Request) -> Any:
        return tuple(sorted(map(str, task.due))), str(task.missing)

    def prompt(self, task: Request) -> str:
        asked = [task.missing] if task.missing else task.due
        if self.brief:
            return "; ".join(
                f"{c.name.replace('_', ' ')} {' '.join(f'{k} {v}' for k, v in c.arguments)}" for c in asked
            )
        said = []
        for call in asked:
            verb, noun = call.name.split("_")
            told = [f"{k} {f'the answer of call {v[1:]}' if v[0] == '$' else v}" for k, v in call.arguments]
            said.append(f"{verb} the {noun} with {' and '.join(told)}")
        listed = "; ".join(f"{name}({', '.join(keys)})" for name, keys in self._table)
        how = "Write name(key=value, ...) for each call, parted by ;, $1 for the answer of the first call, or none."
        return f"Tools: {listed}. Please {', then '.join(said)}. {how}"

    def hear(self, task: Request, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        """The calls, which are compared; the conversation is over."""
        calls, form = read(unescaped(said))
        result = match(calls, task.due)
        success = form and result.exact
        understood = form or bool(calls)
        columns = {
            "score": result.score if understood else -3.0, "names": result.names, "keys": result.keys,
            "values": result.values, "calls": len(calls), "due": len(task.due), "format": form,
        }  # fmt: skip
        parts = {"outcome": (1 - self.fine) * success, "matched": self.fine * result.share * understood}
        return Heard("", parts, True, success, memory, understood, columns)

    def check(self, said: str, task: Request) -> bool:
        """Are these the calls that were due, in any order, and nothing else?"""
        calls, form = read(unescaped(said))
        return form and match(calls, task.due).exact

    def expert(self, task: Request, memory: Any, rng: np.random.Generator) -> str:
        return "; ".join(map(str, task.due)) or NONE

    def examples(self) -> Sequence[Example]:
        one, two = Said("set_lamp", (("colour", "red"), ("level", "3"))), Said("find_room", (("city", "rome"),))
        task, nothing = Request((one, two)), Request((), Said("wash_lamp", (("level", "3"),)))
        right = (
            "set_lamp(level=3, colour=red); find_room(city=rome)", "find_room(city=rome);set_lamp(colour=red,level=3)",
            "SET_LAMP(Level=3, Colour='red')\nfind_room(city=\"rome\");", "set_lamp ( level = 03 , colour = red ) ;"
            " find_room( city:rome )",
            '<tool_call>{"name": "set_lamp", "arguments": {"level": 3, "colour": "red"}}</tool_call>'
            '<tool_call>{"name": "find_room", "arguments": {"city": "rome"}}</tool_call>',
        )  # fmt: skip
        wrong = (
            "", "none", "set_lamp(level=3, colour=red)", "set_lamp(level=3, colour=red); find_room(city=oslo)",
            "set_lamp(level=3); find_room(city=rome)", "set_lamp(level=3, colour=red); find_rooms(city=rome)",
            "set_lamp(level=3, colour=red, loud=yes); find_room(city=rome)", "set_lamp(level=3, level=3, colour=red)",
            "set_lamp(level=3, colour=red); find_room(city=rome); find_room(city=rome)",
            "please set_lamp(level=3, colour=red); find_room(city=rome)", "set_lamp(3, red); find_room(rome)",
            "set_lamp(level=\uff13, colour=red); find_room(city=rome)", "set_lamp(" * 3000,
            "set_lamp(level=3, city=red); find_room(city=rome)", '<tool_call>{"name": 3}</tool_call>',
        )  # fmt: skip
        silent = (("none", True), (" None. ", True), ("", False), ("set_lamp(level=3)", False), ("nothing", False))
        return [
            *(Example(s, task, True) for s in right),
            *(Example(s, task, False) for s in wrong),
            *(Example(s, nothing, passes) for s, passes in silent),
        ]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        values = dict.fromkeys(v for key in VALUES for v in VALUES[key])
        return (*VERBS, *NOUNS, *MISSING, *VALUES, *values, NONE, *"_(),=;$ ")

    def card(self) -> Card:
        share = f"{self.fine:g} times the share of the best matching" if self.fine else ""
        return Card(
            summary="Write the calls of tools that a request needs; they are compared with those that were due.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: name(key=value, ...) parted by ;, or none"},
            reward=" and ".join(filter(None, [f"{1 - self.fine:g} if every call is right" * (self.fine < 1), share])),
            info={
                "score": "match with the due calls, -3..3",
                "names": "tools in both, by tools in either, 0..1",
                "keys": "sum over matched calls of keys in both by keys in either",
                "values": "values that are right",
                "calls": "calls of the message",
                "due": "calls that were due",
                "format": "True if the message is calls, or none, and nothing else",
                **self.told(),
            },
            optimal_return=1.0,
            source="Qian et al., ToolRL: Reward is All Tool Learning Needs, 2025",
        )
