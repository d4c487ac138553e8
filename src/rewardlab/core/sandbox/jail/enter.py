"""Into the jail: the layers in the one order in which each can still be put on.

Own session, closed files, empty environment; namespaces while there is a privilege to ask with; limits; then the
privileges go, then files (Landlock), then system calls (seccomp), by which nothing more can be asked for.
"""

import os
import socket
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rewardlab.core.sandbox.jail import identity, landlock, limits, namespaces, seccomp
from rewardlab.core.sandbox.jail.kernel import syscall
from rewardlab.core.sandbox.jail.limits import Bounds

HERE = str(Path(__file__).resolve().parents[3])  # the package itself
CHANNEL = 3
"""The one open file of a shut-in process that leads out: its socket."""


@dataclass(frozen=True)
class Confinement:
    """What a session is allowed.

    Attributes:
        bounds: how much.
        folder: an empty folder it may write in; "" for none: then nothing can be written anywhere.
        threads: whether it may start threads.
        jailed: False runs without the kernel's layers: for code of one's own only.
    """

    bounds: Bounds = field(default_factory=Bounds)
    folder: str = ""
    threads: bool = False
    jailed: bool = True


@cache
def libraries() -> tuple[str, ...]:
    """Where the interpreter, the installed packages, this package and their shared objects lie.

    Folders that a `.pth` file adds are left out: the sources of somebody's other projects are nobody's business.
    """
    python = {sysconfig.get_path(k) for k in ("stdlib", "platstdlib", "purelib", "platlib")}
    python |= {p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages")}
    triple = sysconfig.get_config_var("MULTIARCH")
    shared = {p for p in (f"/usr/lib/{triple}", f"/lib/{triple}") if triple and os.path.isdir(p)}
    if not shared:
        shared = {"/usr/lib64", "/lib64", "/usr/lib"}
    return tuple(sorted({os.path.realpath(p) for p in (*python, *shared, HERE) if os.path.isdir(p)}))


def alone(channel: int) -> None:
    """Own session, no open file but `channel` (as file 3), no environment, no input and no output."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    if channel == CHANNEL:
        channel = os.dup(channel)
    for k in (0, 1, 2):
        os.dup2(nothing, k)
    os.dup2(channel, CHANNEL)
    try:
        syscall("close_range", CHANNEL + 1, 0xFFFFFFFF, 0)
    except OSError:
        os.closerange(CHANNEL + 1, min(os.sysconf("SC_OPEN_MAX"), 1 << 20))
    os.environ.clear()
    os.umask(0o077)


class Missing(Exception):
    """A layer that must be there and is not.

    Args:
        layer: its name, as `layers` has it.
        why: what the kernel said.
    """

    def __init__(self, layer: str, why: str) -> None:
        super().__init__(f"{layer}: {why}")
        self.layer, self.why = layer, why


def enter(wanted: Confinement, *, parent: int) -> dict[str, str]:
    """Shut this process in, for good; to be called in a fresh, single-threaded child.

    Returns:
        Layer -> what it is here. A layer that is off, and may be, is missing.

    Raises:
        Missing: if a layer that must be there is not.
    """
    on = {"session": "own group, closed files, empty environment"}
    place = wanted.folder or "/"
    if wanted.jailed and namespaces.separate():
        on["namespaces"] = "network, shared memory, mounts"
        if wanted.folder and namespaces.private_folder(wanted.folder, wanted.bounds):
            on["folder"] = "in memory"
    if wanted.folder:
        on.setdefault("folder", "on disk, watched")
        os.environ.update(HOME=place, TMPDIR=place)
    os.chdir(place)
    put_on(on, "limits", lambda: limits.apply(wanted.bounds, threads=wanted.threads or not wanted.jailed))
    if wanted.jailed:
        put_on(on, "identity", lambda: step_down(wanted, parent))
        put_on(on, "landlock", lambda: landlock.restrict(libraries(), [wanted.folder] if wanted.folder else []))
        policy = seccomp.Policy(changes=bool(wanted.folder), threads=wanted.threads)
        put_on(on, "seccomp", lambda: seccomp.install(policy))
        put_on(on, "walls", lambda: verify(parent))
    else:
        identity.die_with(parent)
    return on


def put_on(on: dict[str, str], layer: str, how: Callable[[], object]) -> None:
    """Put on one layer, and note in `on` what it is.

    Raises:
        Missing: whatever went wrong: a jail that is half shut is none.
    """
    try:
        what = how()
    except Exception as e:
        raise Missing(layer, str(e.args[-1]) if e.args else type(e).__name__) from None
    on[layer] = str(what) if what is not None else "on"


def step_down(wanted: Confinement, parent: int) -> str:
    """Give up who it was; returns who it is now."""
    paths = (*libraries(), os.path.dirname(wanted.folder)) if wanted.folder else libraries()
    who = identity.step_down(readable=paths, owns=wanted.folder)
    identity.harden(parent)
    return who


def verify(stranger: int) -> None:
    """Try the walls: an emulated kernel may accept a filter and not keep it.

    Raises:
        OSError: naming the wall that gives way.
    """
    tries: dict[str, Callable[[], object]] = {
        "a folder outside can be opened": lambda: os.open("/", os.O_RDONLY),
        "a socket can be made": lambda: socket.socket(socket.AF_UNIX),
        "a signal can be sent": lambda: os.kill(stranger, 0),
        "a limit can be lifted": lambda: syscall("prlimit64", 0, 7, bytes(16), None),
    }
    for wall, attempt in tries.items():
        try:
            attempt()
        except PermissionError:
            continue
        except OSError as e:
            raise OSError(e.errno, f"{wall}? {e.strerror}") from None
        raise OSError(1, wall)
