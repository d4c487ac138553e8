"""Rewrite a text so that its attributes move where they are asked to, and the others stay where they are.

    r = (1 − ‖z − z*‖/√3) · known words/words,    z = (words/L, long words/words, formal words/words)

With source z_0, request δ = z* − z_0, move d = z − z_0 and u = δ/‖δ‖: SE = ‖z − z*‖, MIS = |(z − z*)·u|/‖δ‖,
ORT = ‖d − (d·u) u‖/‖d‖, so that SE² = (MIS ‖δ‖)² + (ORT ‖d‖)²: too little or too much, and side effects.

Source: Chang, Dredze, Wiens et al., "A Course Correction in Steerability Evaluation: Revealing Miscalibration and Side
Effects in LLMs", 2025, Section 3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_judge import Judge
from rewardlab.envs.text.attribute_setting import Kind, Setting
from rewardlab.envs.text.attributes import Attribute, Lexicon
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.world import Card

WORDS = {
    (False, False): ("so", "get", "ask"),
    (False, True): ("thus", "deem", "hence"),
    (True, False): ("whatever", "somehow", "besides"),
    (True, True): ("therefore", "moreover", "pursuant"),
}
"""Whether a word is long and whether it is formal -> such words."""


@dataclass(frozen=True)
class Rewriting:
    """A text and what should become of it.

    Attributes:
        source: its words.
        wanted: words, long words and formal words asked for.
    """

    source: tuple[str, ...]
    wanted: tuple[int, int, int]


@dataclass
class AttributeRewrite(Dialogue):
    """Rewrite a text to a request.

    Args:
        length: the largest number of words, 2..16.
        changed: attributes that are asked to change, 1..3; the others should stay exactly what they are.
        correlation: c in 0..1, by which longer sources are more formal: a word is with (1 − c)/2 + c words/L.

    Raises:
        BadOption: for values outside these ranges.
    """

    length: int = 16
    changed: int = 2
    correlation: float = 0.0

    columns = {"error": 0.0, "calibration": 0.0, "side": 0.0, "overlap": 0.0, "source": (0.0,) * 3,
               "goal": (0.0,) * 3, "attributes": (0.0,) * 3}  # fmt: skip

    def __post_init__(self) -> None:
        for name, low, high in (("length", 2, 16), ("changed", 1, 3), ("correlation", 0, 1)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="AttributeRewrite", expected=f"{low}..{high}")
        lexicon = Lexicon(
            tuple(w for words in WORDS.values() for w in words),
            tuple(("long",) * long + ("formal",) * formal for (long, formal), words in WORDS.items() for _ in words),
        )
        attributes = (
            Attribute("words", "length"),
            Attribute("long", "share", "long"),
            Attribute("formal", "share", "formal"),
        )
        self.judge = Judge(Setting(lexicon, attributes, (Kind("rewrite", {}),), length=self.length))
        counts = [(n, a, b) for n in range(1, self.length + 1) for a in range(n + 1) for b in range(n + 1)]
        self._counts = np.array(counts)  # [M, 3] all words, long words, formal words
        self._places = self.place(self._counts)  # [M, 3]
        self.said = 12 * self.length
        super().__post_init__()

    def place(self, counts: np.ndarray) -> np.ndarray:
        """[..., 3] attributes of counts [..., 3] of words, long words and formal words."""
        n = counts[..., :1]
        return np.concatenate([n / self.length, counts[..., 1:] / n], axis=-1)

    def task(self, rng: np.random.Generator) -> Rewriting:
        while True:
            n = int(rng.integers(1, self.length + 1))
            formal = rng.random(n) < (1 - self.correlation) / 2 + self.correlation * n / self.length
            long, which = rng.random(n) < 0.5, rng.integers(3, size=n)
            source = tuple(WORDS[bool(x), bool(f)][int(k)] for x, f, k in zip(long, formal, which, strict=True))
            here = self.place(np.array([n, long.sum(), formal.sum()]))
            moves = np.zeros(3, dtype=bool)
            moves[rng.choice(3, size=self.changed, replace=False)] = True
            fit = np.flatnonzero(((self._places != here) == moves).all(1))
            if len(fit):
                wanted = self._counts[fit[int(rng.integers(len(fit)))]]
                return Rewriting(source, (int(wanted[0]), int(wanted[1]), int(wanted[2])))

    def prompt(self, task: Rewriting) -> str:
        source, (n, long, formal) = "".join(f"{w} " for w in task.source), task.wanted
        if self.brief:
            return f"{source}> {n} {long} {formal} "
        return (
            f"Rewrite this text: {source.strip()}. Use {n} words in all, of them {long} of seven letters or more, and "
            f"{formal} formal. The formal words: {' '.join((*WORDS[False, True], *WORDS[True, True]))}. The others: "
            f"{' '.join((*WORDS[False, False], *WORDS[True, False]))}"
        )

    def hear(self, task: Rewriting, memory: None, said: str, rng: np.random.Generator) -> Heard:
        place, words, pure = self._read(said)
        source, goal = self.ends(task)
        columns: dict[str, Any] = {"source": tuple(source.tolist()), "goal": tuple(goal.tolist())}
        if not words:
            return Heard("", {}, True, False, None, False, columns)
        error, calibration, side = (float(x) for x in steering(source, goal, place))
        kept = sum(min(words.count(w), task.source.count(w)) for w in set(words))
        columns |= {
            "error": error, "calibration": calibration, "side": side, "attributes": tuple(place.tolist()),
            "overlap": kept / len(task.source),
        }  # fmt: skip
        parts = {"outcome": (1 - error / math.sqrt(3)) * pure}
        return Heard("", parts, True, self.check(said, task), None, True, columns)

    def check(self, said: str, task: Rewriting) -> bool:
        """Is every attribute exactly what was asked for?"""
        place, _, pure = self._read(said)
        return pure == 1 and bool((place == self.ends(task)[1]).all())

    def ends(self, task: Rewriting) -> tuple[np.ndarray, np.ndarray]:
        """Where the source is, and where it should go: [3] each."""
        return self._read(" ".join(task.source))[0], self.place(np.array(task.wanted))

    def expert(self, task: Rewriting, memory: None, rng: np.random.Generator) -> str:
        n, long, formal = task.wanted
        both = max(0, long + formal - n)
        counts = {(True, True): both, (True, False): long - both, (False, True): formal - both}
        counts[False, False] = n - sum(counts.values())
        return "".join(f"{WORDS[kind][k % 3]} " for kind, count in counts.items() for k in range(count))

    def _read(self, said: str) -> tuple[np.ndarray, list[str], float]:
        """Where a text is [3], the words of the lexicon that it has, and which part of its words they are."""
        numbers, _ = self.judge.read(said)
        place = self.judge.meter.measure(numbers, self.judge.meter.among(()))[0]
        place[0] /= self.length
        known = [self.judge.setting.lexicon.words[k] for k in numbers[0] if k < self.judge.meter.unknown]
        return place, known, len(known) / max(1, int((numbers != self.judge.meter.none).sum()))

    def examples(self) -> Sequence[Example]:
        task = Rewriting(("so",), (2, 1, 1))
        right = (
            "therefore so",
            "SO Therefore.",
            " thus\nwhatever ",
            "besides, hence",
            "pursuant get",
            "deem somehow",
            "(so therefore)",
            "get\tmoreover\n",
        )
        wrong = (
            "", "so", "so so", "therefore moreover", "thus get", "therefore", "so what", "besides get", "thereforeso",
            "\uff53o therefore", "\\u{73}o therefore", "therefore " * 900,
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        words = (*self.judge.setting.lexicon.words, ">", *map(str, range(17)))
        return tuple(f"{w} " for w in words) if self.brief else super().vocabulary()

    def card(self) -> Card:
        return Card(
            summary="Rewrite a text: some attributes should change as asked, the others stay.",
            observation={"transcript": "the text; words, long words and formal words that are asked for"},
            action={"said": f"1..{self.length} words with spaces between them"},
            reward="1 - (distance of the attributes from those asked for) / sqrt 3, times the part of words known",
            info={
                "error": "steering error: distance of the attributes from those asked for, 0..sqrt 3",
                "calibration": "miscalibration: how far too little or too much, in lengths of the request",
                "side": "side effects: the part of the move that is across the request, 0..1",
                "overlap": "words of the source that were kept, 0..1",
                "source": "[3] words / largest number, long words / words, formal words / words, of the source",
                "goal": "[3] of what is asked for",
                "attributes": "[3] of what was said",
                **self.told(),
            },
            optimal_return=1.0,
            source="Chang, Dredze, Wiens et al., A Course Correction in Steerability Evaluation, 2025",
        )


def steering(source: np.ndarray, goal: np.ndarray, output: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steering error, miscalibration and orthogonality [...] of outputs [..., D] for requests from source to goal.

    Args:
        source: [..., D] where the texts were.
        goal: [..., D] where they should go, elsewhere.
        output: [..., D] where they went.
    """
    asked, move, miss = goal - source, output - source, output - goal
    size = _norm(asked)
    along = (move * asked).sum(-1) / size
    across = _norm(move - (along / size)[..., None] * asked)
    moved = _norm(move)
    side = np.where(moved > 0, across / np.where(moved > 0, moved, 1.0), 0.0)
    return _norm(miss), np.abs((miss * asked).sum(-1)) / size**2, np.minimum(side, 1.0)


def _norm(x: np.ndarray) -> np.ndarray:
    return np.sqrt((x * x).sum(-1))
