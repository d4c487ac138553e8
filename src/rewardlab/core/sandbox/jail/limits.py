"""How much a shut-in process may use: memory, processor time, open files, size of a file."""

import re
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rewardlab.core.errors import BadOption

MIB = 1 << 20
UNENFORCED = 1 << 62


@dataclass(frozen=True)
class Bounds:
    """What one session may use.

    Attributes:
        seconds: wall-clock time of one call; then the whole process group is killed.
        memory: bytes of address space beyond what the fresh process has.
        output: characters of standard output and error that are kept; what comes after is dropped as it is written.
        reply: bytes of one answer.
        file: bytes of one file.
        folder: bytes in the work folder.
        entries: files and folders in the work folder.
        cpu: processor seconds of the whole session; None leaves it to `seconds`.
    """

    seconds: float = 5.0
    memory: int = 256 * MIB
    output: int = 65_536
    reply: int = 16 * MIB
    file: int = 16 * MIB
    folder: int = 64 * MIB
    entries: int = 4096
    cpu: int | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not 0 < value < UNENFORCED:
                raise BadOption(f"{name}={value!r}", where="Bounds", expected="a positive number", mend=f"{name}=...")


def apply(bounds: Bounds, *, threads: bool) -> None:
    """Set the limits of this process, hard and soft.

    Raises:
        OSError, ValueError: if the system refuses one that the jail counts on.
    """
    limit = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": bounds.file,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_STACK": 8 * MIB,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_AS": _address_space() + bounds.memory,
    }
    if not threads:  # it counts all that the user runs: no number would be right; memory bounds the threads
        limit["RLIMIT_NPROC"] = 0
    if bounds.cpu is not None:
        limit["RLIMIT_CPU"] = bounds.cpu
    for name, value in limit.items():
        what = getattr(resource, name, None)
        if what is None:  # not of this system
            continue
        _, hard = resource.getrlimit(what)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            if sys.platform.startswith("linux"):
                raise


def _address_space() -> int:
    """Bytes that this process has now; so many that no limit follows where it cannot be read, as on macOS."""
    try:
        with open("/proc/self/statm", "rb") as f:
            return int(f.read().split()[0]) * resource.getpagesize()
    except OSError:
        return UNENFORCED >> 2


def peak_memory() -> int:
    """The largest resident size so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def processor_seconds(pid: int) -> float:
    """Processor time of another process so far; on a system that does not count it for others, the time of day."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # the kernel's name of the clock of a process
    except (OSError, OverflowError, AttributeError):
        return time.monotonic()


def resident_peak(pid: int) -> int:
    """The largest resident size of another process so far, in bytes; 0 where the system does not say."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0
