"""Compilation: one source of plain scalar Python functions, for Numba on the CPU, for `numba.cuda`, and for a debugger.

`scalar` marks a function that works on one environment. With `NUMBA_DISABLE_JIT=1` it stays ordinary Python. Drivers
that loop over environments are compiled at their first call and kept in Numba's cache; a first compilation that takes
longer than a second says so through the logger "rewardlab".
"""

import hashlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import config, njit

_UNCOUNTED: dict[str, Any] = {"_nrt": False, "error_model": "numpy"}  # `_nrt` is an option that Numba does not document
log = logging.getLogger("rewardlab")
INTERPRETED = bool(vars(config)["DISABLE_JIT"])
"""True where Numba is switched off (`NUMBA_DISABLE_JIT=1`)."""


def scalar(function: Callable) -> Any:
    """A function of one environment, to be called by others like it and by drivers.

    Reference counting is off in it: arrays handed from one function to the next would cost four times the step itself.
    """
    return njit(function, **_UNCOUNTED)


def inlined(function: Callable) -> Any:
    """A `scalar` that becomes a part of each function that calls it: for what runs in every step.

    A call hands over every array as seven numbers, which costs more than most of these functions do.
    """
    return njit(function, forceinline=True, **_UNCOUNTED)


def fingerprint(*folders: Path) -> int:
    """A number that changes with the sources of scalar functions here, and in further folders.

    Numba's cache knows only the file of the driver itself: a driver that mentions this number is compiled anew when a
    function that it calls has changed.
    """
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, *folders):
        for path in sorted(folder.glob("*.py")):
            source = path.read_bytes()
            if path.name == "codes.py" or b"@scalar" in source or b"@inlined" in source:
                digest.update(source)
    return int.from_bytes(digest.digest()[:6], "big")


class Driver:
    """A loop over environments, compiled at the first call.

    Args:
        function: the loop; its scalars are globals of its module.
        what: what is compiled, for the message.
    """

    def __init__(self, function: Callable, what: str) -> None:
        self._compiled: Any = njit(function, cache=True, nogil=True, **_UNCOUNTED)
        self._what = what
        self.run: Callable = self._wrapping if INTERPRETED else self._first
        """The loop itself."""

    def _wrapping(self, *args: Any) -> Any:
        with np.errstate(over="ignore"):  # hash arithmetic wraps around; ordinary Python would warn of that
            return self._compiled(*args)

    def _first(self, *args: Any) -> Any:
        note = threading.Timer(1.0, log.warning, (f"compiling {self._what}: once on this machine, some seconds",))
        note.daemon = True
        note.start()
        try:
            return self._compiled(*args)
        finally:
            note.cancel()
            self.run = self._compiled
