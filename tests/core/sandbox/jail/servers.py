"""Fork servers on other machines than this one: without a layer, with a layer that lies, as another user."""

import errno

from rewardlab.core.sandbox.jail.fork import START, Server

FILTER = """
import ctypes, struct
from rewardlab.core.sandbox.jail import kernel, syscalls
kernel.prctl(38, 1)
number = syscalls.NUMBERS[kernel.MACHINE]
lines = [struct.pack("=HBBI", 0x20, 0, 0, 0)]
for name in {names!r}:
    lines += [struct.pack("=HBBI", 0x15, 0, 1, number[name]), struct.pack("=HBBI", 6, 0, 0, 0x50000 | {error})]
text = b"".join([*lines, struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000)])
held = ctypes.create_string_buffer(text, len(text))
kernel.syscall("seccomp", 1, 0, struct.pack("@HP", len(lines) + 1, ctypes.addressof(held)))
"""
USER = """
import os
from rewardlab.core.sandbox.jail import server
prepare = server._prepare
def prepared():
    prepare()
    os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
server._prepare = prepared
"""
NOBODY = """
from rewardlab.core.sandbox.jail import identity
identity.reachable = lambda path, uid: True
"""
ALONE = """
from rewardlab.core.sandbox.jail import namespaces
namespaces.separate = lambda: False
"""
IMPORTS, _, MAIN = START.partition("from rewardlab.core.sandbox.jail.server import main")


def serving(*preludes):
    """A server that runs each text first. All that children import is imported before they are refused anything."""
    return Server("".join([IMPORTS, *preludes, "from rewardlab.core.sandbox.jail.server import main", MAIN]))


def refusing(*names, error=errno.ENOSYS):
    """A kernel that answers these calls with `error`; with 0 it says yes and does nothing."""
    return serving(FILTER.format(names=names, error=error))
