"""What is held to the laws in a short run: of all that is alike, what has its turn that day.

Of environments, one id of each class of rules and ten others, each with its defaults or one of its presets, and every
second of these under each of the dear laws; of rewards, one of the rows of each. A long run takes all. `--rotate WORD`,
or the variable REWARDLAB_ROTATE, picks by any word instead of by the date, so that a failure can be met again; the word
of a run is printed at its end.
"""

import datetime
import hashlib
import os

from rewardlab.envs import tables

VARIABLE = "REWARDLAB_ROTATE"
ONLY_SHORT = "REWARDLAB_ONLY_SHORT"  # set where the slow tests are deselected anyway: they need not be collected
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


def has_turn(k: int, among: int, name: str, by: str | None = None) -> bool:
    """Whether the k-th of some that are alike is the one that a short run takes; in a long run none is."""
    by = word() if by is None else by
    return by != NONE and int.from_bytes(hashlib.sha256(f"{by} {name}".encode()).digest()[:8]) % among == k


def kept(params: list) -> list:
    """The parameters of a test; the slow ones are left out of a run that deselects them anyway."""
    if not os.environ.get(ONLY_SHORT):
        return params
    return [p for p in params if not any(mark.name == "slow" for mark in p.marks)]
