"""`Transcript`: all that happened in a design, one JSON line each, on the disk before it is used.

A line has a kind, a key and what happened. Who asks for something first looks whether it stands here: so a run that was
killed goes on from where it was, and a finished one plays again, without a question asked or an agent trained, to the
same end. What is returned is always what JSON makes of it, so that the first run and the second see the same bits.
"""

import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadStore
from rewardlab.core.files import cannot_write, make_folder, write_atomic
from rewardlab.rewards.language.design.budget import Spent

Key = tuple[Any, ...]
_TREES = ("obs", "action", "next_obs")
_FLAT = ("reward", "terminated", "truncated")


class Transcript:
    """An append-only JSONL file; recorded episodes stand beside it, in a folder of the same name.

    Args:
        path: of the file; None keeps everything in memory.

    Attributes:
        spent: what the run had spent when the latest line that was taken or added was written: so a run that plays
            again comes to a cap at the same point.

    Raises:
        BadStore: for a file that is no transcript; a last line that was cut by a kill is dropped.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = None if path is None else Path(path)
        self.lines: list[dict[str, Any]] = []
        self.spent, self._counted = Spent(), 0
        self._at: dict[tuple[str, str], int] = {}
        self._steps: dict[str, Transitions] = {}
        if self.path is not None:
            make_folder(self.path.parent)
            if self.path.exists():
                self._read(self.path)

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Write down what the run is, or see that the file is of the same run.

        Raises:
            BadOption: if it is a transcript of something else.
        """
        held = self.find("design", ())
        if held is None:
            self.add("design", (), **settings)
            return
        wanted = json.loads(json.dumps(dict(settings)))
        for name, value in wanted.items():
            if held.get(name) != value:
                raise BadOption(
                    f"it was written with {name}={held.get(name)!r}, and this run has {value!r}",
                    where=str(self.path),
                    expected="the transcript of this very run, or no file",
                    mend="choose another folder, or repeat the run as it was",
                )

    def find(self, kind: str, key: Sequence[Any]) -> dict[str, Any] | None:
        """What was written under this kind and key; None if nothing was."""
        i = self._at.get((kind, _name(key)))
        return None if i is None else self.lines[i]

    def take(self, kind: str, key: Sequence[Any]) -> dict[str, Any] | None:
        """What was written, as `find`; the run has come to this line, and has spent what the lines before it say."""
        i = self._at.get((kind, _name(key)))
        if i is None:
            return None
        self._count(i)
        return self.lines[i]

    def add(self, kind: str, key: Sequence[Any], **what: Any) -> dict[str, Any]:
        """Append a line; it is on the disk when this returns.

        Raises:
            BadStore: if it cannot be written.
        """
        text = json.dumps({"kind": kind, "key": list(key), **what}, ensure_ascii=False, allow_nan=False)
        if self.path is not None:
            try:
                with self.path.open("ab") as f:
                    f.write(text.encode("utf-8", "backslashreplace") + b"\n")
                    f.flush()
                    os.fsync(f.fileno())
            except OSError as e:
                raise cannot_write(self.path, e) from e
        line = self._held(json.loads(text))
        self._count(len(self.lines) - 1)
        return line

    def keep(self, name: str, steps: Transitions) -> None:
        """Write recorded episodes beside the transcript; columns that are no numbers are left out."""
        if self.path is None:
            self._steps[name] = steps
            return
        folder = self.path.with_suffix("")
        make_folder(folder)
        save_steps(folder / f"{name}.npz", steps)

    def steps(self, name: str) -> Transitions | None:
        """The recorded episodes of this name; None if there are none."""
        if self.path is None:
            return self._steps.get(name)
        path = self.path.with_suffix("") / f"{name}.npz"
        if not path.exists():
            return None
        return load_steps(path)

    def _count(self, until: int) -> None:
        """Add up what the lines up to this one have spent."""
        for line in self.lines[self._counted : until + 1]:
            kind = line["kind"]
            self.spent.calls += kind in ("answer", "failure")
            self.spent.trainings += kind == "trained"
            self.spent.cost += line.get("cost", 0.0)
            self.spent.seconds += line.get("seconds", 0.0)
        self._counted = max(self._counted, until + 1)

    def _held(self, line: dict[str, Any]) -> dict[str, Any]:
        self._at[line["kind"], _name(line["key"])] = len(self.lines)
        self.lines.append(line)
        return line

    def _read(self, path: Path) -> None:
        data = path.read_bytes()
        whole, _, cut = data.rpartition(b"\n")
        for number, line in enumerate(whole.split(b"\n") if whole else (), start=1):
            try:
                held = json.loads(line)
                if not isinstance(held["kind"], str) or not isinstance(held["key"], list):
                    raise TypeError
                self._held(held)
            except (ValueError, KeyError, TypeError):
                raise BadStore(
                    f"line {number} is no line of a transcript",
                    where=str(path),
                    expected="one JSON object per line, with kind and key",
                    mend="move the file away; the run begins anew",
                ) from None
        if cut:  # a kill in the middle of a write
            with path.open("r+b") as f:
                f.truncate(len(data) - len(cut))


def _name(key: Sequence[Any]) -> str:
    return json.dumps(list(key), ensure_ascii=False)


def save_steps(path: str | Path, steps: Transitions) -> None:
    """Write recorded steps as one compressed NumPy file, whole or not at all; text columns are left out.

    Raises:
        BadStore: if it cannot be written.
    """
    held = io.BytesIO()
    np.savez_compressed(held, **_flat(steps))  # type: ignore[arg-type]
    write_atomic(path, held.getvalue())


def load_steps(path: str | Path) -> Transitions:
    """What `save_steps` wrote."""
    with np.load(path, allow_pickle=False) as held:
        return _unflat({k: held[k] for k in held.files})


def _flat(steps: Transitions) -> dict[str, np.ndarray]:
    out = {name: array(getattr(steps, name)) for name in _FLAT}
    for name in _TREES:
        tree = getattr(steps, name)
        out |= {f"{name}/{k}": array(v) for k, v in tree.items()} if isinstance(tree, Mapping) else {name: array(tree)}
    out |= {f"info/{k}": array(v) for k, v in steps.info.items() if not isinstance(v, Mapping)}
    return {k: v for k, v in out.items() if v.dtype.kind in "fiub"}


def _unflat(held: Mapping[str, np.ndarray]) -> Transitions:
    def tree(name: str) -> Any:
        below = {k.partition("/")[2]: v for k, v in held.items() if k.startswith(f"{name}/")}
        return held.get(name, below)

    return Transitions(**{k: tree(k) for k in _TREES}, **{k: held[k] for k in _FLAT}, info=tree("info"))
