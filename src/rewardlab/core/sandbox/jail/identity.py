"""Who a shut-in process is: nobody where it can, and always without privilege, debugger or a life of its own."""

import contextlib
import os
import signal
import struct
import sys
from pathlib import Path

from rewardlab.core.sandbox.jail.kernel import (
    PR_CAPBSET_DROP,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    PR_SET_SECUREBITS,
    prctl,
    syscall,
)

NOBODY = 65534
# SECURE_NOROOT and SECURE_NO_SETUID_FIXUP on, SECURE_KEEP_CAPS off, each locked: uid 0 is a number like any other.
LOCKED = 0b101111
CAPABILITY_VERSION_3 = 0x20080522


def step_down(*, readable: tuple[str, ...], owns: str = "") -> str:
    """Give up every privilege, for good.

    Root becomes nobody if nobody can reach the interpreter; where the interpreter lives in root's own home, it stays
    uid 0 and loses every capability. Others lose what capabilities a user namespace lent them.

    Args:
        readable: what it must still be able to walk to.
        owns: a folder that it takes along.

    Returns:
        "nobody", "root without capabilities" or "own user without capabilities".
    """
    who = "own user without capabilities"
    if os.geteuid() == 0:
        who = "root without capabilities"
        _shut_root_out()
        if all(reachable(path, NOBODY) for path in readable):
            if owns:
                os.chown(owns, NOBODY, NOBODY)
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            who = "nobody"
    drop_capabilities()
    return who


def drop_capabilities() -> None:
    """Empty the permitted, effective and inheritable sets."""
    syscall("capset", struct.pack("=Ii", CAPABILITY_VERSION_3, 0), bytes(24))


def _shut_root_out() -> None:
    """Nothing that is ever executed as root gets a capability back."""
    with contextlib.suppress(OSError):  # past the last one, or not ours to drop: then there is none to lose
        for capability in range(64):
            prctl(PR_CAPBSET_DROP, capability)
    with contextlib.suppress(OSError):
        prctl(PR_SET_SECUREBITS, LOCKED)


def reachable(path: str, uid: int) -> bool:
    """Whether `uid` may walk to `path` and list it."""
    place = Path(os.path.realpath(path))
    modes = [p.stat() for p in (place, *place.parents)]
    return all(m.st_mode & 0o001 or (m.st_uid == uid and m.st_mode & 0o100) for m in modes)


def harden(parent: int) -> None:
    """Die with `parent`, leave no core, let nobody attach, and gain no privilege by any later program.

    Comes after a change of uid, which would clear the first two.
    """
    die_with(parent)
    prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def die_with(parent: int) -> None:
    """The kernel kills this process when `parent` ends; at once, if it has ended already."""
    if sys.platform.startswith("linux"):
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(71)
