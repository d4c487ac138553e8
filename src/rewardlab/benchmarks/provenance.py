"""Where a result comes from: versions, platform, source."""

import functools
import hashlib
import importlib.metadata
import platform
from pathlib import Path

PACKAGES = ("gymnasium", "minigrid", "mujoco", "numba", "numpy", "stable-baselines3", "torch")


def machine() -> str:
    """System, processor and Python."""
    return f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}"


@functools.cache
def versions() -> dict[str, str]:
    """Versions of rewardlab and of what results depend on."""
    from rewardlab import __version__

    found = {"rewardlab": __version__, "python": platform.python_version(), "source": source_hash()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


@functools.cache
def source_hash() -> str:
    """A hash of this package's source files."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
