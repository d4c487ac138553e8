"""Files that survive a kill: a file is replaced whole or not at all."""

import errno
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from rewardlab.core.errors import BadStore


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Replace a file whole or not at all: temporary name, fsync, rename, fsync of the folder.

    Raises:
        BadStore: if the folder cannot be written or the disk is full; what stood there before still stands.
    """
    path = Path(path)
    raw = data.encode() if isinstance(data, str) else data
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")  # mkstemp would hide the file from others
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as f:
            f.write(raw)
            f.flush()
            os.fsync(f.fileno())
        os.replace(temporary, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as e:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise cannot_write(path, e, needed=len(raw)) from e


def make_folder(path: str | Path) -> None:
    """Make a folder, with those above it, unless it is there; and see that it can be written.

    Raises:
        BadStore: if a file stands in its place, or it cannot be written.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".{secrets.token_hex(6)}.tmp"
        probe.touch()
        probe.unlink()
    except OSError as e:
        raise cannot_write(path, e) from e


def cannot_write(path: Path, error: OSError, *, needed: int = 0) -> BadStore:
    """The message for a failed write: what the system said, and how much room there is."""
    folder = next((p for p in [path.parent, *path.parents] if p.is_dir()), Path("/"))
    free = shutil.disk_usage(folder).free
    blocked = error.errno in (errno.EEXIST, errno.ENOTDIR)
    why = "a file stands where a folder is needed" if blocked else error.strerror or error
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return BadStore(
        f"cannot write: {why}",
        where=str(path),
        expected=f"{needed} bytes of room, {free} are free" if full else "a folder that can be written",
        mend="free some space and run the same command again" if full else "choose another folder, or mend its rights",
    )
