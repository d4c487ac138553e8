"""Namespaces: a network without a wire, and a work folder in memory that ends with its process.

A second wall where the kernel lends it; the first ones hold without.
"""

import ctypes
import os

from rewardlab.core.sandbox.jail.kernel import PR_SET_DUMPABLE, call, prctl
from rewardlab.core.sandbox.jail.limits import Bounds

MOUNTS, IPC, USER, NETWORK = 0x00020000, 0x08000000, 0x10000000, 0x40000000
RECURSIVELY_PRIVATE, NOSUID_NODEV_NOEXEC = 0x44000, 2 | 4 | 8


def separate() -> bool:
    """Leave the network, the shared memory and the mounts of the others; whether the kernel let it.

    All or nothing: a user who gets a user namespace but no others gets none.
    """
    if os.geteuid() == 0:
        return _unshared(MOUNTS | IPC | NETWORK)
    uid, gid = os.geteuid(), os.getegid()
    if not _unshared(USER | MOUNTS | IPC | NETWORK):
        return False
    try:
        prctl(PR_SET_DUMPABLE, 1)  # a process that changed its user does not own its entries in /proc
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="utf-8") as f:
                f.write(text)
    except OSError:
        pass  # it is nobody in there, which serves as well
    return True


def private_folder(path: str, bounds: Bounds) -> bool:
    """Lay a file system in memory over the empty folder `path`: capped, unseen outside, gone with the process."""
    options = f"size={bounds.folder},nr_inodes={bounds.entries},mode=0777".encode()
    nothing = ctypes.c_char_p(b"none")
    try:
        call("mount", nothing, ctypes.c_char_p(b"/"), None, ctypes.c_ulong(RECURSIVELY_PRIVATE), None)
        kind, flags = ctypes.c_char_p(b"tmpfs"), ctypes.c_ulong(NOSUID_NODEV_NOEXEC)
        call("mount", kind, ctypes.c_char_p(os.fsencode(path)), kind, flags, ctypes.c_char_p(options))
    except OSError:
        return False
    return True


def _unshared(flags: int) -> bool:
    try:
        call("unshare", ctypes.c_int(flags))
    except OSError:
        return False
    return True
