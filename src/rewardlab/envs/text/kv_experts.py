"""Questions with a pool of priced experts: whom to ask for which fact, how often, and when to answer.

    R = −1 if the form is broken, else (1 − α)·R_out + α·R_cost,
    R_out = 1 if the answer is right,    R_cost = 1 − clip((c − c_min) / (c_max − c_min), 0, 1),    c = Σ price·words

Each expert knows a fact with the accuracy of its domain, and says "unknown" otherwise; prices and accuracies stand in
the prompt, so that a pool with new experts can be used at once. Calls are few, and no call at all costs nothing. The
optimal tree of calls follows by dynamic programming over the steps known and the calls left, for costs that the range
from c_min = 0 to c_max does not cut.

Source: Zhang, Feng, You, "Router-R1: Teaching LLMs Multi-Round Routing and Aggregation via Reinforcement Learning",
NeurIPS 2025 (the reward's order: form, then outcome and cost; at most four calls).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.facts import PEOPLE, RELATIONS, Question, question
from rewardlab.envs.text.lines import Example, flat
from rewardlab.envs.world import Card

DOMAINS = ("home", "work", "sport")
"""Two relations each: friend and cousin, boss and client, coach and rival."""
NAMES = ("atlas", "basic", "clerk", "delta", "ember", "flint")
_THINK = r"\s*(?:<think>[^<>]*</think>)?\s*"
_ASK = re.compile(_THINK + r"<search>\s*([a-z]+)\s*:\s*([a-z]+)\s+([a-z]+)\s*</search>\s*", re.IGNORECASE)
_ANSWER = re.compile(_THINK + r"<answer>\s*([a-z]+)\s*</answer>\s*", re.IGNORECASE)
POOL = ((6.0, 1.0, 1.0, 1.0), (1.0, 0.9, 0.3, 0.3), (2.0, 0.4, 0.9, 0.5), (3.0, 0.7, 0.7, 0.7))


@dataclass
class KVExperts(Dialogue):
    """Find the answer to a question by asking experts.

    A message is <search>expert: name relation</search> or <answer>name</answer>, after <think>...</think> if one likes;
    any other ends the conversation with a reward of -1.

    Args:
        hops: steps of a question, 1..3.
        least: the fewest of them; 0 for always `hops`.
        entities: 5..24.
        calls: at most, 1..8.
        alpha: weight of the cost, 0..1.
        experts: (price of a word, accuracy in each of the three domains), 1..6 of them; prices from 0, accuracies 0..1.
        largest: the cost at which nothing is left of R_cost; 0 for that of the dearest tree of calls.

    Raises:
        BadOption: for values outside these ranges.
    """

    hops: int = 2
    least: int = 1
    entities: int = 12
    calls: int = 4
    alpha: float = 0.6
    experts: Sequence[Sequence[float]] = field(default_factory=lambda: POOL)
    largest: float = 0.0

    parts = ("format", "outcome", "cost")
    columns = {"known": 0, "calls": 0, "spent": 0.0, "expert": -1, "told": False}
    said = 160

    def __post_init__(self) -> None:
        where = "KVExperts"
        ranges = (
            ("hops", 1, 3), ("least", 0, self.hops), ("entities", 5, len(PEOPLE)), ("calls", 1, 8), ("alpha", 0, 1),
            ("largest", 0, 1e9),
        )  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"{low}..{high}")
        kinds = 1 + len(DOMAINS)
        if not 1 <= len(self.experts) <= len(NAMES) or any(
            len(e) != kinds or not 0 <= e[0] < np.inf or not all(0 <= a <= 1 for a in e[1:]) for e in self.experts
        ):
            raise BadOption(
                f"experts={self.experts!r}",
                where=where,
                expected=f"1 to {len(NAMES)} of (price, {', '.join(f'accuracy in {d}' for d in DOMAINS)})",
            )
        self.experts = tuple(tuple(float(x) for x in e) for e in self.experts)
        self.turns = self.calls + 1
        self.heard = 1000
        super().__post_init__()

    @property
    def dearest(self) -> float:
        """The cost at which R_cost is 0; never 0, so that free experts are free."""
        return self.largest or self.calls * max(e[0] for e in self.experts) or 1.0

    def task(self, rng: np.random.Generator) -> Question:
        hops = int(rng.integers(self.least or self.hops, self.hops + 1))
        return question(rng, self.entities, len(RELATIONS), hops)

    def prompt(self, task: Question) -> str:
        if self.brief:
            return task.short()
        pool = "; ".join(
            f"{NAMES[k]}: {e[0]:g} a word, " + " ".join(f"{d} {a:g}" for d, a in zip(DOMAINS, e[1:], strict=True))
            for k, e in enumerate(self.experts)
        )
        domains = ", ".join(f"{RELATIONS[2 * k]} and {RELATIONS[2 * k + 1]} are {d}" for k, d in enumerate(DOMAINS))
        return (
            f"{task.words()} Ask experts for one fact at a time: <search>{NAMES[0]}: {PEOPLE[task.start]} friend"
            f"</search>, at most {self.calls} times, and end with <answer>name</answer>. You may think first, in "
            f"<think>...</think>. Experts with prices and accuracies: {pool}. Domains: {domains}."
        )

    def begin(self, task: Question) -> tuple[int, int, float]:
        return 0, 0, 0.0

    def hear(self, task: Question, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        """A call, the answer, or broken form."""
        known, calls, spent = memory
        columns: dict[str, Any] = {"known": known, "calls": calls, "spent": spent}
        answer = self.parse(said)
        if answer is not None:
            right = answer == task.answer
            parts = {"outcome": (1 - self.alpha) * right, "cost": self.alpha * self.saved(spent)}
            return Heard("right" if right else "wrong", parts, True, right, memory, True, columns)
        call = self.call(said)
        if call is None or calls == self.calls:  # no form allows another call
            return Heard("broken", {"format": -1.0}, True, False, memory, call is not None, columns)
        expert, entity, relation = call
        told = bool(rng.random() < self.experts[expert][1 + relation // 2])
        chain = task.chain()
        if told and known < len(task.relations) and (entity, relation) == (chain[known], task.relations[known]):
            known += 1
        memory = (known, calls + 1, spent + self.experts[expert][0])  # an answer has one word
        columns = {"known": known, "calls": memory[1], "spent": memory[2], "expert": expert, "told": told}
        reply = PEOPLE[task.facts[entity][relation]] if told else "unknown"
        return Heard(reply, memory=memory, columns=columns)

    def saved(self, spent: float) -> float:
        """R_cost, 0..1."""
        return 1 - min(max(spent / self.dearest, 0.0), 1.0)

    def call(self, said: str) -> tuple[int, int, int] | None:
        """The expert, the entity and the relation of a call."""
        found = _ASK.fullmatch(flat(said))
        if not found:
            return None
        expert, name, relation = (x.lower() for x in found.groups())
        if expert not in NAMES[: len(self.experts)] or name not in PEOPLE[: self.entities] or relation not in RELATIONS:
            return None
        return NAMES.index(expert), PEOPLE.index(name), RELATIONS.index(relation)

    def parse(self, said: str) -> int | None:
        """The entity that a message gives as the answer."""
        found = _ANSWER.fullmatch(flat(said))
        name = found[1].lower() if found else ""
        return PEOPLE.index(name) if name in PEOPLE[: self.entities] else None

    # -- the optimum -------------------------------------------------------------------------------------------------

    def plan(
        self, relations: Sequence[int], known: int = 0, left: int | None = None, sure: bool = False
    ) -> tuple[float, int]:
        """The best that one can do: the largest expected pay from here on, and the expert to ask (-1: answer).

        What was spent before is not counted: R_cost is 1 with nothing spent. It is exact while R_cost stays above 0.

        Args:
            relations: of the question.
            known: steps that are known.
            left: calls that are left, None for all.
            sure: never guess; -inf where an answer cannot be had for certain.
        """
        left = self.calls if left is None else left
        table: dict[tuple[int, int], tuple[float, int]] = {}
        for calls in range(left + 1):
            for k in range(len(relations), known - 1, -1):
                guess = 1.0 if k == len(relations) else 1 / (self.entities - 1 - k)
                best = ((1 - self.alpha) * guess + self.alpha, -1) if not sure or guess == 1 else (-np.inf, -1)
                if k < len(relations) and calls:
                    for e, (price, *accuracy) in enumerate(self.experts):
                        a = accuracy[relations[k] // 2]
                        right, wrong = table[k + 1, calls - 1][0], table[k, calls - 1][0]
                        gain = (a * right if a else 0.0) + ((1 - a) * wrong if a < 1 else 0.0)
                        pay = gain - self.alpha * price / self.dearest
                        best = max(best, (pay, e), key=lambda found: found[0])
                table[k, calls] = best
        return table[known, left]

    def check(self, said: str, task: Question) -> bool:
        """Does the message give the right answer, in form?"""
        return self.parse(said) == task.answer

    def expert(self, task: Question, memory: Any, rng: np.random.Generator) -> str:
        """The best of the plans that find the answer for certain; the best plan, where none does."""
        known, calls, _ = memory
        pay, whom = self.plan(task.relations, known, self.calls - calls, sure=True)
        if pay == -np.inf:
            whom = self.plan(task.relations, known, self.calls - calls)[1]
        if whom < 0:
            return f"<answer>{PEOPLE[task.answer]}</answer>"
        return f"<search>{NAMES[whom]}: {PEOPLE[task.chain()[known]]} {RELATIONS[task.relations[known]]}</search>"

    def examples(self) -> Sequence[Example]:
        facts = [[0] * len(RELATIONS) for _ in range(self.entities)]
        facts[2][0] = 4
        task = Question(tuple(map(tuple, facts)), 2, (0,))
        right = (
            "<answer>eva</answer>", " <answer> Eva </answer>\n", "<think>hm</think><answer>eva</answer>",
            "<think></think> <ANSWER>EVA</ANSWER>", "<think>is it ada?\nno</think>\n<answer>eva</answer>",
        )  # fmt: skip
        wrong = (
            "", "eva", "answer eva", "<answer>ada</answer>", "<answer>eva", "<answer>eva</answer>.",
            "<think><answer>eva</answer>",
            "<answer>eva</answer><answer>eva</answer>", "<think><answer>eva</answer></think>", "<answer></answer>",
            "<answer>eva ada</answer>", "<search>eva</search>", "<answer>\\u{65}va</answer>",
            "<answer>ev\u0430</answer>", "<answer>eva</answer>" * 400,
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        words = ("<search>", "</search>", "<answer>", "</answer>", "right", "wrong", "unknown", "broken", ": ", " ")
        return (*PEOPLE[: self.entities], *RELATIONS, *NAMES[: len(self.experts)], *words)

    def card(self) -> Card:
        return Card(
            summary=f"Answer a question of up to {self.hops} steps by asking priced experts of known accuracy.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={
                "said": "<search>expert: NAME RELATION</search> or <answer>NAME</answer>, after <think> if one likes"
            },
            reward=(
                f"-1 for broken form; else at the end {1 - self.alpha:g} for the right answer, and {self.alpha:g} "
                f"times 1 - spent / {self.dearest:g}, at least 0"
            ),
            info={
                "known": f"steps of the chain that experts have told, 0..{self.hops}",
                "calls": f"calls so far, 0..{self.calls}",
                "spent": "what they cost in all",
                "expert": "who was asked, -1 if nobody",
                "told": "True if an expert knew the fact",
                **self.told(),
            },
            source=(
                "Zhang, Feng, You, Router-R1: Teaching LLMs Multi-Round Routing and Aggregation via Reinforcement "
                "Learning, NeurIPS 2025"
            ),
        )
