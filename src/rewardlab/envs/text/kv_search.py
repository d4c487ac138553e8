"""Key-value search: answer a question of several steps by asking a store for one fact at a time.

    V(k, q) = max{ 1 / (E − 1 − k),  −c + (1 − b)·V(k + 1, q − 1) + b·V(k, q − 1) },    V(h, ·) = 1

A question such as "Who is the boss of the friend of ada?" needs one query for each step. k steps of h are known and q
queries are left; a query costs c and finds the store busy with chance b. A judge who likes all well-formed
messages but those that are needed is written down beside the outcome: whoever is paid by the sum of its marks never
gets to the answer.

Source: Xu, Li, Xing, Zhang, Li, Shi, "Hybrid Reward Normalization for Process-supervised Non-verifiable Agentic
Tasks", 2025 (queries and their judge); Wang et al., "Information Gain-based Policy Optimization", 2025 (questions of
several steps).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.facts import PEOPLE, RELATIONS, Question, question
from rewardlab.envs.text.lines import Example, flat
from rewardlab.envs.text.toolbox import Toolbox
from rewardlab.envs.text.tools.key_value import Lookup
from rewardlab.envs.world import Card

_ASK = re.compile(r"\s*ask\s*:?\s+([a-z]+)\s+([a-z]+)\s*\.?\s*", re.IGNORECASE)
_ANSWER = re.compile(r"\s*answer\s*:?\s+([a-z]+)\s*\.?\s*", re.IGNORECASE)
LIKED, NEEDED = 0.9, 0.2
"""What the judge gives a message that looks good, and one that takes the next step of the chain."""


@dataclass
class KVSearch(Dialogue):
    """Find the answer to a question by queries to a store.

    Args:
        hops: steps of a question, 1..3.
        least: the fewest of them; 0 for always `hops`.
        entities: of the store, 5..24.
        relations: of the store, 1..6.
        queries: that one may ask before the answer, at least `hops`, up to 12.
        cost: of a query, 0..1.
        busy: the chance that the store does not answer a query, 0 to below 1.
        tool: the store is a tool, asked by messages such as `@lookup ada friend`; it is never busy.

    Raises:
        BadOption: for values outside these ranges.
    """

    hops: int = 2
    least: int = 0
    entities: int = 12
    relations: int = 4
    queries: int = 7
    cost: float = 0.0
    busy: float = 0.0
    tool: bool = False

    parts = ("outcome", "cost")
    columns = {"known": 0, "new": False, "repeated": False, "busy": False, "judge": 0.0}
    said = 60

    def __post_init__(self) -> None:
        ranges = (
            ("hops", 1, 3), ("least", 0, self.hops), ("entities", 5, len(PEOPLE)), ("relations", 1, len(RELATIONS)),
            ("queries", self.hops, 12), ("cost", 0, 1),
        )  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="KVSearch", expected=f"{low}..{high}")
        if not 0 <= self.busy < 1:
            raise BadOption(f"busy={self.busy!r}", where="KVSearch", expected="from 0 to below 1")
        if self.tool and self.busy:
            raise BadOption(f"busy={self.busy!r}", where="KVSearch", expected="0 with the tool")
        self.turns = self.queries + 1
        if self.tool:
            self.toolbox = Toolbox(Lookup(_store), limit=1, output=60)
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Question:
        hops = int(rng.integers(self.least or self.hops, self.hops + 1))
        return question(rng, self.entities, self.relations, hops)

    def prompt(self, task: Question) -> str:
        if self.brief:
            return task.short()
        return (
            f"{task.words()} Each message asks for one fact, such as: {self._ask} {PEOPLE[task.start]} friend, or "
            f"gives the answer, which is a name: answer {PEOPLE[1]}. Relations: "
            f"{', '.join(RELATIONS[: self.relations])}. You may ask {self.queries} times before you answer."
        )

    def begin(self, task: Question) -> tuple[tuple[tuple[int, int], ...], int, int]:
        return (), 0, 0

    def hear(self, task: Question, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        """A fact, or the end."""
        known = memory[1]
        answer = self.parse(said)
        if answer is not None:
            right = answer == task.answer
            columns = {"known": known, "judge": LIKED}
            return Heard("right" if right else "wrong", {"outcome": float(right)}, True, right, memory, True, columns)
        query = None if self.tool else self.query(said)
        if query is None:
            return Heard("pardon", memory=memory, understood=False, columns={"known": known})
        busy = bool(self.busy) and bool(rng.random() < self.busy)
        return self._told(task, memory, query, busy, PEOPLE[task.facts[query[0]][query[1]]])

    def called(self, task: Question, memory: Any, calls: Sequence[Any], answers: Sequence[str]) -> Heard:
        """A query to the tool; one for what the store does not have costs its turn and its price."""
        query = self.query(f"ask {calls[0].arguments['key']}")
        return self._told(task, memory, query, query is None, answers[0])

    def _told(self, task: Question, memory: Any, query: tuple[int, int] | None, busy: bool, reply: str) -> Heard:
        told, known, asked = memory
        repeated, before = query in told, known
        if query is not None and not busy:
            told = (*told, query)
            known = _known(task, told)
        columns = {
            "known": known,
            "new": not repeated and not busy,
            "repeated": repeated,
            "busy": busy and not self.tool,
            "judge": LIKED if known == before else NEEDED,
        }
        return Heard(
            "busy" if busy and not self.tool else reply,
            {"cost": -self.cost},
            memory=(told, known, asked + 1),
            columns=columns,
        )

    def query(self, said: str) -> tuple[int, int] | None:
        """The entity and the relation that a message asks for."""
        found = _ASK.fullmatch(flat(said))
        if not found:
            return None
        name, relation = found[1].lower(), found[2].lower()
        if name not in PEOPLE[: self.entities] or relation not in RELATIONS[: self.relations]:
            return None
        return PEOPLE.index(name), RELATIONS.index(relation)

    def parse(self, said: str) -> int | None:
        """The entity that a message gives as the answer."""
        found = _ANSWER.fullmatch(flat(said))
        name = found[1].lower() if found else ""
        return PEOPLE.index(name) if name in PEOPLE[: self.entities] else None

    @property
    def _ask(self) -> str:
        return "@lookup" if self.tool else "ask"

    def value(self, hops: int, known: int = 0, left: int | None = None) -> float:
        """The largest expected pay of one who knows so many steps of the chain and has so many queries left."""
        left = self.queries if left is None else left
        if known == hops:
            return 1.0
        now = 1 / (self.entities - 1 - known)
        if not left:
            return now
        after = (1 - self.busy) * self.value(hops, known + 1, left - 1)
        if self.busy:
            after += self.busy * self.value(hops, known, left - 1)
        return max(now, after - self.cost)

    def check(self, said: str, task: Question) -> bool:
        """Does the message give the right answer?"""
        return self.parse(said) == task.answer

    def expert(self, task: Question, memory: Any, rng: np.random.Generator) -> str:
        """The next step of the chain while it is not known; the answer at the end, also where it was not found."""
        _, known, asked = memory
        if known == len(task.relations) or asked == self.queries:
            return f"answer {PEOPLE[task.answer]}"
        return f"{self._ask} {PEOPLE[task.chain()[known]]} {RELATIONS[task.relations[known]]}"

    def examples(self) -> Sequence[Example]:
        facts = [[0] * self.relations for _ in range(self.entities)]
        facts[2][0] = 4
        task = Question(tuple(map(tuple, facts)), 2, (0,))
        right = ("answer eva", "Answer: eva", " ANSWER   Eva. ", "answer\teva\n", "answer : eva", "answer: EVA.")
        wrong = (
            "", "eva", "answer", "answer ada", "answer eva ada", "answer e", "ask cleo friend", "answer evaa",
            "answereva", "answer \u0435va", "answer \\u{65}va", "answer: 4", "answer nobody", "answer eva" * 500,
            "answer eva; answer eva", "the answer eva",
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        words = (f"{self._ask} ", "answer ", "right", "wrong", "pardon", "busy", " ")
        return (*PEOPLE[: self.entities], *RELATIONS[: self.relations], *words)

    def card(self) -> Card:
        free = not self.busy
        best = 1.0 if free and not self.cost else None
        return Card(
            summary=f"Answer a question of up to {self.hops} steps by queries to a store of facts.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"{self._ask} NAME RELATION, or answer NAME, which ends the conversation"},
            reward="1 for the right answer" + (f", -{self.cost:g} for each query" if self.cost else ""),
            info={
                "known": f"steps of the chain that the store has told, 0..{self.hops}",
                "new": "True if a query got a fact that was not asked for before",
                "repeated": "True if a query asked for a fact that was told before",
                "busy": "True if the store did not answer",
                "judge": f"what a judge of looks gives: {NEEDED} for the next step of the chain, else {LIKED}",
                **self.told(),
            },
            optimal_return=best,
            source=(
                "Xu, Li, Xing, Zhang, Li, Shi, Hybrid Reward Normalization for Process-supervised "
                "Non-verifiable Agentic Tasks, 2025"
            ),
        )


def _known(task: Question, told: Sequence[tuple[int, int]]) -> int:
    """How many steps of the chain, from the start, have been told."""
    chain = task.chain()
    k = 0
    while k < len(task.relations) and (chain[k], task.relations[k]) in told:
        k += 1
    return k


def _store(task: Question) -> dict[str, str]:
    """The store as the tool reads it: "name relation" -> name."""
    return {
        f"{PEOPLE[entity]} {RELATIONS[relation]}": PEOPLE[other]
        for entity, row in enumerate(task.facts)
        for relation, other in enumerate(row)
    }
