"""`rewardlab doctor`: what this machine has, what is missing, and the command that mends it."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GIB = 1 << 30
OLDEST_PYTHON = (3, 11)
TIGHT = 2 * GIB  # of free disk: less than two large checkpoints and a film
PATIENCE = 60.0  # seconds for one picture, with a cold start
CHIP = Path("/dev/nvidia0")
PICTURE = """
import gymnasium as gym, rewardlab
world = gym.make("rewardlab/SparseReacher-v0", render_mode="rgb_array")
world.reset(seed=0)
assert world.render().ndim == 3
"""


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        name: what was looked at.
        good: whether it is as it should be.
        said: what was found.
        mend: the command, or step, that would change it; "" if there is nothing to do.
        promised: whether rewardlab promises it here: then the exit code is 1 if it is not good.
    """

    name: str
    good: bool
    said: str
    mend: str = ""
    promised: bool = False

    @property
    def broken(self) -> bool:
        """Whether a promise does not hold."""
        return self.promised and not self.good


def doctor() -> None:
    """Say which walls hold here, whether a GPU can help, what is missing, and the command that mends it.

    Ends with exit code 1 if something is broken that rewardlab promises on this machine; what is optional does not
    count.

    Example: rewardlab doctor
    """
    broken = 0
    for title, look in CHAPTERS.items():
        print(title)
        for f in look():
            mark = "ok" if f.good else "BROKEN" if f.promised else "--"
            print(f"  {mark:6}  {f.name:22} {f.said}")
            if f.mend:
                print(f"{'':33}mend: {f.mend}")
            broken += f.broken
        print()
    if broken:
        print("1 promise does not hold" if broken == 1 else f"{broken} promises do not hold")
        raise SystemExit(1)
    print("everything that is promised holds")


def versions() -> list[Finding]:
    """Python, rewardlab, and each package that it stands on."""
    from packaging.requirements import Requirement

    found = sys.version_info[:2]
    python = Finding(
        "python",
        found >= OLDEST_PYTHON,
        f"{platform.python_version()} on {platform.system()} {platform.release()} {platform.machine()}",
        "" if found >= OLDEST_PYTHON else "make PYTHON=python3.12 test",
        promised=True,
    )
    wanted = [Requirement(r) for r in importlib.metadata.requires("rewardlab") or []]
    mine = Finding("rewardlab", True, importlib.metadata.version("rewardlab"))
    return [python, mine, *(_package(r) for r in wanted if not r.marker)]


def walls() -> list[Finding]:
    """The layers around code of strangers."""
    from rewardlab.core.sandbox.jail.layers import NEEDED, layers

    linux = sys.platform.startswith("linux")
    rows = [
        Finding(
            name,
            on,
            "on" if on else "off" if name in NEEDED else "off, and not needed",
            mend,
            promised=linux and name in NEEDED,
        )
        for name, (on, mend) in layers().items()
    ]
    shut = all(r.good for r in rows if r.name in NEEDED)
    language = Finding("reward language", True, "everywhere: its programs are checked, and compiled by us")
    jailed = "in the jail" if shut else 'refused (only sandbox="none" runs it, and every result says so)'
    return [*rows, language, Finding("whole Python", shut, jailed)]


def machine() -> list[Finding]:
    """Cores, GPU, disk, and pictures without a screen."""
    return [_cores(), _gpu(), _disk(Path.cwd()), _disk(Path(tempfile.gettempdir())), _pictures()]


def extras() -> list[Finding]:
    """What can be installed besides."""
    from packaging.requirements import Requirement

    about = importlib.metadata.metadata("rewardlab")
    parts: dict[str, list[Requirement]] = {name: [] for name in about.get_all("Provides-Extra") or []}
    for text in importlib.metadata.requires("rewardlab") or []:
        one = Requirement(text)
        for name, members in parts.items():
            needed = one.marker and one.marker.evaluate({"extra": name}) and not one.marker.evaluate({"extra": ""})
            if needed and one.name != "rewardlab":
                members.append(one)
    return [_extra(name, members) for name, members in sorted(parts.items()) if members and name != "dev"]


