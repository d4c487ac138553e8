"""What the contracts share: the files of the package, and which of them are methods."""

from functools import cache
from pathlib import Path

from rewardlab.core import catalogue
from rewardlab.core.catalogue import ROOT
from rewardlab.core.lazy import contents

FILES = sorted(ROOT.rglob("*.py"))
WINGS = ("envs", "rewards", "agents")
SHARED = {
    ("agents", "loops"),
    ("agents", "parts"),
    ("rewards", "drivers"),
    ("core", "testing"),
}  # folders that a whole room stands on
KERNELS = (
    "design",
    "kernel",
    "likelihoods",
    "model",
    "networks",
    "parts",
    "person",
    "programmed",
)  # a family's shared ground, even where its table names them


def file(module: str) -> Path:
    """The source file of a module."""
    return ROOT.joinpath(*module.split(".")[1:]).with_suffix(".py")


@cache
def methods() -> frozenset[str]:
    """The modules that hold one method each.

    These are the modules of what the catalogue finds, and, among the others that a family's table of contents names,
    those that cite a source, and all of them where a family consists of functions. What else stands in a family's
    folder is its shared ground.
    """
    entries = [e for e in catalogue.entries() if e.kind != "suite" and e.family != "core"]
    found = {e.module for e in entries}
    for wing in ("rewards", "agents"):
        for init in (ROOT / wing).glob("*/__init__.py"):
            if (wing, init.parent.name) in SHARED:
                continue
            whole = not any(e.module.startswith(f"rewardlab.{wing}.{init.parent.name}.") for e in entries)
            for module in contents(init).values():
                if whole or "Source:" in file(module).read_text(encoding="utf-8"):
                    found.add(module)
    return frozenset(m for m in found if not set(m.split(".")[3:]) & set(KERNELS))
