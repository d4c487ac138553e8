"""Which ids are held to every law in a short run: one of each class of rules, and ten others that change by the day.

A long run takes all of them. `--rotate WORD`, or the variable REWARDLAB_ROTATE, picks the ten by any word instead of by
the date, so that a failure can be met again; the word of a run is printed at its end.
"""

import datetime
import hashlib
import os

from rewardlab.envs import tables

VARIABLE = "REWARDLAB_ROTATE"
NONE = "none"  # as a word: no id is short, as a long run wants it
OTHERS = 10
# MiniGrid's wheel leaves out the pattern images that these are made from: see tests/envs/gridworlds/test_wfc.py.
TABLES = tables()
WITHOUT_PATTERNS = sorted(name for name in TABLES if name.startswith("rewardlab/MiniGrid-WFC-"))
PLAYABLE = sorted(set(TABLES) - set(WITHOUT_PATTERNS))
# Of a class with many ids, the one with presets, or one whose texts are short.
FAVOURITES = (
    "rewardlab/MiniGrid-DoorKey-5x5-v0",
    "rewardlab/PiecewiseBanditText-v0",
    "rewardlab/PiecewiseBanditTokens-v0",
)


def today() -> str:
    """The word of the day, the same in all time zones."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def word() -> str:
    """The word that picks; set by `conftest` before ids are collected, and inherited by pytest's workers."""
    return os.environ.get(VARIABLE) or today()


def one_of_each() -> list[str]:
    """One playable id for each class of rules."""
    first: dict[str, str] = {}
    for name in (*FAVOURITES, *PLAYABLE):
        first.setdefault(TABLES[name]["rules"], name)
    return sorted(first.values())


def short(by: str | None = None) -> list[str]:
    """The ids of a short run."""
    by = word() if by is None else by
    if by == NONE:
        return []
    own = one_of_each()
    rest = sorted(set(PLAYABLE) - set(own), key=lambda name: hashlib.sha256(f"{by} {name}".encode()).digest())
    return sorted(own + rest[:OTHERS])
