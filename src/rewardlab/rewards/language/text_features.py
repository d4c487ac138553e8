"""Features of short texts: hashed n-grams of words and letters, so that paraphrases look alike and nothing is learned.

    φ(c) = x / ‖x‖,    x_j = Σ_g ± √(times of g in c) 1[hash(g) = j]    over the different n-grams g of c

In a text of several lines, a line `label: words` has n-grams of its own: "before: a key" and "after: a key" differ.

Source: Weinberger, Dasgupta, Langford, Smola, Attenberg, "Feature Hashing for Large Scale Multitask Learning", ICML
2009, Definition 1 (the signed hash).
"""

import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from rewardlab.core.errors import BadOption

_WORD = re.compile(r"\w+|[^\w\s]")


def hashed_ngrams(texts: Sequence[str], width: int = 1024, *, words: int = 2, letters: int = 4) -> np.ndarray:
    """Features [B, width] float32 of texts, each of length 1; an empty text is all 0.

    Args:
        texts: [B]; case and the amount of space do not matter.
        width: D, > 1.
        words: the longest run of words that is a feature, >= 0.
        letters: the length of runs of letters within a word that are features, beside the word itself; 0 for none.

    Raises:
        BadOption: for a width below 2.
    """
    if width < 2:
        raise BadOption(f"width={width!r}", where="hashed_ngrams", expected="at least 2")
    out = np.zeros((len(texts), width), dtype=np.float32)
    for row, text in zip(out, texts, strict=True):
        for place, sign in _grams(text, width, words, letters):
            row[place] += sign
    norm = np.linalg.norm(out, axis=1, keepdims=True)
    return out / np.where(norm > 0, norm, 1)


@lru_cache(maxsize=16384)
def _grams(text: str, width: int, words: int, letters: int) -> tuple[tuple[int, float], ...]:
    lines, count = text.lower().splitlines(), Counter[str]()
    for line in lines:
        label, split, rest = line.partition(": ") if len(lines) > 1 else ("", "", line)
        before = f"{label}:" if split else ""
        told = _WORD.findall(rest if split else line)
        count.update(
            f"{before}{' '.join(told[i : i + n])}" for n in range(1, words + 1) for i in range(len(told) - n + 1)
        )
        for word in told if letters else ():
            padded = f"<{word}>" if word[0].isalnum() else ""
            count.update(f"{before}#{padded[i : i + letters]}" for i in range(len(padded) - letters + 1))
    codes = ((zlib.crc32(gram.encode("utf-8", "surrogatepass")), times) for gram, times in count.items())
    return tuple((code % width, math.sqrt(times) * (1.0 if code >> 31 else -1.0)) for code, times in codes)
