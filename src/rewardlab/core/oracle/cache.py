"""Answers on the disk by what was asked: who, with which settings, after which instructions, which text.

    key = SHA-256(kind, model, settings, system, prompt, sample)

The sample of a prompt is the round and the candidate of its key, so that four candidates of one prompt are four
answers, and the same one again after a restart. An answer is on the disk before it is returned.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rewardlab.core.errors import OracleFailed
from rewardlab.core.oracle.kinds import Answer, Ask, answers
from rewardlab.core.oracle.shared import Shared

CACHE_FORMAT = 1
_MARK = 0x72776C63  # "rwlc"
_TABLES = ("CREATE TABLE entry (key BLOB PRIMARY KEY, about TEXT NOT NULL, data BLOB NOT NULL) WITHOUT ROWID",)


class Cache:
    """Bytes by the hash of what they answer, in one SQLite file for many threads and processes.

    Args:
        path: the file; made if it is not there.

    Raises:
        BadStore: if the file cannot be used.
    """

    def __init__(self, path: str | Path) -> None:
        self._file = Shared(path, _TABLES, mark=_MARK, version=CACHE_FORMAT, kind="a cache of answers of rewardlab")
        self._file.read("SELECT 1")  # a file that cannot be used is told now

    @staticmethod
    def key(*what: Any) -> bytes:
        """SHA-256 of JSON values, 32 bytes; the order of mappings does not matter."""
        text = json.dumps(what, sort_keys=True, separators=(",", ":"))  # ASCII: any string has a code
        return hashlib.sha256(text.encode()).digest()

    def get(self, key: bytes) -> bytes | None:
        """What is kept under a key, None if nothing is."""
        found = self._file.read("SELECT data FROM entry WHERE key = ?", (key,))
        return found[0][0] if found else None

    def put(self, key: bytes, data: bytes, *, about: str = "") -> bytes:
        """Keep data under a key; returns what stands there now: who came first wins, so that all see the same."""
        with self._file.writing() as db:
            db.execute("INSERT OR IGNORE INTO entry VALUES (?, ?, ?)", (key, about, data))
            return db.execute("SELECT data FROM entry WHERE key = ?", (key,)).fetchone()[0]

    def __len__(self) -> int:
        return self._file.read("SELECT count(*) FROM entry")[0][0]

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    # -- answers -------------------------------------------------------------------------------------------------

    def answer(self, key: bytes) -> Answer | None:
        """The answer under a key, marked as cached and free of cost."""
        data = self.get(key)
        return None if data is None else _read(data)

    def keep(self, key: bytes, answer: str, *, about: str = "") -> None:
        """Put an answer on the disk."""
        self.put(key, _written(answer), about=about)


class Cached:
    """An oracle that asks another one only what was never asked before.

    Args:
        ask: the oracle behind.
        cache: where answers are kept.
        settings: what else an answer depends on: the name of the model, its temperature; JSON values.
    """

    def __init__(self, ask: Ask, cache: Cache | str | Path, settings: Mapping[str, Any] | None = None) -> None:
        self.ask = ask
        self.cache = cache if isinstance(cache, Cache) else Cache(cache)
        self.settings = dict(settings or {})

    def __call__(self, prompts: Sequence[str]) -> list[str | OracleFailed]:
        """Prompts [B] to answers [B]; what failed is not kept."""
        keys = [prompt_key(p, self.settings) for p in prompts]
        found: dict[bytes, str | OracleFailed] = {}
        for k in dict.fromkeys(keys):
            if (kept := self.cache.answer(k)) is not None:
                found[k] = kept
        missing = {k: p for k, p in zip(keys, prompts, strict=True) if k not in found}
        for k, given in zip(missing, answers(self.ask, list(missing.values())), strict=True):
            if isinstance(given, str):
                self.cache.keep(k, given)
            found[k] = given
        return [found[k] for k in keys]


def prompt_key(prompt: str, settings: Mapping[str, Any]) -> bytes:
    """The key of a prompt's answer, 32 bytes."""
    sample = getattr(prompt, "key", ())[2:]  # (task, system, round, candidate)
    return Cache.key("ask", settings, getattr(prompt, "system", ""), str(prompt), sample)


def _written(answer: str) -> bytes:
    told = {n: getattr(answer, n) for n in ("author", "tokens", "finish") if hasattr(answer, n)}
    return json.dumps({"text": str(answer), **told}).encode()


def _read(data: bytes) -> Answer:
    kept = json.loads(data)
    return Answer(
        kept["text"],
        author=kept.get("author", ""),
        tokens=tuple(kept.get("tokens", (0, 0))),
        finish=kept.get("finish", "stop"),
        cached=True,
    )
