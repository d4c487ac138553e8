"""Styles that beat each other in a circle: write a text that a judge prefers to another one.

    P(y ≻ y') = 1/2 + c[style(y), style(y')],    c[1, 2] = a, c[2, 3] = b, c[3, 1] = c,    c antisymmetric

No reward explains such a judge: every style loses to another. What cannot be beaten is the mixture (b, c, a) / (a + b +
c) of the three styles. The style of a text is the class most of its words are of; a text without style loses to all.

Source: Munos, Valko, Calandriello et al., "Nash Learning from Human Feedback", ICML 2024 (preferences without a reward,
and their equilibrium).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_judge import Judge
from rewardlab.envs.text.attribute_setting import Kind, Setting
from rewardlab.envs.text.attributes import Attribute, Lexicon
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.world import Card

STYLES = ("polite", "formal", "merry")
WORDS = {"polite": "please thanks", "formal": "hence therefore", "merry": "yay wow", "": "the sun"}


@dataclass(frozen=True)
class Rival:
    """The text that one is compared with.

    Attributes:
        said: its words.
        style: the number of its style, 0..2, or 3 for none.
    """

    said: tuple[str, ...]
    style: int


@dataclass
class AttributeDuel(Dialogue):
    """Write a text that is preferred to a rival's.

    Args:
        length: the largest number of words, 1..12.
        least: the smallest, 1..length.
        strengths: by how much the first style beats the second, the second the third, and the third the first, each
            above 0 and up to 1/2.
        plain: by how much each style beats a text without one, 0..1/2.
        rivals: how often a rival is of each style, relative to each other; each above 0.
        hidden: whether the rival's text is kept from the prompt.
        expected: pay how often one is preferred in place of a verdict that is drawn.

    Raises:
        BadOption: for values outside these ranges.
    """

    length: int = 6
    least: int = 1
    strengths: Sequence[float] = (0.4, 0.4, 0.4)
    plain: float = 0.45
    rivals: Sequence[float] = (1.0, 1.0, 1.0)
    hidden: bool = False
    expected: bool = False

    columns = {"style": 3, "rival_style": 3, "preference": 0.0, "won": False}

    def __post_init__(self) -> None:
        where = "AttributeDuel"
        for name, low, high in (("length", 1, 12), ("least", 1, self.length), ("plain", 0, 0.5)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"{low}..{high}")
        for name, most in (("strengths", 0.5), ("rivals", 1e9)):
            values = list(getattr(self, name))
            if len(values) != 3 or not all(0 < v <= most for v in values):
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"three above 0, to {most:g}")
        attributes = tuple(Attribute(c, "count", c) for c in STYLES)
        setting = Setting(Lexicon.of(WORDS), attributes, (Kind("write", {}),), length=self.length, least=self.least)
        self.judge = Judge(setting)
        self._chances = np.cumsum(self.rivals) / sum(self.rivals)
        self.said = 12 * self.length
        super().__post_init__()

    @property
    def matrix(self) -> np.ndarray:
        """[4, 4] how often a text of the first style is preferred to one of the second; the last is no style."""
        a, b, c = self.strengths
        gain = np.array([
            [0, a, -c, self.plain], [-a, 0, b, self.plain], [c, -b, 0, self.plain],
            [-self.plain, -self.plain, -self.plain, 0],
        ])  # fmt: skip
        return 0.5 + gain

    @property
    def equilibrium(self) -> np.ndarray:
        """[4] the mixture of styles that no text is preferred to."""
        a, b, c = self.strengths
        return np.array([b, c, a, 0.0]) / (a + b + c)

    def styles(self, said: Sequence[str]) -> np.ndarray:
        """[B] the style of any texts: the class with more words than each other, 3 where there is none."""
        counts = self.judge.meter.measure(
            np.concatenate([self.judge.read(text)[0] for text in said]), self.judge.meter.among(())
        )
        ordered = np.sort(counts, axis=1)
        return np.where(ordered[:, -1] > ordered[:, -2], counts.argmax(1), 3)

    def preferences(self, said: Sequence[str], others: Sequence[str]) -> np.ndarray:
        """[B, B'] how often each of these texts is preferred to each of the others."""
        return self.matrix[np.ix_(self.styles(said), self.styles(others))]

    def task(self, rng: np.random.Generator) -> Rival:
        wanted = int(np.searchsorted(self._chances, rng.random(), side="right"))
        while True:
            said = self.judge.spoken(self.judge.written(rng, 8))
            for text, style in zip(said, self.styles(said), strict=True):
                if style == wanted:
                    return Rival(tuple(text.split()), wanted)

    def prompt(self, task: Rival) -> str:
        said = "" if self.hidden else "".join(f"{w} " for w in task.said)
        if self.brief:
            return said or "? "
        than = "that is better than another one" if self.hidden else f"that is better than this one: {said.strip()}"
        size = f"{self.least} to {self.length}"
        return f"Write a text of {size} words {than}. The words are: {' '.join(self.judge.setting.lexicon.words)}"

    def hear(self, task: Rival, memory: None, said: str, rng: np.random.Generator) -> Heard:
        understood = self.judge.read(said)[1]
        lucky = rng.random()
        if not understood:
            return Heard("", {}, True, False, None, False, {"rival_style": task.style})
        style = int(self.styles([said])[0])
        chance = float(self.matrix[style, task.style])
        columns = {"style": style, "rival_style": task.style, "preference": chance, "won": lucky < chance}
        parts = {"outcome": chance if self.expected else float(lucky < chance)}
        return Heard("", parts, True, chance > 0.5, None, True, columns)

    def check(self, said: str, task: Rival) -> bool:
        """Is this text preferred to the rival's more often than not?"""
        return self.judge.read(said)[1] and self.matrix[self.styles([said])[0], task.style] > 0.5

    def expert(self, task: Rival, memory: None, rng: np.random.Generator) -> str:
        best = int(self.matrix[:, task.style].argmax())
        return f"{WORDS[STYLES[best]].split()[0]} " * max(self.least, 1)

    def examples(self) -> Sequence[Example]:
        task = Rival(("hence",), 1)
        word, longest = "please ", " ".join(["please"] * self.length)
        right = (
            word * self.least,
            word.upper() * self.least,
            longest,
            longest.replace(" ", "\n"),
            f"{longest}!",
            longest + " hence",
            word.title() * self.least,
            "(" + word * self.least + ")",
        )
        wrong = (
            "", "what", "yay " * self.least, "hence " * self.least, "sun " * self.least, "pleaseplease", "9" * 5000,
            "\uff50lease", "yay " * 3000, "\\u{70}lease",
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        words = (*self.judge.setting.lexicon.words, "?")
        return tuple(f"{w} " for w in words) if self.brief else super().vocabulary()

    def card(self) -> Card:
        a, b, c = self.strengths
        return Card(
            summary="Write a text in the style that beats another's; three styles beat each other in a circle.",
            observation={"transcript": "nothing but the question" if self.hidden else "the text of the rival"},
            action={"said": f"{self.least}..{self.length} words with spaces between them"},
            reward=(
                "How often it is preferred" if self.expected else "1 if it is preferred, by a verdict that is drawn"
            )
            + f"; polite beats formal by {a:g}, formal merry by {b:g}, merry polite by {c:g} above 1/2.",
            info={
                "style": "number of the style of the text: 0 polite, 1 formal, 2 merry, 3 none",
                "rival_style": "of the rival's",
                "preference": "how often the text is preferred to the rival's, 0..1",
                "won": "True if it was",
                **self.told(),
            },
            optimal_return=None,
            source="Munos, Valko, Calandriello et al., Nash Learning from Human Feedback, ICML 2024",
        )
