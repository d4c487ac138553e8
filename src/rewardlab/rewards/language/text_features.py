"""Features of short texts: hashed n-grams of words and letters, so that paraphrases look alike and nothing is learned.

    φ(c) = x / ‖x‖,    x_j = Σ_g ± 1[hash(g) = j]    over the n-grams g of c

Source: Weinberger, Dasgupta, Langford, Smola, Attenberg, "Feature Hashing for Large Scale Multitask Learning", ICML
2009, Definition 1 (the signed hash).
"""

import re
import zlib
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
    told = _WORD.findall(text.lower())
    grams = [" ".join(told[i : i + n]) for n in range(1, words + 1) for i in range(len(told) - n + 1)]
    if letters:
        padded = [f"<{word}>" for word in told if word[0].isalnum()]
        grams += [f"#{w[i : i + letters]}" for w in padded for i in range(len(w) - letters + 1)]
    codes = [zlib.crc32(g.encode("utf-8", "surrogatepass")) for g in grams]
    return tuple((code % width, 1.0 if code >> 31 else -1.0) for code in codes)
