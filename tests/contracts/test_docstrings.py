"""Every method says what it is, which equation it is and who wrote it; every module has its test file."""

import ast
import re
from pathlib import Path

import pytest
from contracts.package import FILES, SHARED, file, methods

from rewardlab.core import catalogue
from rewardlab.core.catalogue import ROOT, equation, source
from rewardlab.core.lazy import contents

TESTS = Path(__file__).parents[1]

ELSEWHERE = {
    "__main__.py": "test_cli.py",  # two lines, run there as `python -m rewardlab`
    "testing.py": "core/test_testing.py",  # a table of contents of core.testing
    "core/chain.py": "core/test_mdp.py",  # the numerics of TabularMDP
    "core/owner.py": "core/test_store.py",  # whose a claim on a job is
    "agents/loops/callbacks.py": "agents/loops/test_online.py",
    "agents/loops/deep.py": "contracts/test_deep_agents.py",
    "agents/loops/greedy.py": "agents/deep/test_dqn.py",
    "agents/loops/on_policy.py": "agents/deep/test_ppo.py",
    "agents/loops/rollout.py": "agents/loops/test_online.py",
    "agents/loops/stored.py": "agents/loops/test_off_policy.py",
}
"""Modules without a test file of their own name -> the file that tests them."""
SUITES = "benchmarks/test_case.py"  # tests every suite there is


def faults(text: str, *, needs_equation: bool) -> list[str]:
    """What the docstring of a method lacks."""
    found = []
    first, _, rest = text.partition("\n")
    if not first.strip().endswith((".", ":")) or (rest and not rest.startswith("\n")):
        found.append("a first line that is one sentence, then an empty line")
    if needs_equation and not equation(text):
        found.append("an indented equation before the prose")
    cited = source(text)
    if not cited:
        return [*found, "a `Source:` paragraph"]
    if not re.match(r"[A-ZÀ-Þ]?[\w'’ -]*\w", cited) or cited.startswith('"'):
        found.append("authors at the head of `Source:`")
    if not re.search(r'"[A-Z0-9][^"]{5,}"', cited):
        found.append("a quoted title in `Source:`")
    if not re.search(r"\b(19|20)\d\d\b", re.sub(r'"[^"]*"', "", cited)):
        found.append("a year in `Source:`")
    return found


def texts(path: Path) -> list[str]:
    """The docstring of a method's file, and those of its public members that cite a source of their own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    members = [n for n in tree.body if isinstance(n, (ast.ClassDef, ast.FunctionDef)) and not n.name.startswith("_")]
    own = [doc for n in members if "Source:" in (doc := ast.get_docstring(n) or "")]
    whole = ast.get_docstring(tree) or ""
    return own if own and "Source:" not in whole else [whole, *own]


@pytest.mark.parametrize("module", sorted(methods()))
def test_a_method_names_itself_its_equation_and_its_source(module):
    path = file(module)
    needs = path.relative_to(ROOT).parts[0] != "envs"
    wrong = [f for text in texts(path) for f in faults(text, needs_equation=needs)]
    assert not wrong, f"{path.relative_to(ROOT)} lacks " + "; ".join(wrong)


GOOD = """Clipping.

    R' = min(max(R, low), high)

Bounds what one step can pay.

