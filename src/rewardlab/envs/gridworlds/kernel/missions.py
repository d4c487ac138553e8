"""Missions as word ids: numbers for agents, and back to the text without loss."""

from collections.abc import Iterable

import numpy as np

from rewardlab.core.errors import BadOption

BABY_WORDS = (
    ",", "a", "after", "and", "ball", "behind", "blue", "box", "door", "front", "go", "green", "grey", "in", "key",
    "left", "next", "object", "of", "on", "open", "pick", "purple", "put", "red", "right", "the", "then", "to", "up",
    "yellow", "you", "your",
)  # fmt: skip
"""All that instructions of the baby language are made of."""
_KEPT = 4096  # missions that are remembered: instructions can be drawn without end


class Missions:
    """A vocabulary, and missions of at most M of its words.

    Args:
        words: the vocabulary; ids count from 1 in sorted order, 0 stands for no word.
        length: M, at least 1.
    """

    def __init__(self, words: Iterable[str], length: int) -> None:
        self.vocabulary = sorted(set(words))
        self.length = max(length, 1)
        self._number = {word: i for i, word in enumerate(self.vocabulary, start=1)}
        self._texts: dict[bytes, str] = {}
        self._rows: dict[str, np.ndarray] = {}

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Missions":
        """The vocabulary of these texts, with room for the longest."""
        split = [_split(text) for text in texts]
        return cls((word for words in split for word in words), max(map(len, split)))

    def row(self, text: str) -> np.ndarray:
        """The ids [M] int64 of a text.

        Raises:
            BadOption: for a word that is not in the vocabulary, or too many of them.
        """
        if text not in self._rows:
            words = _split(text)
            strange = [word for word in words if word not in self._number]
            if strange or len(words) > self.length:
                raise BadOption(
                    f"mission {text!r} has {len(words)} words" + (f", among them {strange}" if strange else ""),
                    where="Missions",
                    expected=f"at most {self.length} of {len(self.vocabulary)} known words",
                )
            row = np.zeros(self.length, dtype=np.int64)
            row[: len(words)] = [self._number[word] for word in words]
            if len(self._rows) >= _KEPT:
                self._rows.clear()
            self._rows[text] = row
        return self._rows[text]

    def text(self, row: np.ndarray) -> str:
        """The text of a row [M] of ids: the inverse of `row`."""
        key = row.tobytes()
        if key not in self._texts:
            words = [self.vocabulary[i - 1] for i in row if i]
            if len(self._texts) >= _KEPT:
                self._texts.clear()
            self._texts[key] = " ".join(words).replace(" ,", ",")
        return self._texts[key]


def _split(text: str) -> list[str]:
    return text.replace(",", " ,").split(" ")
