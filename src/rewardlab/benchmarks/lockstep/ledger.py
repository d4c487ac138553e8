"""The file of a lockstep run: what each id gave, kept as soon as it is known."""

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

from rewardlab.benchmarks.provenance import machine, versions
from rewardlab.core.errors import BadStore
from rewardlab.core.files import write_atomic

ROOT = Path(__file__).parents[2]


class Ledger:
    """Results per id, in memory and in a file that is replaced whole or not at all.

    Args:
        path: the file; None keeps nothing. Results in it that were made with other settings are left behind.
        settings: what results depend on; the sources of the environments and of MiniGrid's version are added.

    Raises:
        BadStore: if there is a file that is no ledger.
    """

    def __init__(self, path: Path | None, settings: dict[str, Any]) -> None:
        self.path = path
        self.settings = {**settings, "minigrid": versions()["minigrid"], "sources": _sources()}
        self.ids: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            try:
                old = json.loads(path.read_text(encoding="utf-8"))
                same, ids = old["settings"] == self.settings, dict(old["ids"])
            except (OSError, ValueError, KeyError, TypeError) as e:
                raise BadStore(
                    f"not a file of results: {e!r}",
                    where=str(path),
                    expected="what an earlier run wrote",
                    mend="choose another file for --out",
                ) from e
            self.ids = ids if same else {}

    def add(self, task: str, result: dict[str, Any]) -> None:
        """Keep the result of an id."""
        self.ids[task] = result
        if self.path is None:
            return
        whole = {
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "versions": versions(),
            "settings": self.settings,
            "ids": dict(sorted(self.ids.items())),
        }
        write_atomic(self.path, json.dumps(whole, indent=1) + "\n")


def _sources() -> str:
    """A hash of the sources that decide what a comparison sees."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "envs").glob("*.py"), *(ROOT / "envs" / "gridworlds").rglob("*.py")]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
