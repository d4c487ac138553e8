"""Instructions with one decisive slot: change one word and the right answer is another, change a synonym and it is not.

    y*(x) = f_slot(words),    slot ∈ {copy the k-th, first k, last k, reverse, sort up, sort down}

Instructions that are close in words have different answers, which is what shows whether a reward model reads the
instruction. The neighbours of a prompt, one slot changed and everything else kept, can be listed.

Source: Shen, Chen, Song, Jin, Peng, Mi, Khashabi, Yu, "The Trickle-down Impact of Reward (In-)consistency on RLHF",
2023, Section 3 (contrast instructions).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.world import Card

SLOTS = ("copy", "first", "last", "reverse", "up", "down")
NUMBERED = ("copy", "first", "last")
WORDS = (
    "ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "jay", "kid", "owl", "pig", "ram", "sow", "yak", "asp",
    "bat", "cow", "doe", "eel",
)  # fmt: skip
VERBS = {"copy": ("copy", "repeat", "say"), "order": ("sort", "order", "arrange"), "turn": ("reverse", "flip", "turn")}
ENDS = {"up": ("up", "ascending"), "down": ("down", "descending")}
LISTS = ("words", "items", "list")
ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th")


@dataclass(frozen=True)
class Instruction:
    """An instruction.

    Attributes:
        slot: what is to be done, one of SLOTS.
        number: of the word that is copied, or of words from an end, from 1; 0 where the slot has none.
        words: what it is done to.
        wording: which synonyms it is said in: of the verb, of the end, of the list.
    """

    slot: str
    number: int
    words: tuple[str, ...]
    wording: tuple[int, int, int] = (0, 0, 0)

    def answer(self) -> tuple[str, ...]:
        """The words of the right answer."""
        w, k = self.words, self.number
        if self.slot == "copy":
            return (w[k - 1],)
        if self.slot in ("first", "last"):
            return w[:k] if self.slot == "first" else w[len(w) - k :]
        return tuple(reversed(w)) if self.slot == "reverse" else tuple(sorted(w, reverse=self.slot == "down"))

    def asked(self) -> str:
        """The instruction in words."""
        verb, end, of = self.wording
        things = f"the {LISTS[of]}"
        if self.slot in ("up", "down"):
            return f"{VERBS['order'][verb]} {things} {ENDS[self.slot][end]}"
        if self.slot == "reverse":
            return f"{VERBS['turn'][verb]} {things}"
        which = ORDINALS[self.number - 1] if self.slot == "copy" else f"{self.slot} {self.number}"
        return f"{VERBS['copy'][verb]} the {which} of {things}"


@dataclass
class SlotPrompt(Dialogue):
    """Do what the instruction says to a list of words.

    Args:
        length: words of the list, 2..8.
        slots: which instructions there are, some of "copy", "first", "last", "reverse", "up" and "down".
        synonyms: whether function words are varied, in three wordings each.
        partial: paid for an answer that is wrong: this, times the part of its places that are right, 0..1.

    Raises:
        BadOption: for values outside these ranges.
    """

    length: int = 4
    slots: Sequence[str] = SLOTS
    synonyms: bool = True
    partial: float = 0.0

    columns = {"slot": "", "places": 0.0, "words": 0}

    def __post_init__(self) -> None:
        if not 2 <= self.length <= 8:
            raise BadOption(f"length={self.length!r}", where="SlotPrompt", expected="2..8")
        if not self.slots or set(self.slots) - set(SLOTS) or len(set(self.slots)) != len(self.slots):
            raise BadOption(f"slots={self.slots!r}", where="SlotPrompt", expected=f"some of {SLOTS}")
        if not 0 <= self.partial <= 1:
            raise BadOption(f"partial={self.partial!r}", where="SlotPrompt", expected="0..1")
        self.said = 8 * self.length + 20
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Instruction:
        slot = self.slots[int(rng.integers(len(self.slots)))]
        words = tuple(WORDS[k] for k in rng.choice(len(WORDS), size=self.length, replace=False))
        number = int(rng.integers(1, self.length + (slot == "copy"))) if slot in NUMBERED else 0
        wording = tuple(int(k) for k in rng.integers((3, 2, 3))) if self.synonyms else (0, 0, 0)
        return Instruction(slot, number, words, wording)  # type: ignore[arg-type]

    def key(self, task: Instruction) -> str:
        return task.asked() + ": " + " ".join(task.words)

    def prompt(self, task: Instruction) -> str:
        words = " ".join(task.words)
        if self.brief:
            return f"{task.asked()} : {words} "
        return f"Here are words: {words}. Please {task.asked()}. Answer with the words alone, with spaces between them."

    def hear(self, task: Instruction, memory: None, said: str, rng: np.random.Generator) -> Heard:
        words, due = _words(said), task.answer()
        right = words == due
        places = sum(a == b for a, b in zip(words, due, strict=False)) / max(len(words), len(due))
        columns = {"slot": task.slot, "places": places, "words": len(words)}
        parts = {"outcome": 1.0 if right else self.partial * places}
        return Heard("", parts if words else {}, True, right, None, bool(words), columns)

    def check(self, said: str, task: Instruction) -> bool:
        """Are these the words of the answer, in its order, and no others?"""
        return _words(said) == task.answer()

    def expert(self, task: Instruction, memory: None, rng: np.random.Generator) -> str:
        return "".join(f"{word} " for word in task.answer())

    def neighbours(self, task: Instruction) -> list[Instruction]:
        """The same with the slot or its number changed, where the answer is another one; the closest in words first."""
        n = len(task.words)
        found = []
        for slot in self.slots:
            numbers = range(1, n + (slot == "copy")) if slot in NUMBERED else (0,)
            found += [replace(task, slot=slot, number=k) for k in numbers]
        here = set(task.asked().split())
        return sorted(
            (x for x in found if x.answer() != task.answer()),
            key=lambda x: len(here.symmetric_difference(x.asked().split())),
        )

    def rewordings(self, task: Instruction) -> list[Instruction]:
        """The same instruction in all other wordings; the answer is the same."""
        found: dict[str, Instruction] = {}
        for verb, end, of in np.ndindex(3, 2, 3):
            x = replace(task, wording=(verb, end, of))
            found.setdefault(x.asked(), x)
        found.pop(task.asked())
        return list(found.values())

    def examples(self) -> Sequence[Example]:
        words = ("cow", "ant", "elk", "bee")
        up, copy = Instruction("up", 0, words), Instruction("copy", 2, words)
        right = (
            "ant bee cow elk",
            "ANT Bee cow elk",
            " ant\nbee\tcow  elk ",
            "ant, bee, cow, elk.",
            '"ant bee cow elk"',
            "ant bee\n\ncow elk !",
        )
        wrong = (
            "", "ant", "elk cow bee ant", "cow ant elk bee", "ant bee cow", "ant bee cow elk elk", "antbeecowelk",
            "\uff41nt bee cow elk", "ant bee cow elk 4", "\\u{61}nt bee cow elk", "ant " * 2000,
            "sorted: ant bee cow elk",
        )  # fmt: skip
        return [
            *(Example(s, up, True) for s in right), *(Example(s, up, False) for s in wrong),
            *(Example(s, copy, s[:3] == "ant") for s in ("ant", "ant.", "cow", "2")),
        ]  # fmt: skip

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        said = [*WORDS, *ORDINALS, *(w for x in (VERBS, ENDS) for of in x.values() for w in of), *LISTS]
        said += ["the", "of", "first", "last", ":", *"1234567"]
        return tuple(f"{word} " for word in dict.fromkeys(said))

    def card(self) -> Card:
        return Card(
            summary="Do to a list of words what an instruction says in which one slot decides.",
            observation={"transcript": "the instruction and the words"},
            action={"said": f"words with spaces between them, up to {self.said} characters"},
            reward="1 for exactly the right words in order"
            + (f", else up to {self.partial:g} by the places that are right" if self.partial else ""),
            info={
                "slot": "what was to be done",
                "places": "places of the answer that are right, of the longer of it and what was said, 0..1",
                "words": "words that were said",
                **self.told(),
            },
            optimal_return=1.0,
            source="Shen, Chen, Song et al., The Trickle-down Impact of Reward (In-)consistency on RLHF, 2023",
        )


def _words(said: str) -> tuple[str, ...]:
    return tuple(w for w in (x.strip(".,;:!?\"'()") for x in unescaped(said).lower().split()) if w)
