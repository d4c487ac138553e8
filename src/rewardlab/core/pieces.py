"""Text as pieces of a vocabulary: at each place the longest piece that fits, else one unknown per character.

    text = w_1 w_2 …,    w_i the longest piece that fits there

Text made of pieces comes back as it was.

Source: Song, Salcianu, Song, Dopson, Zhou, "Fast WordPiece Tokenization", EMNLP 2021, Section 2 (longest match first).
"""

import re
from collections.abc import Sequence


class Longest:
    """Reads text by the longest pieces.

    Args:
        pieces: none empty, in the order of their ids; none at all makes every character unknown.
        first: the id of the first piece.
        unknown: the id of a character that belongs to no piece.
    """

    def __init__(self, pieces: Sequence[str], *, first: int, unknown: int) -> None:
        self.unknown = unknown
        self._id = {piece: first + k for k, piece in enumerate(pieces)}
        longest_first = sorted(pieces, key=len, reverse=True)
        self._piece = re.compile("|".join([*map(re.escape, longest_first), "."]), re.DOTALL)

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        return [self._id.get(piece, self.unknown) for piece in self._piece.findall(text)]
