"""A writer that is told what to mention: the agent gives hints, and a frozen writer writes the summary.

    P(slot j says i) = p 1[h_j = i] + (1 − p)/N,    E[r | h] = 1/|needed| Σ_i (1 − Π_j (1 − P(slot j says i)))

The writer follows each hint with probability p and else writes about any fact; it is no part of what is learnt. The
hints are few enough to list, so that the value of each, the best, and the regret of any policy are exact.

Source: Li, Peng, He, Galley, Gao, Yan, "Guiding Large Language Models via Directional Stimulus Prompting", NeurIPS
2023, Section 2.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.text.stories import ASPECTS, ITEMS, VERDICTS, Key, Story, drawn, sentences
from rewardlab.envs.world import Card


@dataclass
class FactHint(Dialogue):
    """Say which facts a writer should mention; it is paid by what the summary covers.

    Args:
        count: facts, 2..12.
        needed: of them, 1..hints.
        asked: whether the prompt says which are needed; if not, those of the earliest aspects are.
        hints: sentences that the writer writes, and hints that it reads, 1..6.
        follow: how often it follows a hint, 0..1.
        expected: pay the exact expected coverage of the hint in place of that of the summary.

    Raises:
        BadOption: for values outside these ranges.
    """

    count: int = 12
    needed: int = 3
    asked: bool = False
    hints: int = 3
    follow: float = 0.9
    expected: bool = False

    columns = {"covered": 0.0, "value": 0.0, "best": 0.0, "hinted": 0, "useful": 0, "followed": 0}

    def __post_init__(self) -> None:
        ranges = (("hints", 1, 6), ("count", 2, 12), ("needed", 1, min(self.hints, self.count)), ("follow", 0, 1))
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="FactHint", expected=f"{low}..{high}")
        self.said = 16 * self.hints + 40
        self.heard = 700
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Story:
        return drawn(rng, "facts", self.count, self.needed, self.asked)

    def prompt(self, task: Story) -> str:
        if self.brief:
            return task.told()
        said = "; ".join(" ".join(words) for words in task.shown)
        asked = f" What is asked: {', '.join(' '.join(key) for key in task.needed)}." if task.asked else ""
        return (
            f"A writer sums up these facts: {said}.{asked} Name up to {self.hints} facts, such as: inn food. bank view."
        )

    def hear(self, task: Story, memory: None, said: str, rng: np.random.Generator) -> Heard:
        keys = [key for key, _ in task.truth]
        hint, understood = self._read(said, task)
        follows, others = rng.random(self.hints) < self.follow, rng.integers(len(keys), size=self.hints)
        slots = [*hint, *[None] * (self.hints - len(hint))]
        written = [h if h is not None and f else keys[int(k)] for h, f, k in zip(slots, follows, others, strict=True)]
        covered = len(set(written) & set(task.needed)) / len(task.needed)
        value = self.value(hint, task)
        columns = {
            "covered": covered, "value": value, "best": self.value(task.needed, task), "hinted": len(hint),
            "useful": len(set(hint) & set(task.needed)),
            "followed": sum(h is not None and h == w for h, w in zip(slots, written, strict=True)),
        }  # fmt: skip
        summary = "".join(f"{task.sentence(key)} . " for key in written)
        parts = {"outcome": value if self.expected else covered}
        return Heard(summary, parts if understood else {}, True, self.check(said, task), None, understood, columns)

    def value(self, hint: Sequence[Key], task: Story) -> float:
        """The expected coverage of a summary after this hint."""
        n = len(task.truth)
        missed = []
        for key in task.needed:
            p = 1.0
            for j in range(self.hints):
                p *= 1 - ((self.follow * (hint[j] == key) + (1 - self.follow) / n) if j < len(hint) else 1 / n)
            missed.append(p)
        return 1 - math.fsum(missed) / len(missed)

    def all_hints(self, task: Story) -> list[tuple[Key, ...]]:
        """All sets of up to `hints` facts, the empty one first."""
        keys = [key for key, _ in task.truth]
        return [h for k in range(self.hints + 1) for h in itertools.combinations(keys, k)]

    def check(self, said: str, task: Story) -> bool:
        """Are exactly the needed facts hinted, in any order?"""
        hint, understood = self._read(said, task)
        return understood and len(hint) == len(task.needed) and set(hint) == set(task.needed)

    def expert(self, task: Story, memory: None, rng: np.random.Generator) -> str:
        return "".join("".join(f"{w} " for w in key) + ". " for key in task.needed)

    def _read(self, said: str, task: Story) -> tuple[tuple[Key, ...], bool]:
        """The different facts that are hinted, as many as are read; False where none is, or what is said is no fact."""
        lines, known = sentences(said), dict(task.truth)
        return tuple(k for k in dict.fromkeys(lines) if k in known)[: self.hints], bool(lines) and all(
            k in known for k in lines
        )

    def examples(self) -> Sequence[Example]:
        truth = tuple((key, "good") for key in (("inn", "food"), ("inn", "price"), ("bank", "view"), ("farm", "size")))
        task = Story(tuple((*k, v) for k, v in truth), truth, (("inn", "food"),))
        right = (
            "inn food",
            "inn food.",
            "INN Food ;",
            "\ninn\tfood\n",
            "inn, food",
            "inn food.\n\n.",
            "'inn food'",
            "inn food. inn food",
        )
        wrong = (
            "", ".", "food inn", "inn price", "inn food good", "inn food. inn price. bank view", "inn food. what",
            "\uff49nn food", "\\u{69}nn food", "inn food " * 900, "none", "innfood",
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        return tuple(f"{w} " for w in (*ITEMS, *ASPECTS, *VERDICTS, ".", "?")) if self.brief else super().vocabulary()

    def card(self) -> Card:
        n, q = self.needed, (1 - self.follow) / self.count
        own, other = 1 - self.follow - q, 1 - q
        best = 1 - own * other ** (n - 1) * (1 - 1 / self.count) ** (self.hints - n)
        return Card(
            summary="Tell a frozen writer which facts to mention, so that its summary covers what is needed.",
            observation={"transcript": "the facts; then the summary that the writer wrote"},
            action={"said": f"up to {self.hints} facts such as: inn food. bank view."},
            reward="The part of the needed facts that the summary covers"
            + (", in expectation" if self.expected else "")
            + f"; {best:.4f} on average after the best hint.",
            info={
                "covered": "the part of the needed facts that the summary covers, 0..1",
                "value": "its expectation for this hint, 0..1",
                "best": "the largest expectation of any hint, 0..1",
                "hinted": f"facts that were hinted, 0..{self.hints}",
                "useful": "of them, those that are needed",
                "followed": "hints whose sentence was written",
                **self.told(),
            },
            optimal_return=best if self.expected else None,
            source="Li, Peng, He et al., Guiding Large Language Models via Directional Stimulus Prompting, 2023",
        )
