"""Verdicts: what a line of a judge says of candidates A, B, C ... or of a single one.

A verdict is a tuple of numbers: (best,), or all of them with the best first; of a single candidate (0,) for right and
() for wrong.
"""

import re

NAMES = "ABCDE"
Verdict = tuple[int, ...]
_BEST = re.compile(r"\s*(?:verdict\s*:?)?\s*(?:\[\[)?\s*([a-e]|right|wrong)\s*(?:\]\])?\s*\.?\s*", re.IGNORECASE)
_RANKING = re.compile(r"\s*(?:ranking\s*:?)?\s*([a-e](?:\s*>\s*[a-e])+)\s*\.?\s*", re.IGNORECASE)
_SCORE = r"[a-e]\s*[=:]\s*-?[0-9]{1,6}"
_SCORES = re.compile(rf"\s*(?:scores\s*:?)?\s*({_SCORE}(?:[\s,]+{_SCORE})*)\s*\.?\s*", re.IGNORECASE)


def read(line: str, count: int, form: str) -> Verdict | None:
    """The verdict of a line, None if it is none.

    Args:
        line: such as "verdict: B", "B > A", "scores: A=3 B=5" or "wrong".
        count: of candidates.
        form: "verdict" asks for the best one, "ranking" for all in order.
    """
    if found := _BEST.fullmatch(line):
        word = found[1].lower()
        if count == 1:
            return {"right": (0,), "wrong": ()}.get(word)
        best = "abcde".find(word) if len(word) == 1 else -1
        return (best,) if form == "verdict" and 0 <= best < count else None
    if count == 1:
        return None
    ranked = scored(line, count)
    if ranked is None and (found := _RANKING.fullmatch(line)):
        ranked = tuple("abcde".index(c) for c in re.findall("[a-e]", found[1].lower()))
        if sorted(ranked) != list(range(count)):
            return None
    return due(ranked, form) if ranked else None


def scored(line: str, count: int) -> Verdict | None:
    """The ranking that a line of scores means; None if it is none, or leaves a tie."""
    found = _SCORES.fullmatch(line)
    if not found:
        return None
    scores = {a.lower(): int(x) for a, x in re.findall(r"([A-Ea-e])\s*[=:]\s*(-?[0-9]+)", found[1])}
    if sorted(scores) != list("abcde"[:count]) or len(set(scores.values())) < len(scores):
        return None
    return tuple(sorted(range(count), key=lambda k: -scores["abcde"[k]]))


def due(ranked: Verdict, form: str) -> Verdict:
    """What a form asks for of a whole ranking."""
    return ranked if form == "ranking" else ranked[:1]


def named(verdict: Verdict, count: int) -> str:
    """A verdict as one writes it."""
    if count == 1:
        return "right" if verdict else "wrong"
    return ">".join(NAMES[k] for k in verdict)
