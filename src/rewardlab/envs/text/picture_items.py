"""Questions about pictures: the kinds that there are, drawn at random, with their answers.

    the right option of a choice stands at A with chance q, elsewhere with (1 − q)/3 each

Pictures are rows of letters with "/" between them; all answers are known by construction.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.envs.text import captions
from rewardlab.envs.text.scenes import COLOURS, ORDINALS, PLACES, RELATIONS, SHAPES, scene

KINDS = ("most", "verify", "count", "boxes", "describe")
LETTERS = "ABCD"
INK = dict(zip(COLOURS, "rgbywpoc", strict=True))


@dataclass(frozen=True)
class Item:
    """A picture with a question.

    Attributes:
        kind: a word of KINDS.
        picture: rows of letters with "/" between them.
        about: what is asked, in few words.
        options: of a choice, in order; else empty.
        answer: the right letter, "yes" or "no", a number, boxes, or a true description.
    """

    kind: str
    picture: str
    about: str
    options: tuple[str, ...]
    answer: Any

    def shuffled(self, order: Sequence[int]) -> "Item":
        """The same question with option order[k] at place k."""
        options = tuple(self.options[k] for k in order)
        gold = self.options[LETTERS.index(self.answer)]
        return dataclasses.replace(self, options=options, answer=LETTERS[options.index(gold)])


def most(rng: np.random.Generator, size: int, values: int, at_first: float) -> Item:
    """Every cell has one of four colours, one of which has the most cells."""
    colours = [COLOURS[k] for k in rng.choice(values, size=4, replace=False).tolist()]
    while True:
        cells = rng.integers(4, size=(size, size))
        counts = np.bincount(cells.ravel(), minlength=4)
        if (counts == counts.max()).sum() == 1:
            break
    gold, others = colours[int(counts.argmax())], [c for k, c in enumerate(colours) if k != counts.argmax()]
    others = [others[k] for k in rng.permutation(3).tolist()]
    at = 0 if rng.random() < at_first else int(rng.integers(1, 4))
    options = (*others[:at], gold, *others[at:])
    picture = "/".join("".join(INK[colours[k]] for k in row) for row in cells.tolist())
    return Item("most", picture, "most", options, LETTERS[at])


def verify(rng: np.random.Generator, size: int, things: int, values: int) -> Item:
    """A sentence about the scene that is true in half of the cases."""
    drawn = scene(rng, size, things, values)
    k, true = int(rng.integers(len(drawn.things))), bool(rng.random() < 0.5)
    if len(drawn.things) > 1 and rng.random() < 0.5:
        other = int((k + rng.integers(1, len(drawn.things))) % len(drawn.things))
        fitting = [r for r in RELATIONS if drawn.related(k, r, other) == true]
        about = f"{ORDINALS[k]} {fitting[int(rng.integers(len(fitting)))]} {ORDINALS[other]}"
    else:
        aspect = captions.ASPECTS[int(rng.integers(3))]
        word = drawn.things[k].aspects(size)[aspect]
        names = {"shape": SHAPES[:values], "colour": COLOURS[:values], "place": PLACES}[aspect]
        wrong = [w for w in names if w != word]
        about = f"{ORDINALS[k]} {word if true else wrong[int(rng.integers(len(wrong)))]}"
    return Item("verify", drawn.picture(), about, (), "yes" if true else "no")


def count(rng: np.random.Generator, size: int, things: int, values: int) -> Item:
    """How many of a few objects have a colour."""
    drawn = scene(rng, size, int(rng.integers(1, things + 1)), values)
    colour = COLOURS[int(rng.integers(values))]
    return Item("count", drawn.picture(), colour, (), sum(t.colour == colour for t in drawn.things))


def rectangles(rng: np.random.Generator, size: int, things: int, values: int) -> Item:
    """Rectangles that do not touch: some of the colour, perhaps none, and some of others."""
    target, *others = (COLOURS[k] for k in rng.permutation(values).tolist())
    wanted = int(rng.integers(things + 1)) if rng.random() < 0.2 else int(rng.integers(1, things + 1))
    free, placed = np.ones((size, size), dtype=bool), []
    for k in range(wanted + 2):
        for _ in range(20):
            height, width = (int(x) for x in rng.integers(1, 1 + size // 3, size=2))
            top, left = int(rng.integers(size - height + 1)), int(rng.integers(size - width + 1))
            around = np.s_[max(top - 1, 0) : top + height + 1, max(left - 1, 0) : left + width + 1]
            if free[around].all():
                free[top : top + height, left : left + width] = False
                colour = target if k < wanted else others[int(rng.integers(len(others)))]
                placed.append((colour, (top, left, top + height - 1, left + width - 1)))
                break
    cells = [["."] * size for _ in range(size)]
    for colour, (top, left, bottom, right) in placed:
        for row in range(top, bottom + 1):
            cells[row][left : right + 1] = [INK[colour]] * (right - left + 1)
    true = tuple(sorted(box for colour, box in placed if colour == target))
    return Item("boxes", "/".join(map("".join, cells)), target, (), true)


def describe(rng: np.random.Generator, size: int, things: int, values: int) -> Item:
    """A few objects and a true description of them."""
    drawn = scene(rng, size, int(rng.integers(1, things + 1)), values)
    return Item("describe", drawn.picture(), "describe", (), captions.reference(drawn))


NEVER = ("", "answer", "answer:", "yes", "answer: \\u{31}", "answer: maybe", "x" * 5000, "answer: B\nso it is")
EXAMPLES: dict[str, tuple[tuple[str, ...], Any, tuple[str, ...], tuple[str, ...]]] = {
    "most": (
        ("red", "blue", "pink", "green"), "B",
        ("answer: B", "Answer: b.", "red 4\nblue 6\nanswer:B", " answer : B \n\n"),
        ("answer: A", "answer: blue", "answer: B C", "answer: (B)", "B", "answer: \u0412", "answer: 2"),
    ),
    "verify": (
        (), "yes", ("answer: yes", "ANSWER: Yes.", "look\nanswer: yes", "answer:yes"),
        ("answer: no", "answer: y", "answer: yes no", "answer: yes!", "answer: true"),
    ),
    "count": (
        (), 3, ("answer: 3", "answer: 03", "1 2 3\nAnswer: 3."),
        ("answer: 2", "answer: -3", "answer: three", "answer: 3.5", "answer: \uff13", "answer: 3 3", "answer: 3e0"),
    ),
    "boxes": (
        (), ((0, 0, 1, 2), (4, 4, 5, 7)),
        ("answer: 0 0 1 2; 4 4 5 7", "answer: 4 4 5 7;0 0 1 2.", "here\nanswer: 0  0 1 2 ; 4 4 5 7"),
        ("answer: 0 0 1 2", "answer: none", "answer: 0 0 1 2; 4 4 5 6", "answer: 0 0 1 2; 4 4 5 7; 0 0 1 2",
         "answer: 0 0 1 2 4 4 5 7", "answer: 1 2 0 0; 4 4 5 7", "answer: 0 0 1 99; 4 4 5 7",
         "answer: ;", "answer: 0,0,1,2"),
    ),
    "describe": (
        (), "first red circle top-left.",
        ("answer: first red circle top-left.", "answer: first top-left circle, RED",
         "so\nanswer: first circle red top-left"),
        ("answer: first red circle", "answer: first red circle top-left star", "first red circle top-left",
         "answer: ."),
    ),
}  # fmt: skip
"""kind -> options, answer, what is right, what is wrong."""
