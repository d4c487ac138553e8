"""Questions to a database: answers are values or lists, and one may ask in SQL where the tables are not shown.

    right = (the answer's values = those of the reference query)

The database is small and made from a seed. Without the tool all rows stand in the prompt; with it only the columns do,
and a message such as `@sql select age from people where name = 'ada'` is answered with rows. Lists count in any order.

Source: Zhong, Xiong, Socher, "Seq2SQL: Generating Structured Queries from Natural Language using Reinforcement
Learning", 2017 (answers judged by what is found, not by the query's words).
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.facts import PEOPLE
from rewardlab.envs.text.lines import Example, flat
from rewardlab.envs.text.shop_data import Answer, Query, Shop, query, shop
from rewardlab.envs.text.toolbox import Toolbox
from rewardlab.envs.text.tools.sql import SQL, Database
from rewardlab.envs.world import Card

_ANSWER = re.compile(r"\s*answer\s*:\s*([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)\s*\.?\s*", re.IGNORECASE)
_WHOLE = re.compile(r"-?\d{1,9}")


@dataclass(frozen=True)
class Asked:
    """A question with the data that it is about."""

    shop: Shop
    query: Query


@dataclass
class SqlQuestions(Dialogue):
    """Answer a question about two tables.

    Args:
        people: rows of the first table, 2..24; orders are twice as many.
        level: kinds of questions, 1 single rows, 2 also whole tables, 3 also groups and joins.
        instance: which database, from 0; -1 for another one in each conversation.
        tool: the tables are not shown, and SQL may be used.
        queries: messages beside the answer, with the tool, 1..8.

    Raises:
        BadOption: for values outside these ranges.
    """

    people: int = 6
    level: int = 3
    instance: int = 0
    tool: bool = False
    queries: int = 3

    columns = {"answered": False, "queried": False}

    def __post_init__(self) -> None:
        ranges = (("people", 2, len(PEOPLE)), ("level", 1, 3), ("instance", -1, 2**63), ("queries", 1, 8))
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="SqlQuestions", expected=f"{low}..{high}")
        self.said = 300
        self.heard = 500 if self.tool else 300 + 50 * self.people
        if self.tool:
            self.turns = self.queries + 1
            self.toolbox = Toolbox(SQL(_database), output=self.heard)
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Asked:
        data = shop(rng, self.people) if self.instance < 0 else _shipped(self.instance, self.people)
        return Asked(data, query(rng, data, self.level))

    def prompt(self, task: Asked) -> str:
        if self.brief:
            asked = f"{task.query.kind} {task.query.about}".strip()
            return asked if self.tool else f"{task.shop.words()};{asked}"
        columns = "people (name, city, age), orders (name, item, amount)"
        form = (
            "Of equals the first by name counts. Say answer: and the number or the word, or words with commas, or none."
        )
        if self.tool:
            how = f"Tables: {columns}. You may ask {self.queries} times in SQL: @sql select count(*) from people."
        else:
            how = f"Tables: {columns}. Rows: {task.shop.words()}."
        return f"{how} {task.query.words()} {form}"

    def begin(self, task: Asked) -> str:
        return ""

    def called(self, task: Asked, memory: Any, calls: Sequence[Any], answers: Sequence[str]) -> Heard:
        return Heard(reply="\n".join(answers), memory=answers[-1], columns={"queried": True})

    def hear(self, task: Asked, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        """The answer; anything else means nothing."""
        if self.parse(said) is None:
            return Heard("pardon", over=not self.tool, memory=memory, understood=False)
        right = self.check(said, task)
        reply = "right" if right else "wrong"
        return Heard(reply, {"outcome": float(right)}, True, right, memory, True, {"answered": True})

    def parse(self, said: str) -> tuple[str, ...] | None:
        """The values that a message answers, in small letters and in order; () for "none"."""
        found = _ANSWER.fullmatch(flat(said))
        if not found:
            return None
        values = [value.strip().lower() for value in found[1].split(",")]
        return () if values == ["none"] else tuple(sorted(str(int(v)) if _WHOLE.fullmatch(v) else v for v in values))

    def check(self, said: str, task: Asked) -> bool:
        """Are these the values of the answer, each as often as it is there?"""
        return self.parse(said) == _values(task.query.answer(task.shop))

    def expert(self, task: Asked, memory: Any, rng: np.random.Generator) -> str:
        """With the tool the reference query first, then what it found."""
        if self.tool and not memory:
            return f"@sql {task.query.sql()}"
        return f"answer: {', '.join(_values(task.query.answer(task.shop))) or 'none'}"

    def examples(self) -> Sequence[Example]:
        people = (("ada", "rome", 40), ("bob", "rome", 30), ("eva", "oslo", 50))
        one = Asked(Shop(people, (("ada", "hat", 2),)), Query("count", "rome"))
        some = Asked(one.shop, Query("idle"))
        none = Asked(one.shop, Query("older", "50"))
        right = (
            [(one, s) for s in ("answer: 2", "Answer:2", " ANSWER : 02. ", "answer:\n2")]
            + [(some, s) for s in ("answer: bob, eva", "answer: Eva,bob", "answer: eva , bob.")]
            + [(none, "answer: none")]
        )
        wrong = [
            (one, s) for s in ("", "2", "answer 2", "answer: 3", "answer: 2, 2", "answer: two", "answer: \uff12",
                               "answer: 2.0", "answer: \\u{32}", "answer: -2", "answer: 2; drop table people",
                               "answer: " + "2" * 5000, "@sql select 2", "answer: none")
        ] + [
            (some, s) for s in ("answer: bob", "answer: bob, eva, ada", "answer: bob eva", "answer: bob, bob, eva",
                                "answer: none", "answer: bob,, eva", "answer: bob, eva,")
        ] + [(none, "answer:"), (none, "answer: ada"), (none, "none"), (none, "answer: none, none")]  # fmt: skip
        return [Example(s, task, True) for task, s in right] + [Example(s, task, False) for task, s in wrong]

    def vocabulary(self) -> Sequence[str]:
        letters = "abcdefghijklmnopqrstuvwxyz0123456789 ,;:.'*()=<>@|-_\n"
        return (*letters, "answer: ", "@sql ") if self.brief else super().vocabulary()

    def card(self) -> Card:
        asks = "@sql and a query, answered with rows; or " if self.tool else ""
        return Card(
            summary="Answer questions about a small database" + (" that one may ask in SQL." if self.tool else "."),
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": asks + "answer: VALUE, or values with commas, or none"},
            reward="1 for the right answer",
            info={
                "answered": "True if this was an answer",
                "queried": "True if this was a query",
                **self.told(),
            },
            optimal_return=1.0,
            source=(
                "Zhong, Xiong, Socher, Seq2SQL: Generating Structured Queries from Natural Language using "
                "Reinforcement Learning, 2017"
            ),
        )


def _values(answer: Answer) -> tuple[str, ...]:
    return tuple(sorted(answer)) if isinstance(answer, tuple) else (str(answer),)


@functools.lru_cache(maxsize=64)
def _shipped(instance: int, people: int) -> Shop:
    return shop(np.random.default_rng([instance, 1970]), people)


@functools.lru_cache(maxsize=64)
def _tables(data: Shop) -> Database:
    return Database.of(data.tables())


def _database(task: Asked) -> Database:
    return _tables(task.shop)
