"""Questions about pictures: a choice, yes or no, a number, a list of boxes, or a description.

    match     r = 1 if the answer is right
    graded    r = max(0, 1 − |a − b| / b)
    boxes     r = (format + recall + precision) / 3 after the best matching
    describe  r = (precision + recall) / 2 of words

The picture is rows of letters. All answers are known by construction, and each type of question has a reward within
0..1, so that types can be mixed. A choice may have its right option at A more often than elsewhere, which a policy can
learn instead of counting: `shuffled` asks again with the options in another order.

Source: Xu et al., "Mixed-R1: Unified Reward Perspective For Reasoning Capability in Multimodal Large Language Models",
2025 (a reward for each type); Zhan et al., "Vision-R1: Evolving Human-Free Alignment in Large Vision-Language Models
via Vision-Guided Reinforcement Learning", 2025, Section 3 (boxes).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text import boxes, captions
from rewardlab.envs.text import picture_items as items
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, flat, unescaped
from rewardlab.envs.text.picture_items import EXAMPLES, KINDS, LETTERS, NEVER, Item
from rewardlab.envs.text.scenes import COLOURS, ORDINALS, PLACES, RELATIONS, SHAPES, legend
from rewardlab.envs.world import Card

_ANSWER = re.compile(r"\s*answer\s*:\s*(.*?)\s*\.?\s*", re.IGNORECASE | re.DOTALL)


@dataclass
class SceneQA(Dialogue):
    """Answer a question about a picture: any lines of thought, then the line answer: and what it is.

    Args:
        kind: "most" (which colour fills most cells, of four), "verify" (is a sentence true), "count" (how many have a
            colour), "boxes" (where rectangles of a colour are), "describe", or "mixed", any but "most".
        size: cells of a side, 3..16; rectangles need 8.
        things: objects, or rectangles of the colour, at most, 1..4.
        values: colours and shapes, 2..8; a choice needs 4.
        at_first: the chance that the right option is A, 0..1; the others share the rest.
        graded: a number that is nearly right is paid in part.
        recall_at: IoU above which a box is found, 0..1.
        low: IoU below which a box counts as nothing, 0..1.
        high: IoU above which it counts as whole, low..1.

    Raises:
        BadOption: for values outside these ranges.
    """

    kind: str = "most"
    size: int = 4
    things: int = 4
    values: int = 4
    at_first: float = 0.25
    graded: bool = False
    recall_at: float = 0.5
    low: float = 0.5
    high: float = 0.75

    parts = ("answer", "format", "recall", "precision")
    columns = {"kind": "", "letter": "", "boxes": 0}

    def __post_init__(self) -> None:
        where = "SceneQA"
        if self.kind not in (*KINDS, "mixed"):
            raise BadOption(f"kind={self.kind!r}", where=where, expected=f"one of {(*KINDS, 'mixed')}")
        self._kinds = tuple(k for k in KINDS if self.kind == k or (self.kind == "mixed" and k != "most"))
        ranges = (
            ("size", 8 if "boxes" in self._kinds else 3, 16), ("things", 1, 4),
            ("values", 4 if "most" in self._kinds else 2, 8), ("at_first", 0, 1),
            ("recall_at", 0, 1), ("low", 0, 1), ("high", self.low, 1),
        )  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"{low}..{high}")
        if self.brief and len(self.vocabulary()) > 64:
            raise BadOption(
                f"values={self.values!r}", where=where, expected="at most 4 for brief talk of several types"
            )
        self.said = 400
        self.heard = 700 + 2 * self.size * (self.size + 1)
        super().__post_init__()

    # -- questions ---------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Item:
        kind = self._kinds[int(rng.integers(len(self._kinds)))]
        if kind == "most":
            return items.most(rng, self.size, self.values, self.at_first)
        draw = {
            "verify": items.verify,
            "count": items.count,
            "boxes": items.rectangles,
            "describe": items.describe,
        }[kind]
        return draw(rng, self.size, self.things, self.values)

    def prompt(self, task: Item) -> str:
        options = " ".join(f"{letter} {word}" for letter, word in zip(LETTERS, task.options, strict=False))
        if self.brief:
            return f"{task.kind} {task.picture} {options or task.about}"
        asked = {
            "most": f"Which colour fills most cells: {options}? Say answer: and the letter.",
            "verify": f"Objects are numbered in reading order. Is it true: {task.about}? Say answer: yes or no.",
            "count": f"How many objects are {task.about}? Say answer: and the number.",
            "boxes": (
                f"Where are the {task.about} rectangles? Say answer: and for each its top, left, bottom and right from "
                "0, such as answer: 0 0 1 2; 3 3 5 7, or answer: none."
            ),
            "describe": (
                "Describe it in reading order. Say answer: and for each object a sentence such as first red circle "
                "top-left."
            ),
        }[task.kind]
        cell = "one letter" if task.kind in ("most", "boxes") else "two letters"
        return (
            f"A picture of {self.size} x {self.size} cells, row by row, {cell} for a cell ({legend(self.values)}): "
            f"{task.picture} {asked} You may think first, in lines of their own."
        )

    # -- answers -----------------------------------------------------------------------------------------------------

    def answer(self, said: str) -> str | None:
        """What the last line answers, None if it is no answer."""
        lines = [line for line in unescaped(said).split("\n") if line.strip()]
        found = _ANSWER.fullmatch(flat(lines[-1])) if lines else None
        return found[1] if found else None

    def read(self, said: str, task: Item) -> Any:
        """The answer as a letter, a word, a number, boxes or a text; None if it is nothing of the kind."""
        text = self.answer(said)
        if text is None:
            return None
        if task.kind == "boxes":
            return boxes.read(text, self.size)
        if task.kind == "count":
            return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None
        if task.kind == "describe":
            return text or None
        known = {"yes": "yes", "no": "no"} if task.kind == "verify" else {x.lower(): x for x in LETTERS}
        return known.get(text.lower())

    def score(self, said: str, task: Item) -> dict[str, float]:
        """What an answer is paid, by part; nothing for what is none."""
        found = self.read(said, task)
        if found is None:
            return {}
        if task.kind == "boxes":
            values = boxes.localised(
                found, task.answer, self.size, recall_at=self.recall_at, low=self.low, high=self.high
            )
            return {name: value / 3 for name, value in zip(("format", "recall", "precision"), values, strict=True)}
        if task.kind == "describe":
            return {"answer": captions.overlap(found, task.answer)}
        if task.kind == "count" and self.graded and task.answer:
            return {"answer": max(0.0, 1 - abs(found - task.answer) / task.answer)}
        return {"answer": float(found == task.answer)}

    def hear(self, task: Item, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        found = self.read(said, task)
        right = self.check(said, task)
        columns = {
            "kind": task.kind,
            "letter": found if task.kind == "most" and found else "",
            "boxes": len(found) if task.kind == "boxes" and found else 0,
        }
        reply = "pardon" if found is None else "right" if right else "wrong"
        return Heard(reply, self.score(said, task), True, right, None, found is not None, columns)

    def check(self, said: str, task: Item) -> bool:
        """Is it the right answer: the very boxes, or all the words of a description and no others?"""
        found = self.read(said, task)
        if found is None:
            return False
        if task.kind == "boxes":
            return tuple(sorted(found)) == task.answer
        if task.kind == "describe":
            return captions.overlap(found, task.answer) == 1
        return bool(found == task.answer)

    def expert(self, task: Item, memory: Any, rng: np.random.Generator) -> str:
        return f"answer: {boxes.written(task.answer) if task.kind == 'boxes' else task.answer}"

    def examples(self) -> Sequence[Example]:
        found: list[Example] = []
        for kind in self._kinds:
            options, answer, right, wrong = EXAMPLES[kind]
            task = Item(kind, "", "", options, answer)
            found += [Example(s, task, True) for s in right] + [Example(s, task, False) for s in (*NEVER, *wrong)]
        return found

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        v, words = self.values, ["answer: ", "right", "wrong", "pardon", " ", "/", ".", *self._kinds, *COLOURS]
        words = [w for w in words if w not in COLOURS[v:]]
        words += list("rgbywpoc"[:v])
        for kind in self._kinds:
            words += {
                "most": list("ABCD"),
                "verify": ["yes", "no", *ORDINALS, *SHAPES[:v], *PLACES, *RELATIONS, *"CSTAXHMR"[:v]],
                "count": [*"0123456789", *"CSTAXHMR"[:v]],
                "boxes": [*"0123456789;", "none"],
                "describe": [*ORDINALS, *SHAPES[:v], *PLACES, *"CSTAXHMR"[:v]],
            }[kind]
        return tuple(dict.fromkeys(words))

    def card(self) -> Card:
        return Card(
            summary=f"Answer a question about a picture of {self.size} x {self.size} cells.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={
                "said": "lines of thought, the last of which is answer: and a letter, yes or no, a number, boxes, ..."
            },
            reward=(
                "1 for the right answer; for boxes the mean of form, recall and precision; for descriptions the mean "
                "of the words' precision and recall"
            ),
            info={
                "kind": "the type of the question",
                "letter": "the option that was chosen",
                "boxes": "boxes that were named",
                **self.told(),
            },
            optimal_return=1.0,
            source=(
                "Xu et al., Mixed-R1: Unified Reward Perspective For Reasoning Capability in Multimodal Large Language "
                "Models, 2025"
            ),
        )
