"""Summaries of facts: say what is needed, truly, once, in order and in few sentences.

    r = Σ_k pay_k,    paid with each sentence, in three densities, or all at the end

Facts are typed, so that every sentence is judged without error: right, wrong or idle; the summary complete or not. The
pay is the same however often it is paid, which is what dense and holistic rewards are compared on.

Source: Wu, Hu, Shi, Dziri, Suhr, Ammanabrolu, Smith, Ostendorf, Hajishirzi, "Fine-Grained Human Feedback Gives Better
Rewards for Language Model Training", NeurIPS 2023, Section 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.text.stories import (
    ASPECTS,
    CONCEPTS,
    FORMS,
    ITEMS,
    VERDICTS,
    Key,
    Story,
    drawn,
    judged,
    pays,
    sentences,
)
from rewardlab.envs.world import Card

PARTS = ("right", "wrong", "idle", "length", "complete", "order", "all")
WEIGHTS = {"right": 0.1, "wrong": 0.2, "idle": 0.1, "length": 0.02, "complete": 0.5, "order": 0.2, "all": 0.2}
DENSITIES = ("sentence", "mixed", "end")
_LATE = {"sentence": (), "mixed": ("complete", "order", "all"), "end": PARTS}


@dataclass
class FactSummary(Dialogue):
    """Summarise a list of facts.

    Args:
        form: "facts", "reviews" or "concepts"; see `rewardlab.envs.text.stories.drawn`.
        count: statements, 2..12.
        needed: of them, 1..count; of form "reviews" as many as there are aspects at most, of "concepts" all.
        asked: of form "facts", whether the prompt says which are needed.
        length: the largest number of sentences that are read, needed..20.
        by: "answer", all in one message; "sentence", one message each, until "done" or `length` sentences.
        density: when it is paid: "sentence", with each; "mixed", complete, order and all with the last, the rest with
            each; "end", all with the last. What waits for the last is lost where nobody says "done" in time.
        weights: of right, wrong, idle, length, complete, order and all, each at least 0, in place of the usual ones.

    Raises:
        BadOption: for values outside these ranges.
    """

    form: str = "facts"
    count: int = 8
    needed: int = 3
    asked: bool = True
    length: int = 6
    by: str = "answer"
    density: str = "sentence"
    weights: Mapping[str, float] | None = None

    parts = PARTS

    def __post_init__(self) -> None:
        where = "FactSummary"
        for name, known in (("form", FORMS), ("by", ("answer", "sentence")), ("density", DENSITIES)):
            if getattr(self, name) not in known:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"one of {known}")
        most = self.count if self.form == "concepts" else self.needed
        for name, low, high in (("count", 2, 12), ("needed", 1, self.count), ("length", most, 20)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"{low}..{high}")
        for name, value in (self.weights or {}).items():
            if name not in WEIGHTS or not 0 <= value < np.inf:
                raise BadOption(f"weights of {name!r}: {value!r}", where=where, expected=f"from 0, of {PARTS}")
        self.worth = {**WEIGHTS, **(self.weights or {})}
        self.columns = {  # type: ignore[misc]
            "covered": 0.0, "rights": 0, "wrongs": 0, "idles": 0, "ordered": 0, "sentences": 0, "complete": False,
            "segments": (0.0,) * self.length, "needed": 0,
        }  # fmt: skip
        self.turns = 1 if self.by == "answer" else self.length + 1
        self.said = 24 * self.length + 20 if self.by == "answer" else 60
        self.heard = 700
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Story:
        return drawn(rng, self.form, self.count, self.needed, self.asked)

    def prompt(self, task: Story) -> str:
        if self.brief:
            return task.told()
        said = "; ".join(" ".join(words) for words in task.shown)
        asked = f" What is asked: {', '.join(' '.join(key) for key in task.needed)}." if task.asked else ""
        how = {
            "facts": "Tell what is needed of these facts",
            "reviews": f"Sum up what most of these reviews say of the {self.needed} aspects that they name most",
            "concepts": "Put all of these words in the order of a day",
        }[self.form]
        each = {"facts": "inn food good", "reviews": "food good", "concepts": "eat"}[self.form]
        turn = ", one in each message, then done" if self.by == "sentence" else ""
        return f"{how}: {said}.{asked} Write sentences such as: {each}. At most {self.length}{turn}."

    def begin(self, task: Story) -> tuple[Key, ...]:
        return ()

    def hear(self, task: Story, memory: tuple[Key, ...], said: str, rng: np.random.Generator) -> Heard:
        new = sentences(said)
        done = self.by == "sentence" and new[-1:] == [("done",)]
        new = new[:-1] if done else new
        whole = (*memory, *new)
        lines = whole[: self.length]
        over = self.by == "answer" or done or len(lines) >= self.length
        now, before = self._split(task, lines, over), self._split(task, memory, False)
        found = judged(task, lines)
        rights = sum(s.right for s in found)
        complete = rights == len(task.needed)
        segments = [sum(p.values()) for p in now]
        columns = {
            "covered": rights / len(task.needed), "rights": rights, "wrongs": sum(s.wrong for s in found),
            "idles": sum(s.idle for s in found), "ordered": sum(s.ordered for s in found), "sentences": len(lines),
            "complete": complete, "segments": (*segments, *[0.0] * (self.length - len(segments))),
            "needed": len(task.needed),
        }  # fmt: skip
        parts = {name: sum(p[name] for p in now) - sum(p[name] for p in before) for name in PARTS}
        success = over and self._enough(task, whole)
        return Heard("" if over else "go on ", parts, over, success, lines, bool(new) or done, columns)

    def _split(self, task: Story, lines: Sequence[Key], over: bool) -> list[dict[str, float]]:
        """What each sentence is paid up to now: late parts wait for the last one."""
        found = pays(task, judged(task, lines), self.worth)
        for name in _LATE[self.density]:
            total = sum(p[name] for p in found)
            for p in found:
                p[name] = 0.0
            if found and over:
                found[-1][name] = total
        return found

    def _enough(self, task: Story, lines: Sequence[Key]) -> bool:
        found = judged(task, lines)
        return sum(s.ordered for s in found) == len(task.needed) == len(lines)

    def check(self, said: str, task: Story) -> bool:
        """Is exactly what is needed said, truly and in order?"""
        lines = sentences(said)
        return self._enough(task, lines[:-1] if lines[-1:] == [("done",)] else lines)

    def expert(self, task: Story, memory: tuple[Key, ...], rng: np.random.Generator) -> str:
        lines = [f"{task.sentence(key)} . " for key in task.needed]
        if self.by == "answer":
            return "".join(lines)
        return lines[len(memory)] if len(memory) < len(lines) else "done "

    def examples(self) -> Sequence[Example]:
        truth = ((("inn", "food"), "good"), (("inn", "price"), "bad"), (("bank", "view"), "good"))
        task = Story(
            (("inn", "food", "good"), ("inn", "price", "bad"), ("bank", "view", "good")),
            truth,
            (("inn", "food"), ("bank", "view")),
        )
        right = (
            "inn food good. bank view good.", "Inn food GOOD; bank view good", "inn food good\nbank view good",
            " inn,  food: good . \n\n bank view good ..", "inn food good . bank view good . done",
            "inn food good!. bank view good?", "INN FOOD GOOD. BANK VIEW GOOD. DONE.",
        )  # fmt: skip
        wrong = (
            "", ".", "done", "inn food good", "bank view good. inn food good.", "inn food bad. bank view good.",
            "inn food good. bank view good. inn price bad.", "inn food good. inn food good. bank view good.",
            "inn food good bank view good", "food inn good. bank view good.", "\uff49nn food good. bank view good.",
            "\\u{69}nn food good. bank view good.", "inn food good. " * 500, "inn food good. done. bank view good.",
        )  # fmt: skip
        words = Story((("eat",), ("wake",)), ((("eat",), ""), (("wake",), "")), (("wake",), ("eat",)), False)
        order = [
            Example("wake. eat.", words, True),
            Example("eat. wake.", words, False),
            Example("wake eat", words, False),
        ]
        return [*(Example(s, task, True) for s in right), *(Example(s, task, False) for s in wrong), *order]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        said = {
            "facts": (*ITEMS, *ASPECTS, *VERDICTS), "reviews": (*ASPECTS, *VERDICTS), "concepts": CONCEPTS,
        }[self.form]  # fmt: skip
        return tuple(f"{w} " for w in (*said, ".", "?", "done", "go", "on"))

    def card(self) -> Card:
        w = self.worth
        return Card(
            summary="Say in few sentences what is needed of a list of facts.",
            observation={"transcript": "the facts, and what is asked"},
            action={"said": f"sentences such as: inn food good. At most {self.length}, up to {self.said} characters"},
            reward=(
                f"For each sentence {w['right']:g} if it is right (true, needed and new), -{w['wrong']:g} if wrong, -"
                f"{w['idle']:g} if it is idle, -{w['length']:g} in any case; {w['complete']:g} for all that is needed "
                f"and {w['order']:g} for its order, in parts; {w['all']:g} where all is said and nothing wrong. "
                f"When: {self.density}."
            ),
            info={
                "covered": "what is needed and was said, in parts, 0..1",
                "rights": "right sentences so far",
                "wrongs": "wrong sentences so far",
                "idles": "idle sentences so far",
                "ordered": "right sentences so far that came after all that they should follow",
                "sentences": f"sentences so far, 0..{self.length}",
                "complete": "True if all that is needed was said",
                "segments": f"[{self.length}] what each sentence so far is paid, in this density",
                "needed": "sentences that are needed",
                **self.told(),
            },
            optimal_return=self._optimal(),
            source="Wu, Hu, Shi et al., Fine-Grained Human Feedback Gives Better Rewards, NeurIPS 2023",
        )

    def _optimal(self) -> float | None:
        """All that is needed, in order; or nothing, where sentences cost more than they bring."""
        if self.form == "reviews":
            return None  # how many aspects are spoken of is drawn
        w, n = self.worth, self.count if self.form == "concepts" else self.needed
        return max(0.0, n * (w["right"] - w["length"]) + w["complete"] + w["order"] + w["all"])
