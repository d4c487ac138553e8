"""Which walls this machine has, and what mends a missing one."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rewardlab.core.errors import BadOption, SandboxUnavailable
from rewardlab.core.sandbox.jail.kernel import LINUX, MACHINE
from rewardlab.core.sandbox.jail.seccomp import AUDIT

if TYPE_CHECKING:
    from rewardlab.core.sandbox.jail.fork import Server

NEEDED = ("limits", "identity", "landlock", "seccomp", "walls")
"""Without one of these no code of strangers is run."""
HELPS = ("namespaces",)
"""Walls behind the walls: used where the kernel lends them."""


def layers(by: "Server | None" = None) -> dict[str, tuple[bool, str]]:
    """Layer -> (whether it holds here, how to mend it), tried in a child of `by` that ends then."""
    if not LINUX or MACHINE not in AUDIT:
        return {name: (False, _elsewhere()) for name in (*NEEDED, *HELPS)}
    from rewardlab.core.sandbox.jail.fork import probed

    try:
        found = probed(by)
    except SandboxUnavailable as e:
        return dict.fromkeys((*NEEDED, *HELPS), (False, e.what))
    return {name: (not why, mending(name, why) if why else "") for name, why in found.items()}


def allowed(sandbox: str) -> bool:
    """Whether to put up the walls.

    Raises:
        BadOption: for a word that is neither "jail" nor "none".
        SandboxUnavailable: where there are none to put up.
    """
    if sandbox not in ("jail", "none"):
        raise BadOption(f"sandbox={sandbox!r}", where="the jail", expected='"jail" or "none"', mend='sandbox="jail"')
    if sandbox == "jail" and (not LINUX or MACHINE not in AUDIT):
        raise unavailable("landlock", "this is no Linux that we know")
    if not hasattr(os, "fork"):
        raise unavailable("limits", "processes cannot be forked here")
    return sandbox == "jail"


def unavailable(layer: str, why: str) -> SandboxUnavailable:
    """The error that names the missing wall and what brings it back."""
    return SandboxUnavailable(
        f"a wall is missing: {layer}: {why}; nothing was run",
        where="the jail",
        expected=", ".join(NEEDED),
        mend=f'{mending(layer)}; or sandbox="none", for code that you wrote yourself',
    )


def mending(layer: str, why: str = "") -> str:
    """The one command, or step, that brings a layer back."""
    if not LINUX or MACHINE not in AUDIT:
        return _elsewhere()
    release = tuple(int(p) for p in os.uname().release.split("-")[0].split(".")[:2] if p.isdigit())
    said = f" ({why})" if why else ""
    if layer == "landlock":
        if release < (5, 13):
            return f"boot Linux 5.13 or newer; this is {os.uname().release}"
        modules = _read("/sys/kernel/security/lsm")
        if modules and "landlock" not in modules:
            return f"add to the kernel's command line: lsm=landlock,{modules}"
        return f"in a container: docker run --security-opt seccomp=unconfined ...{said}"
    if layer == "seccomp":
        return f"boot a kernel with CONFIG_SECCOMP_FILTER=y (zgrep SECCOMP /proc/config.gz){said}"
    if layer == "namespaces":
        for name in ("kernel.apparmor_restrict_unprivileged_userns", "kernel.unprivileged_userns_clone"):
            value, wanted = _read("/proc/sys/" + name.replace(".", "/")), "0" if "restrict" in name else "1"
            if value and value != wanted:
                return f"sudo sysctl -w {name}={wanted}"
        if _read("/proc/sys/user/max_user_namespaces") == "0":
            return "sudo sysctl -w user.max_user_namespaces=15000"
        return "in a container: docker run --cap-add SYS_ADMIN ...; not needed, the other walls hold without it"
    if layer == "walls":
        return f"this kernel accepts the walls and does not keep them{said}: use another machine"
    return f"run on a kernel that lets a process lower its own limits and rights{said}"


def _elsewhere() -> str:
    what = sys.platform if not LINUX else f"Linux on {MACHINE}"
    return f"code of strangers runs on Linux 5.13 or newer, x86_64 or aarch64; this is {what}"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""
