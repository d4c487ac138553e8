"""Judges that ask a language model: is this caption helpful, which is better, was this sub-goal just achieved.

What is judged is given as JSON text, as it may hold anything; what is answered is read strictly. An answer that cannot
be read is no label, but for a sub-goal, where it is "not achieved".
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.core.oracle.kinds import Ask, Prompt, answers
from rewardlab.rewards.language.judging import Item, digest

_HELPFUL = (
    "You judge messages that an agent sees while it acts. Its goal: {goal}\n{notes}Is the message a sign of progress "
    "towards the goal? A message that merely names things of the goal is not.\nAnswer with one digit and nothing else: "
    "1 if it is, 0 if it is not."
)
_BETTER = (
    "You compare two messages that an agent sees while it acts. Its goal: {goal}\n{notes}Which of them is the better "
    "sign of progress towards the goal?\nAnswer with one word and nothing else: 1 for the first, 2 for the second, tie "
    "if neither is."
)
_ACHIEVED = (
    "You judge steps of an agent. You are given a sub-goal, and one step: what the agent saw, what it did, and what it "
    "saw then.\n{notes}Decide whether this step has just achieved the sub-goal: it did not hold before and holds now.\n"
    'Answer with one JSON object and nothing else: {{"achieved": true}} or {{"achieved": false}}.'
)
_PARTS = (
    "You plan for an agent. Split its task into sub-goals, in the order in which they are to be achieved; each must be "
    "something that one step can be seen to achieve.\n{notes}Answer with one JSON list and nothing else, of objects "
    '{{"goal": "what is achieved, in words"{named}}}.'
)


def _label(text: str, table: dict[str, float]) -> float:
    """The label that an answer names: one of the words of the table and no other, in any case."""
    said = {word for word in re.findall(r"\w+", text.lower()) if word in table}
    return table[said.pop()] if len(said) == 1 and len(text) <= 200 else math.nan


@dataclass
class _Asking:
    """What the judges share: a prompt for each item, and what becomes of the answers."""

    ask: Ask
    goal: str
    notes: str = ""
    task: str = "task"
    unread: int = field(default=0, init=False, repr=False)

    def _asked(self, items: Sequence[Item], system: str, kind: str) -> list[str | OracleFailed]:
        notes = f"{self.notes.strip()}\n" if self.notes.strip() else ""
        system = system.format(goal=self.goal, notes=notes)
        return answers(
            self.ask,
            [
                Prompt(self._shown(item), system=system, key=(self.task, kind, digest((self.goal, *item))[:16], 0))
                for item in items
            ],
        )

    def _shown(self, item: Item) -> str:
        return "\n".join(f"message {k}: {json.dumps(text)}" for k, text in enumerate(item, start=1))

    def _read(self, given: Sequence[str | OracleFailed], table: dict[str, float]) -> np.ndarray:
        labels = np.array([math.nan if isinstance(a, OracleFailed) else _label(a, table) for a in given])
        self.unread += sum(
            not isinstance(a, OracleFailed) and math.isnan(x) for a, x in zip(given, labels, strict=True)
        )
        return labels


@dataclass
class AskHelpful(_Asking):
    """Asks of one caption whether it is a sign of progress: 1 or 0.

    Args:
        ask: a language model.
        goal: what the agent is to do, in words.
        notes: what else to know: the world, its words.
        task: by what recordings know it.

    Attributes:
        unread: answers that could not be read.
    """

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        """Labels [B]."""
        return self._read(self._asked(items, _HELPFUL, "helpful"), {"0": 0.0, "1": 1.0})


@dataclass
class AskBetter(_Asking):
    """Asks of two captions which is the better sign of progress: 1 the first, 0 the second, ½ neither.

    Args:
        ask: a language model.
        goal: what the agent is to do, in words.
        notes: what else to know: the world, its words.
        task: by what recordings know it.

    Attributes:
        unread: answers that could not be read.
    """

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        """Labels [B]."""
        return self._read(self._asked(items, _BETTER, "better"), {"1": 1.0, "2": 0.0, "tie": 0.5})


@dataclass
class AskAchieved(_Asking):
    """Asks of a sub-goal and a step in words whether the step achieved the sub-goal: 1 or 0.

    Args:
        ask: a language model.
        goal: what the agent is to do in all; may be "".
        notes: what the words and letters of a step mean.
        task: by what recordings know it.

    Attributes:
        unread: answers that were no such JSON; they count as 0.
    """

    goal: str = ""

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        """Labels [B]."""
        given = self._asked(items, _ACHIEVED, "achieved")
        labels = np.array([math.nan if isinstance(a, OracleFailed) else _achieved(a) for a in given])
        self.unread += int((labels < 0).sum())
        return np.where(labels < 0, 0.0, labels)

    def _shown(self, item: Item) -> str:
        goal, step = item
        return f"sub-goal: {json.dumps(goal)}\n{step}"


def _achieved(text: str) -> float:
    """1, 0, or -1 for what is not strictly {"achieved": true} or {"achieved": false}."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return -1.0
    strict = isinstance(said, dict) and set(said) == {"achieved"} and isinstance(said["achieved"], bool)
    return float(said["achieved"]) if strict else -1.0