def oracles() -> list[Finding]:
    """Whether rewards can be designed without a network, and whether an endpoint is set."""
    import rewardlab

    folder = Path(rewardlab.__file__).parent / "rewards" / "language" / "recordings"
    tasks = sorted(p.stem for p in folder.glob("*.jsonl"))
    shipped = f"{len(tasks)} tasks: {', '.join(tasks)}" if tasks else "none are shipped with this version"
    model, url = os.environ.get("REWARDLAB_MODEL", ""), os.environ.get("OPENAI_BASE_URL", "")
    key = "a key is set" if os.environ.get("OPENAI_API_KEY") else "no key is set"
    return [
        Finding("evolution", True, "offline, without a language model"),
        Finding("recordings", bool(tasks), shipped),
        Finding(
            "endpoint",
            bool(model),
            f"{model or 'no model is named'} at {url or 'the default address'}; {key}",
            "" if model else "export REWARDLAB_MODEL=NAME OPENAI_BASE_URL=URL OPENAI_API_KEY=KEY",
        ),
    ]


CHAPTERS: dict[str, Callable[[], list[Finding]]] = {
    "Versions": versions,
    "Walls around code of strangers": walls,
    "Machine": machine,
    "Extras": extras,
    "Oracles": oracles,
}


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _package(wanted: "Requirement") -> Finding:  # type: ignore[name-defined]  # noqa: F821
    have = _installed(wanted.name)
    good = bool(have) and wanted.specifier.contains(have, prereleases=True)
    said = f"{have or 'missing'}{'' if good else f', needs {wanted.specifier}'}"
    return Finding(wanted.name, good, said, "" if good else f'pip install -U "{wanted}"', promised=True)


def _extra(name: str, members: "list[Requirement]") -> Finding:  # type: ignore[name-defined]  # noqa: F821
    missing = [m.name for m in members if not (have := _installed(m.name)) or not m.specifier.contains(have, True)]
    said = f"missing: {', '.join(missing)}" if missing else "installed"
    return Finding(name, not missing, said, f'pip install -c constraints.txt -e ".[{name}]"' if missing else "")


def _cores() -> Finding:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = os.environ.get("OMP_NUM_THREADS", "")
    return Finding("cores", True, f"{usable} usable" + (f", OMP_NUM_THREADS={threads}" if threads else ""))


def _gpu() -> Finding:
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
        return Finding("GPU", True, f"{', '.join(names)}: pass device='cuda' to agents and grid worlds")
    if torch.backends.mps.is_available():
        return Finding("GPU", True, "Apple's: pass device='mps' to agents; small networks are faster on the CPU")
    if CHIP.exists():
        return Finding(
            "GPU",
            False,
            f"there is one, but torch {torch.__version__} does not see it",
            "pip install torch --index-url https://download.pytorch.org/whl/cu126",
        )
    return Finding("GPU", True, "none; every method runs on the CPU")


def _disk(place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    said = f"{free / GIB:.1f} GiB free in {place}"
    if not os.access(place, os.W_OK):
        return Finding("disk", False, f"{place} cannot be written", "change to a folder of your own", promised=True)
    good = free >= TIGHT
    return Finding("disk", good, said, "" if good else f"du -xh -d 1 {place} | sort -h shows what is large")


def _pictures() -> Finding:
    """One picture, drawn by a second process: a driver that crashes must not take this one along."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", PICTURE], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        good, said = done.returncode == 0, (done.stderr.strip().splitlines() or ["it crashed"])[-1]
    except subprocess.TimeoutExpired:
        good, said = False, f"no picture within {PATIENCE:g} s"
    chosen = os.environ.get("MUJOCO_GL", "")
    if good:
        return Finding("pictures of MuJoCo", True, f"drawn without a screen (MUJOCO_GL={chosen or 'by itself'})")
    other = "osmesa" if chosen == "egl" else "egl"
    package = "libosmesa6" if other == "osmesa" else "libegl1"
    return Finding("pictures of MuJoCo", False, said, f"sudo apt-get install {package} && export MUJOCO_GL={other}")
