"""Golden traces: hashes that an id keeps for as long as it keeps its name.

    python -m rewardlab.core.testing.golden tests/contracts/golden_traces.json [part of an id ...]

adds the ids that have no hash yet and checks the others (of those that hold one of the parts, where some are given),
but for those that cannot be made on this machine, which it names. A hash that changed is never written over: results
recorded under that id would no longer be comparable, so the environment needs a new version (`-v1`).

Environments whose steps use integers and + - x / sqrt only (`metadata["exact"]`) have one hash for every platform; the
others have hashes of values rounded to six significant digits, one for each platform and version of MuJoCo.
"""

import importlib.metadata
import json
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym

from rewardlab.core.errors import BadOption, FaultyEnvironment
from rewardlab.core.testing.trace import trace_hash

SEEDS, STEPS, DIGITS = (0, 1, 2**40), 1000, 6


def where() -> str:
    """What a rounded hash depends on."""
    return f"{sys.platform} {platform.machine()}, mujoco {importlib.metadata.version('mujoco')}"


def hashes_of(name: str, seeds: Sequence[int] = SEEDS) -> tuple[str, list[str]]:
    """The key, "exact" or `where()`, and one hash for each seed: `SEEDS`, or the first of them."""
    env = gym.make(name, disable_env_checker=True)
    exact = env.unwrapped.metadata.get("exact", False)
    found = [trace_hash(env, seed, STEPS, digits=None if exact else DIGITS) for seed in seeds]
    env.close()
    return ("exact" if exact else where()), found


def check(golden: dict[str, Any], name: str, found: tuple[str, list[str]]) -> bool:
    """Whether `golden` knows this id under this key, and holds the same hashes for the seeds that were played.

    Raises:
        FaultyEnvironment: if it holds other ones.
    """
    key, hashes = found
    known = golden.get(name, {}).get(key)
    if known is not None and known[: len(hashes)] != hashes:
        raise FaultyEnvironment(
            f"the traces of seeds {[s for s, a, b in zip(SEEDS, known, hashes, strict=False) if a != b]} have changed",
            where=f"{name} [golden, {key}]",
            expected="the same observations, rewards, flags and infos for as long as the id stands",
            mend="undo the change, or register a new version and leave this one as it was",
        )
    return known is not None


def update(path: Path, names: Iterable[str]) -> list[str]:
    """Add hashes to the file at `path`; returns the ids that were new.

    Raises:
        FaultyEnvironment: for an id whose hash has changed; the file is left as it was.
    """
    golden = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    new = []
    for name in sorted(names):
        key, hashes = hashes_of(name)
        if not check(golden, name, (key, hashes)):
            golden.setdefault(name, {})[key] = hashes
            new.append(name)
    path.write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return new


def playable(names: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """The ids that can be made on this machine; and the others, with what they lack."""
    able, unable = [], {}
    for name in names:
        try:
            gym.make(name, disable_env_checker=True).close()
        except BadOption as error:
            unable[name] = str(error)
        else:
            able.append(name)
    return able, unable


if __name__ == "__main__":
    parts = sys.argv[2:] or [""]
    asked = [name for name in gym.registry if name.startswith("rewardlab/") and any(part in name for part in parts)]
    able, unable = playable(asked)
    added = update(Path(sys.argv[1]), able)
    sys.stdout.write("".join(f"new: {name}\n" for name in added) or "nothing new; every hash holds\n")
    sys.stdout.write("".join(f"left out: {why}\n" for why in unable.values()))