Source: Mnih et al., "Human-Level Control through Deep Reinforcement Learning", Nature 2015, Methods.
"""


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("Clipping.\n\n", "Clipping\n\n"), "first line"),
        (("Clipping.\n\n", "Clipping.\n"), "first line"),
        (("    R' =", "R' ="), "equation"),
        (("Source:", "See"), "Source"),
        (("Mnih et al., ", ""), "authors"),
        (('"', ""), "title"),
        ((" 2015", ""), "year"),
    ],
)
def test_each_fault_is_seen_and_the_healthy_text_has_none(change, word):
    assert faults(GOOD, needs_equation=True) == []
    assert any(word in f for f in faults(GOOD.replace(*change), needs_equation=True))


def test_an_equation_is_only_asked_for_where_there_is_one():
    assert faults(GOOD.replace("    R' =", "R' ="), needs_equation=False) == []


def undocumented(tree: ast.Module) -> list[str]:
    """Public classes and functions without a docstring, and public methods that override nothing."""
    found = [] if ast.get_docstring(tree) else ["the module"]
    for n in tree.body:
        if not isinstance(n, (ast.ClassDef, ast.FunctionDef)) or n.name.startswith("_"):
            continue
        found += [] if ast.get_docstring(n) else [n.name]
        if isinstance(n, ast.ClassDef) and not n.bases:
            mine = [m for m in n.body if isinstance(m, ast.FunctionDef) and not m.name.startswith("_")]
            found += [f"{n.name}.{m.name}" for m in mine if not ast.get_docstring(m)]
    return found


def test_everything_public_has_a_docstring():
    wrong = [f"{p.relative_to(ROOT)}: {name}" for p in FILES for name in undocumented(catalogue.parsed(p))]
    assert not wrong, "\n".join(wrong)


def test_a_missing_docstring_is_seen():
    bare = (
        '"""M."""\nclass A:\n    """A."""\n    def f(self): ...\n    def _g(self): ...\ndef h(): ...\ndef _i(): ...\n'
    )
    assert undocumented(ast.parse(bare)) == ["A.f", "h"]
    assert undocumented(ast.parse("x = 1")) == ["the module"]
    assert undocumented(ast.parse('"""M."""\nclass A(B):\n    """A."""\n    def f(self): ...\n')) == []


def mirrors(path: Path) -> list[Path]:
    """Where the tests of a module may stand: its own file, or one for a whole kernel package."""
    inside = path.relative_to(ROOT)
    own = [TESTS / inside.parent / f"test_{path.stem}.py"]
    package = inside.parent
    if inside.parts[0] == "cli" or package.parts in SHARED or len(package.parts) > 2:
        own += [TESTS / package / f"test_{package.name}.py", TESTS / package.parent / f"test_{package.name}.py"]
    return own


def test_every_module_has_a_test_file_of_its_name():
    tested = [p for p in FILES if p.name not in ("__init__.py", "ids.py") and p.parent.name != "suites"]
    names = {p.relative_to(ROOT).as_posix(): p for p in tested}
    lacking = [n for n, p in names.items() if n not in ELSEWHERE and not any(t.exists() for t in mirrors(p))]
    assert not lacking, "no test file for " + ", ".join(lacking)


def test_the_list_of_exceptions_is_not_stale():
    for name, instead in ELSEWHERE.items():
        assert (ROOT / name).exists() and not mirrors(ROOT / name)[0].exists(), name
        assert (TESTS / instead).exists(), instead
    assert (TESTS / SUITES).exists()


def test_a_module_without_tests_is_seen():
    assert not any(t.exists() for t in mirrors(ROOT / "core" / "planted.py"))
    assert mirrors(ROOT / "core" / "batch.py")[0].exists()


@pytest.mark.parametrize("kind", ["reward", "agent"])
def test_every_entry_stands_in_its_familys_table(kind):
    for e in catalogue.entries(kind):
        if e.family != "core":
            table = contents(ROOT.joinpath(*e.module.split(".")[1:-1]) / "__init__.py")
            assert e.name in table, f"{e.name} is missing in the __init__ of {e.family}"


def test_every_id_names_a_class_of_its_family():
    import gymnasium as gym

    for e in catalogue.entries("environment"):
        cls = gym.spec(e.name).kwargs["rules"].rpartition(":")[2]
        path = ROOT.joinpath(*e.module.split(".")[1:]).with_suffix(".py")
        defined = [n.name for n in catalogue.parsed(path).body if isinstance(n, ast.ClassDef)]
        assert cls in defined and path.parent.name == e.family, e.name
        assert cls in contents(path.parent / "__init__.py"), f"{cls} is missing in the __init__ of {e.family}"
