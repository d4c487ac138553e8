"""Whose a claim is: a process, named so that a recycled process id is never taken for it."""

import os
import platform
import subprocess
from pathlib import Path


def owner_name() -> str:
    """This process as "place pid start": the place says where a process id means anything."""
    return f"{_place()} {os.getpid()} {_started(os.getpid())}"


def is_alive(owner: str) -> bool | None:
    """Whether the process of this `owner_name()` lives; None if it ran elsewhere and cannot be asked."""
    place, pid, started = owner.rsplit(" ", 2)
    if place != _place():
        return None
    return _started(int(pid)) == started


def _place() -> str:
    """Host, boot and process-id namespace: containers that share a disk share neither names nor numbers."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{platform.node()}/{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:  # not Linux
        return platform.node()


def _started(pid: int) -> str:
    """When a process began, in the system's own words; "" if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except OSError:
        pass
    if Path("/proc/self/stat").exists():
        return ""
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip().replace(" ", "_")