class SubGoal(NamedTuple):
    """One part of a task.

    Attributes:
        text: what is to be achieved, in words.
        predicate: the flag that says so, if one was named, else "".
    """

    text: str
    predicate: str = ""


def decompose(
    ask: Ask, goal: str, *, notes: str = "", predicates: Sequence[str] = (), most: int = 8, task: str = "task"
) -> tuple[SubGoal, ...]:
    """Have a language model split a task into sub-goals, in their order.

    Args:
        ask: a language model.
        goal: the task in words.
        notes: what else to know: the world, its actions.
        predicates: names of flags that the model may say each sub-goal is told by.
        most: sub-goals that are read; further ones are left out.
        task: by what recordings know it.

    Raises:
        BadOption: for most < 1.
        OracleFailed: if there was no answer, or one that is no list of sub-goals.
    """
    if most < 1:
        raise BadOption(f"most={most!r}", where="decompose", expected="at least 1")
    named = ', "predicate": "one of: ' + ", ".join(predicates) + '; or empty"' if predicates else ""
    system = _PARTS.format(notes=f"{notes.strip()}\n" if notes.strip() else "", named=named)
    (answer,) = answers(ask, [Prompt(f"task: {json.dumps(goal)}", system=system, key=(task, "decompose", 0, 0))])
    if isinstance(answer, OracleFailed):
        raise answer
    try:
        said = json.loads(_fenced(answer))
        found = [_sub_goal(part, predicates) for part in said] if isinstance(said, list) else []
    except (ValueError, TypeError, RecursionError):
        found = []
    found = list(dict.fromkeys(f for f in found if f.text))
    if not found:
        raise OracleFailed(
            f"no list of sub-goals: {answer[:80]!r}",
            where="decompose",
            expected='[{"goal": "take the key"}, ...]',
            mend="ask again, ask another model, or give the sub-goals by hand",
        )
    return tuple(found[:most])


def _fenced(answer: str) -> str:
    """What stands in the only code block of an answer, or all of it."""
    blocks = re.findall(r"```(?:json)?\s*\n(.*?)```", answer, re.DOTALL)
    return blocks[0] if len(blocks) == 1 else answer


def _sub_goal(part: object, predicates: Sequence[str]) -> SubGoal:
    if isinstance(part, str):
        return SubGoal(part.strip())
    if not isinstance(part, dict) or not isinstance(part.get("goal"), str):
        raise TypeError("no sub-goal")
    predicate = part.get("predicate", "")
    return SubGoal(part["goal"].strip(), predicate if predicate in predicates else "")
