"""The arrows: imports point down, wings and families and methods do not know each other.

A method may import its family's shared ground (see `contracts.package.methods`), what stands directly in its wing, the
folders that a whole wing stands on (`agents/loops`, `rewards/drivers`), and core.
"""

import ast

import pytest
from contracts.package import FILES, SHARED, WINGS, methods

from rewardlab.core.catalogue import ROOT

JOINS = ("rewardlab.rewards.metrics.auditing", "rewardlab.rewards.metrics.scorecard")
"""What is no method but joins those of its family: it may import them, and none of them imports it."""

TREE = {p: ".".join(("rewardlab", *p.relative_to(ROOT).with_suffix("").parts)) for p in FILES}
TREE = {p: name.removesuffix(".__init__") for p, name in TREE.items()}
MODULES = frozenset(TREE.values())
PACKAGES = frozenset(name for p, name in TREE.items() if p.name == "__init__.py")


def targets(source: str) -> list[str]:
    """Every module of ours that a source imports, at any depth; `rewardlab:name` for a name of the root package."""
    found: list[str] = []
    for n in ast.walk(ast.parse(source)):
        if isinstance(n, ast.Import):
            found += [a.name for a in n.names]
        elif isinstance(n, ast.ImportFrom):
            home = "." * n.level + (n.module or "")
            for a in n.names:
                whole = f"{home}.{a.name}"
                found.append(whole if whole in MODULES else f"rewardlab:{a.name}" if home == "rewardlab" else home)
    return [t for t in found if t.startswith((".", "rewardlab"))]


def place(module: str) -> tuple[str, str, str]:
    """(room, family, rest): ("rewards", "shaping", "potential"), ("envs", "", "world"), ("core", "", "batch")."""
    parts = module.split(".")[1:]
    room = parts[0] if parts else ""
    if room in WINGS and (len(parts) > 2 or module in PACKAGES):
        return room, ".".join(parts[1:2]), ".".join(parts[2:])
    return room, "", ".".join(parts[1:])


def arrow(module: str, target: str, known: frozenset[str]) -> str | None:
    """Why `module` may not import `target`; None if it may. `known`: the methods."""
    room, family, rest = place(module)
    other, sister, deep = place(target)
    if target.startswith("."):
        return "imports are absolute"
    if room in ("", "benchmarks", "cli", "testing", "__main__") or target == "rewardlab:__version__":
        return None
    if target == "rewardlab" or target.startswith("rewardlab:"):
        return "below the root nothing imports the root"
    if other == "core":
        return None
    if room != other:
        return f"{room} may not import {other}"
    if not family and not rest:  # the wing's own table of contents
        return None
    if not sister and not deep:
        return f"a module of {room} may not import the table of contents of {room}"
    if not family:
        return "what families stand on may not import one of them" if sister else None
    if sister and sister != family:
        stands_on_it = (room, sister) in SHARED and (room, family) not in SHARED
        return None if stands_on_it else f"family {family} may not import family {sister}"
    if not sister or not rest:  # what stands directly in the wing; the family's own table of contents
        return None
    if not deep:
        return f"a module of {family} may not import the table of contents of {family}"
    if module.startswith(JOINS) or module.startswith(f"{target}."):
        return None
    if module in PACKAGES and target.startswith(f"{module}."):  # the table of contents of a folder inside the family
        return None
    if module == f"{target}_text":  # the same task, spoken: a face of its numeric rules
        return None
    return "a method, or the ground of a family, may not import a method" if target in known else None


def test_every_import_points_down():
    wrong = [
        f"{p.relative_to(ROOT)} imports {t}: {why}"
        for p, module in TREE.items()
        for t in targets(p.read_text(encoding="utf-8"))
        if (why := arrow(module, t, methods()))
    ]
    assert not wrong, "\n".join(wrong)


PLANTED = frozenset({"rewardlab.rewards.shaping.one", "rewardlab.rewards.shaping.two"})
SHAPING = "rewardlab.rewards.shaping"
SEA = "rewardlab.envs.mdps.deep_sea"


@pytest.mark.parametrize(
    ("module", "bad", "healthy"),
    [
        ("rewardlab.core.batch", "import rewardlab.envs.world", "import rewardlab.core.arrays"),
        ("rewardlab.core.batch", "from rewardlab import envs", "from rewardlab import __version__"),
        ("rewardlab.core.batch", "import rewardlab", "import numpy"),
        ("rewardlab.core.reward", "def f():\n    from rewardlab.rewards import Task", "import rewardlab.core.batch"),
        ("rewardlab.envs.world", "import rewardlab.rewards.shaping", "from rewardlab.envs import rules"),
        ("rewardlab.envs.world", "import rewardlab.envs.mdps.deep_sea", "from rewardlab.core.rng import Streams"),
        (SEA, "from rewardlab.agents import loops", "from rewardlab.envs.world import Rules"),
        (SEA, "import rewardlab.envs.gridworlds.kernel.step", "import rewardlab.envs.mdps.ids"),
        (SEA, "from rewardlab.envs import WorldEnv", "from rewardlab.envs import world"),
        (f"{SHAPING}.one", f"import {SHAPING}.two", f"import {SHAPING}.kernel"),
        (f"{SHAPING}.kernel", f"import {SHAPING}.two", "import rewardlab.core.reward"),
        (f"{SHAPING}.one", "from rewardlab.rewards.shaping import Two", "import rewardlab.rewards.drivers.x"),
        (f"{SHAPING}.one_text", f"import {SHAPING}.two", f"import {SHAPING}.one"),
        (f"{SHAPING}.one", "from . import two", "from rewardlab.core import reward"),
        (f"{SHAPING}.one", "if TYPE_CHECKING:\n    import rewardlab.benchmarks", "import torch"),
        (SHAPING, "import rewardlab.rewards.intrinsic.count", f"import {SHAPING}.two"),
        ("rewardlab.rewards.drivers.paid", f"import {SHAPING}.one", "import rewardlab.rewards.drivers.kernel"),
        ("rewardlab.agents.bandits.ucb", "import rewardlab.cli", "import rewardlab.agents.loops.bandit"),
        ("rewardlab.agents.bandits.ucb", "import rewardlab.agents.tabular.q", "import rewardlab.agents.bandits.kernel"),
        ("rewardlab.agents.loops.bandit", "import rewardlab.agents.bandits.ucb", "import rewardlab.agents.loops.log"),
    ],
)  # fmt: skip
def test_a_planted_arrow_is_seen_and_its_twin_is_not(module, bad, healthy):
    def seen(source):
        return [why for t in targets(source) if (why := arrow(module, t, PLANTED))]

    assert seen(bad), f"{module}: {bad}"
    assert not seen(healthy), seen(healthy)


def test_the_upper_rooms_may_import_everything():
    for module in ("rewardlab.cli.training", "rewardlab.benchmarks.harness", "rewardlab"):
        assert arrow(module, "rewardlab.rewards.shaping.potential", methods()) is None


def test_the_tree_is_found():
    assert len(TREE) > 20 and ROOT / "core" / "batch.py" in TREE and "rewardlab.core" in PACKAGES
