"""Recorded dialogues: a run with a model is written down once, and replayed by anyone, offline and for nothing.

    key = (task, system, round, candidate)

A recording is JSON lines. It is looked up by the key alone, since the text of later prompts holds numbers that differ
between machines; a prompt without a key is known by the hash of its text. Each line says who wrote the answer: "model
NAME", "hand", or a person.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from rewardlab.core.catalogue import ROOT
from rewardlab.core.errors import BadOption, BadStore, NoRecording, OracleFailed, nearest
from rewardlab.core.files import cannot_write
from rewardlab.core.oracle.kinds import Answer, Ask, answers

Key = tuple[str | int, ...]


def key_of(prompt: str) -> Key:
    """The key of a prompt; ("text", hash) if it has none."""
    given = tuple(getattr(prompt, "key", ()))
    return given or ("text", _sha(getattr(prompt, "system", "") + "\0" + prompt)[:16])


class Recorded:
    """An oracle that answers from recordings and never asks anyone.

    Args:
        path: a file, a folder of `.jsonl` files, or the name of a recording that the package brings; None takes all
            that it brings: their keys begin with the task.

    Attributes:
        authors: who wrote the answers, sorted.

    Raises:
        NoRecording: if there is no such recording.
        BadStore: if a line that is not the last one of its file cannot be read.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = "the package" if path is None else path
        self._answers: dict[Key, Answer] = {}
        for file in shipped().values() if path is None else _files(path):
            self._answers.update(_lines(file))  # of two answers under one key the later one was used
        self.authors = tuple(sorted({a.author for a in self._answers.values()}))

    @property
    def keys(self) -> list[Key]:
        """What is recorded, in the order of recording."""
        return list(self._answers)

    def __call__(self, prompts: Sequence[str]) -> list[str | OracleFailed]:
        """Prompts [B] to answers [B].

        Raises:
            NoRecording: if a prompt is not in the recording; none is asked elsewhere.
        """
        keys = [key_of(p) for p in prompts]
        for key in keys:
            if key not in self._answers:
                raise self._missing(key)
        return [self._answers[k] for k in keys]

    def _missing(self, key: Key) -> NoRecording:
        close = {_shown(k): k for k in self._answers}
        same = [n for n, k in close.items() if len(key) > 2 and k[:2] == key[:2]]
        near = "recorded for it: " + ", ".join(same[:6]) if same else nearest(_shown(key), close)
        return NoRecording(
            f"no answer under {_shown(key)}",
            where=str(self.path),
            expected=near + (f" and {len(same) - 6} more" if len(same) > 6 else ""),
            mend="keep to the recorded task, system, rounds and candidates; or record with a model: "
            "Recording(Endpoint(...), PATH), on a command line --oracle URL#MODEL",
        )


class Recording:
    """An oracle that passes prompts on to another one, and writes each answer down before it returns it.

    Args:
        ask: the oracle that is asked.
        path: the file; lines are added at its end.
        author: who writes, for answers that do not say; "" demands that they say.
        clock: seconds since 1970.

    Raises:
        BadStore: if the file cannot be written.
    """

    def __init__(self, ask: Ask, path: str | Path, *, author: str = "", clock: Callable[[], float] = time.time) -> None:
        self.ask, self.path, self.author, self.clock = ask, Path(path), author, clock
        self._lock = threading.Lock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _mend_end(self.path)
        except OSError as e:
            raise cannot_write(self.path, e) from e

    def __call__(self, prompts: Sequence[str]) -> list[str | OracleFailed]:
        """Prompts [B] to answers [B]; what failed is not written."""
        given = answers(self.ask, prompts)
        lines = [self._line(p, a) for p, a in zip(prompts, given, strict=True) if isinstance(a, str)]
        raw = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode("utf-8", "replace")
        try:
            with self._lock, self.path.open("ab") as f:
                f.write(raw)
                f.flush()
                os.fsync(f.fileno())
        except OSError as e:
            raise cannot_write(self.path, e, needed=len(raw)) from e
        return given

    def _line(self, prompt: str, answer: str) -> dict[str, Any]:
        author = getattr(answer, "author", "") or self.author
        if not author:
            raise BadOption(
                "an answer that does not say who wrote it",
                where=f"Recording({str(self.path)!r})",
                expected='an Answer with its author, or author="hand"',
                mend="say who writes: author=...",
            )
        return {
            "key": list(key_of(prompt)),
            "author": author,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.clock())),
            "system": _sha(getattr(prompt, "system", "")),
            "prompt_sha": _sha(prompt),
            "prompt": str(prompt),
            "finish": getattr(answer, "finish", "stop"),
            "tokens": list(getattr(answer, "tokens", (0, 0))),
            "answer": str(answer),
        }


def shipped() -> dict[str, Path]:
    """The recordings that the package brings, name -> file."""
    return {p.stem: p for p in sorted(ROOT.glob("*/*/recordings/*.jsonl"))}


def _files(path: str | Path) -> list[Path]:
    place = Path(path)
    if place.is_dir():
        found = sorted(place.glob("*.jsonl"))
    elif place.is_file():
        found = [place]
    else:
        name = str(path).rpartition("/")[2].removesuffix(".jsonl")
        found = [p for n, p in shipped().items() if n == name]
    if not found:
        raise NoRecording(
            "no such recording",
            where=str(path),
            expected="a file, a folder of .jsonl files, or a recording of the package",
            mend=nearest(str(path), shipped()),
        )
    return found


def _lines(path: Path) -> Iterable[tuple[Key, Answer]]:
    """The answers of one file. A last line that was cut by a kill is left out."""
    try:
        raw = path.read_bytes().split(b"\n")
    except OSError as e:
        raise BadStore(f"cannot read: {e.strerror}", where=str(path), expected="a recording") from e
    whole = raw[-1] == b""  # the last line has its end
    for number, line in enumerate(raw, 1):
        if not line.strip():
            continue
        wrong = ""
        try:
            kept = json.loads(line)
            wrong = _wrong(kept)
        except (ValueError, RecursionError):
            wrong = "no JSON"
        if wrong and number == len(raw) - whole:  # the last one
            return
        if wrong:
            raise BadStore(
                f"line {number}: {wrong}",
                where=str(path),
                expected='lines like {"key": [task, system, round, candidate], "author": ..., "answer": ...}',
                mend="mend that line, or take it out",
            )
        finish, tokens = kept.get("finish", "stop"), tuple(kept.get("tokens", (0, 0)))
        yield tuple(kept["key"]), Answer(kept["answer"], author=kept["author"], finish=finish, tokens=tokens)


def _wrong(kept: Any) -> str:
    """What a line lacks, "" if nothing."""
    if not isinstance(kept, dict):
        return "no object"
    key = kept.get("key")
    if not isinstance(key, list) or not key or not all(isinstance(k, (str, int)) for k in key):
        return "no key of texts and numbers"
    if not isinstance(kept.get("answer"), str):
        return "no answer"
    if not isinstance(kept.get("author"), str) or not kept["author"]:
        return "no author"
    return ""


def _mend_end(path: Path) -> None:
    """Let the next line begin on a line of its own, after a kill within the last one."""
    with path.open("a+b") as f:
        f.seek(0)
        raw = f.read()
        if not raw or raw.endswith(b"\n"):
            return
        begin = raw.rfind(b"\n") + 1
        try:
            json.loads(raw[begin:])
            f.write(b"\n")
        except ValueError:
            f.truncate(begin)


def _shown(key: Key) -> str:
    return "(" + ", ".join(map(str, key)) + ")"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
