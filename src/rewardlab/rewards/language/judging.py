"""Judges of texts: plain batched functions from items to labels, and what is put around them.

An item is what is judged together: one caption, a pair of captions, a sub-goal and a transition in words. A label lies
in 0..1; NaN says that there is none. A language model, a rule, a trained classifier and a person are judges alike.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.core.database import Database
from rewardlab.core.errors import BadOption, OracleFailed

Item = tuple[str, ...]
"""Texts that are judged together."""
Judge = Callable[[Sequence[Item]], np.ndarray]
"""Items [B] to labels [B] in 0..1; NaN where there is none."""


def verdicts(judge: Judge, items: Sequence[Item]) -> np.ndarray:
    """The labels [B] float64 of some items.

    Raises:
        OracleFailed: if the judge gave anything else than one label in 0..1, or NaN, for each item.
    """
    if not items:
        return np.zeros(0)
    given = np.asarray(judge(items), dtype=np.float64)
    if given.shape != (len(items),):
        raise OracleFailed(
            f"labels of shape {given.shape} to {len(items)} items",
            where=_name(judge),
            expected="one label for each item, in order",
        )
    wrong = given[(given < 0) | (given > 1)]
    if len(wrong):
        raise OracleFailed(f"a label of {wrong[0]:g}", where=_name(judge), expected="0..1, or NaN for none")
    return given


def digest(item: Item) -> str:
    """An item as 64 hexadecimal digits: the key of caches and of noise."""
    parts = [text.encode("utf-8", "surrogatepass") for text in item]
    return hashlib.sha256(b"".join(len(p).to_bytes(8, "little") + p for p in parts)).hexdigest()


def packed(items: Iterable[Item]) -> np.ndarray:
    """Items as the bytes of their JSON, [L] uint8: what a checkpoint keeps."""
    return np.frombuffer(json.dumps([list(item) for item in items]).encode(), dtype=np.uint8).copy()


def unpacked(held: Any) -> list[Item]:
    """What `packed` was given.

    Raises:
        ValueError: if it is anything else.
    """
    return [tuple(str(text) for text in item) for item in json.loads(np.asarray(held, dtype=np.uint8).tobytes())]


def chance(seed: int, item: Item) -> float:
    """A number in [0, 1) that is uniform over items, and the same whenever an item is asked for."""
    return int(digest((str(seed), *item))[:13], 16) / 16**13


@dataclass
class NoisyJudge:
    """A judge that errs: a label below ½ becomes 1 with probability e0, one above ½ becomes 0 with probability e1.

    Whether it errs belongs to the item: asked again it says the same, as a cached judge would. Of pairs, where 1 says
    that the first is better, an error takes the other side; ties are left as they are.

    Args:
        judge: what is right.
        e0: rate of false positives, in [0, 1].
        e1: rate of false negatives, in [0, 1].
        seed: of the errors.

    Raises:
        BadOption: for rates outside [0, 1].
    """

    judge: Judge
    e0: float = 0.0
    e1: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("e0", "e1"):
            rate = getattr(self, name)
            if not 0 <= rate <= 1:
                raise BadOption(f"{name}={rate!r}", where="NoisyJudge", expected="a probability in [0, 1]")

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        """Labels [B]."""
        right = verdicts(self.judge, items)
        draw = np.array([chance(self.seed, item) for item in items])
        return np.where(
            right < 0.5, np.where(draw < self.e0, 1.0, right), np.where((right > 0.5) & (draw < self.e1), 0.0, right)
        )


@dataclass
class ScoreJudge:
    """A judge by a score: a text is helpful if it scores above 0, of a pair that one is better that scores higher.

    Args:
        score: text -> number; or a table text -> number, in which others score 0.
    """

    score: Callable[[str], float] | Mapping[str, float]

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        """Labels [B]."""
        return np.array([self._label(*item) for item in items], dtype=np.float64)

    def _label(self, first: str, second: str | None = None) -> float:
        of = self.score if callable(self.score) else lambda text: self.score.get(text, 0.0)  # type: ignore[union-attr]
        if second is None:
            return float(of(first) > 0)
        gap = of(first) - of(second)
        return 0.5 + 0.5 * (math.copysign(1.0, gap) if gap else 0.0)


_TABLES = (
    "CREATE TABLE labels (judge TEXT NOT NULL, item TEXT NOT NULL, label REAL NOT NULL, PRIMARY KEY (judge, item))",
)


@dataclass
class KeptJudge:
    """A judge whose labels are kept in a file that several processes may share; each item is asked once.

    Args:
        judge: who is asked; items without a label are not kept.
        path: of the file, made if it is not there.
        name: of the judge with all that its labels depend on: model, goal, prompt. Another name, other labels.

    Attributes:
        asked: items that the judge was asked.

    Raises:
        BadStore: if the file cannot be read or written.
    """

    judge: Judge
    path: str | Path
    name: str
    asked: int = field(default=0, init=False, repr=False)

    def __call__(self, items: Sequence[Item]) -> np.ndarray:
        """Labels [B]."""
        keys = [digest(item) for item in items]
        store = Database(self.path, _TABLES, mark=0x6A756467, version=1)
        try:
            held = self._held(store, keys)
            fresh = {k: item for k, item in zip(keys, items, strict=True) if k not in held}
            self.asked += len(fresh)
            given = verdicts(self.judge, list(fresh.values()))
            new = {k: float(v) for k, v in zip(fresh, given, strict=True) if not math.isnan(v)}
            if new:
                with store.writing() as db:
                    rows = [(self.name, k, v) for k, v in new.items()]
                    db.executemany("INSERT OR IGNORE INTO labels VALUES (?, ?, ?)", rows)
                held |= self._held(store, list(new))  # another process may have been first
        finally:
            store.close()
        return np.array([held.get(k, math.nan) for k in keys])

    def _held(self, store: Database, keys: Sequence[str]) -> dict[str, float]:
        out: dict[str, float] = {}
        for at in range(0, len(keys), 500):
            part = list(dict.fromkeys(keys[at : at + 500]))
            marks = ", ".join("?" * len(part))
            found = store.read(
                f"SELECT item, label FROM labels WHERE judge = ? AND item IN ({marks})", (self.name, *part)
            )
            out |= dict(found)
        return out


def _name(judge: Any) -> str:
    return str(getattr(judge, "__name__", type(judge).__name__))
