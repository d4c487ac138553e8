"""The work folder of a session: made, looked after while the session runs, and gone with it."""

import contextlib
import os
import subprocess
import tempfile

from rewardlab.core.sandbox.jail.limits import Bounds

DEEPEST = 32  # folders within each other


class Folder:
    """An empty folder of a stranger's.

    Args:
        bounds: how much may lie in it.

    Attributes:
        path: where.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.path = tempfile.mkdtemp(prefix="rewardlab-")

    def remove(self) -> None:
        """Remove it; if it is not empty, by a program: Python's own remover dies on deep trees."""
        with contextlib.suppress(OSError):
            os.rmdir(self.path)  # what was laid over it in memory went with the process
            return
        for words in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*words, "--", self.path], capture_output=True, check=False)

    def full(self) -> bool:
        """Whether more lies in it than may, or it is a maze that nobody can look through."""
        size = entries = 0
        left = [(self.path, 0)]
        try:
            while left:
                place, depth = left.pop()
                with contextlib.suppress(FileNotFoundError), os.scandir(place) as found:  # it may go meanwhile
                    for entry in found:
                        entries += 1
                        if entry.is_dir(follow_symlinks=False):
                            left.append((entry.path, depth + 1))
                        else:
                            size += entry.stat(follow_symlinks=False).st_blocks * 512
                if size > self.bounds.folder or entries > self.bounds.entries or depth > DEEPEST:
                    return True
        except OSError:  # names and rights by which nobody can look into it
            return True
        return False
