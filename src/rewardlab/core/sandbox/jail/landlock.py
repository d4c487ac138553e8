"""Landlock: the kernel lets this process open what is listed, and nothing else.

Needs Linux 5.13 and no privilege. What a newer kernel can also refuse (TCP ports, signals to others, abstract sockets)
is refused where it can; the filter of system calls refuses it everywhere.

Source: Salaün, "Landlock: unprivileged access control", Linux kernel documentation, userspace-api/landlock, 2021.
"""

import os
import stat
import struct
from collections.abc import Iterable

from rewardlab.core.sandbox.jail.kernel import syscall

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
REFER, TRUNCATE = 1 << 13, 1 << 14
READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Version of the interface -> every right to files that it knows; later ones know no more."""
TCP, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals
VERSION, RULE_PATH_BENEATH = 1, 1


def version() -> int:
    """Which version of the interface the kernel speaks; 0 if none."""
    try:
        return syscall("landlock_create_ruleset", None, 0, VERSION)
    except OSError:
        return 0


def restrict(read: Iterable[str] = (), write: Iterable[str] = ()) -> str:
    """Shut this thread and its children in, for good; returns the version of the interface in words.

    Args:
        read: files and folders that may be read, with all that is in them. What does not exist is left out.
        write: folders in which files may also be made, changed and removed. None may be executed.

    Raises:
        OSError: if the kernel has no Landlock, or refuses.
    """
    known = version()
    if not known:
        raise OSError(38, "this kernel has it not, or has it switched off")
    rights = HANDLED[min(known, 5)]
    size = 8 if known < 4 else 16 if known < 6 else 24
    attributes = struct.pack("=QQQ", rights, TCP, SCOPES)[:size]
    rules = syscall("landlock_create_ruleset", attributes, size, 0)
    try:
        for paths, wanted in ((read, READ), (write, WRITE)):
            for path in paths:
                _allow(rules, path, wanted & rights)
        syscall("landlock_restrict_self", rules, 0)
    finally:
        os.close(rules)
    return f"version {known}"


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= OF_FILES
        syscall("landlock_add_rule", rules, RULE_PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)
