"""Calls into the Linux kernel that Python has no names for.

Each returns what the kernel returned, or raises OSError with the name of the call.
"""

import ctypes
import os
import platform
import sys
from functools import cache
from typing import Any

from rewardlab.core.sandbox.jail.syscalls import NUMBERS

LINUX = sys.platform.startswith("linux")
MACHINE = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 28, 38


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def syscall(name: str, *arguments: Any) -> int:
    """The system call `name` of this machine; bytes are passed by address, None as a null pointer.

    Raises:
        OSError: what the kernel says; ENOSYS where this machine is none that the table of calls knows.
    """
    number = NUMBERS.get(MACHINE, {}).get(name)
    if number is None or not LINUX:
        raise OSError(38, f"{name}: no such call on {sys.platform} {MACHINE}")
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_libc().syscall(ctypes.c_long(number), *given), name)


def prctl(option: int, *arguments: int) -> int:
    """`prctl(option, ...)` with the unused arguments zero.

    Raises:
        OSError: what the kernel says.
    """
    given = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc().prctl(ctypes.c_int(option), *given), f"prctl {option}")


def call(name: str, *arguments: Any) -> int:
    """A function of the C library that returns a negative number on failure.

    Raises:
        OSError: what the kernel says.
    """
    return _checked(getattr(_libc(), name)(*arguments), name)


def _checked(value: int, name: str) -> int:
    if value < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return value
