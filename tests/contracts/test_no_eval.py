"""What no file of the package may do: run text as code, read pickles, hand words to a shell.

The few places that may are named one by one, with the reason; each entry must still be needed.
"""

import ast
from pathlib import Path

import pytest
from contracts.package import FILES

from rewardlab.core.catalogue import ROOT

ALLOWED: dict[tuple[str, str], str] = {
    ("benchmarks/case.py", "pickle"): "writes only: does a case survive the way to a worker?",
    ("benchmarks/pool.py", "pickle"): "over pipes between a process and the workers that it started itself",
    ("core/sandbox/jail/statements.py", "exec"): "the one place where whole Python of strangers runs, behind all walls",
    ("core/sandbox/jail/statements.py", "compile"): "the same text there, before it is run",
    ("core/sandbox/language/emit.py", "exec"): "runs the straight-line form of a program, made of our own templates",
    ("core/sandbox/language/emit.py", "compile"): "that text, and a program's small tree, to be looked at only",
    ("core/testing/child.py", "pickle"): "a process of our own sends the environment's factory to its own child",
    ("core/testing/laws_of_conduct.py", "pickle"): "the law that environments pickle reads what it has just written",
    ("core/testing/reward.py", "pickle"): "the law that rewards pickle reads what it has just written",
}
"""(file, rule) -> why it may. There is no other list of exceptions."""

PICKLES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "marshal", "shelve", "joblib"}
WORDS = {"eval", "exec", "__import__"}
DOTTED = {
    "yaml.load", "yaml.unsafe_load", "yaml.full_load", "os.system", "os.popen", "subprocess.getoutput",
    "subprocess.getstatusoutput", "code.interact", "builtins.eval", "builtins.exec", "builtins.compile",
    "runpy.run_path", "runpy.run_module", "torch.jit.load", "torch.hub.load",
}  # fmt: skip


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a chain of attributes, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    inner = dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{inner}.{node.attr}" if isinstance(node, ast.Attribute) and inner else ""


def origins(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for: `p` -> "pickle", `loads` -> "pickle.loads"."""
    out: dict[str, str] = {}
    for n in ast.walk(tree):
        if isinstance(n, ast.Import):
            out |= {a.asname: a.name for a in n.names if a.asname}
        elif isinstance(n, ast.ImportFrom) and not n.level:
            out |= {a.asname or a.name: f"{n.module}.{a.name}" for a in n.names}
    return out


def keyword(call: ast.Call, name: str) -> object:
    """The constant that is given for a keyword; None if there is none, ... if it is no constant."""
    found = [k.value for k in call.keywords if k.arg == name]
    return None if not found else found[0].value if isinstance(found[0], ast.Constant) else ...


def offences(source: str) -> list[tuple[int, str]]:
    """The lines that break a rule, and which."""
    tree = ast.parse(source)
    names = origins(tree)

    def whole(node: ast.expr) -> str:
        head, _, rest = dotted(node).partition(".")
        return f"{names.get(head, head)}.{rest}" if rest else names.get(head, head)

    found: list[tuple[int, str]] = []
    for n in ast.walk(tree):
        if isinstance(n, ast.Import) and any(a.name.split(".")[0] in PICKLES for a in n.names):
            found.append((n.lineno, "pickle"))
        if isinstance(n, ast.ImportFrom) and (n.module or "").split(".")[0] in PICKLES and not n.level:
            found.append((n.lineno, "pickle"))
        if isinstance(n, (ast.Name, ast.Attribute)) and isinstance(n.ctx, ast.Load):
            name = whole(n)
            if name in DOTTED or (isinstance(n, ast.Name) and name in WORDS):
                found.append((n.lineno, name.removeprefix("builtins.")))
            if isinstance(n, ast.Attribute) and PICKLES & set(name.split(".")[:-1]):  # by way of another module too
                found.append((n.lineno, "pickle"))
        if not isinstance(n, ast.Call):
            continue
        name = whole(n.func)
        if name == "importlib.import_module" and n.args and getattr(n.args[0], "value", "") in PICKLES:
            found.append((n.lineno, "pickle"))
        if name == "compile" and len(n.args) + len(n.keywords) > 2:  # Python's own; others' take one function
            found.append((n.lineno, "compile"))
        if name in ("torch.load", "th.load") and keyword(n, "weights_only") is not True:
            found.append((n.lineno, "torch.load"))
        if keyword(n, "allow_pickle") not in (None, False):
            found.append((n.lineno, "allow_pickle"))
        if keyword(n, "shell") not in (None, False):
            found.append((n.lineno, "shell="))
    return found


def here(path: Path) -> str:
    """A file's name inside the package."""
    return path.relative_to(ROOT).as_posix()


def test_no_file_runs_text_or_reads_pickles() -> None:
    wrong = [
        f"{here(p)}:{line}: {what}"
        for p in FILES
        for line, what in offences(p.read_text(encoding="utf-8"))
        if (here(p), what) not in ALLOWED
    ]
    assert not wrong


@pytest.mark.parametrize(("file", "what"), ALLOWED)
def test_each_exception_is_still_needed(file: str, what: str) -> None:
    assert what in {w for _, w in offences((ROOT / file).read_text(encoding="utf-8"))}


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("eval('1')", "eval"),
        ("f = exec", "exec"),
        ("map(eval, x)", "eval"),
        ("compile(x, '', 'exec')", "compile"),
        ("__import__('os')", "__import__"),
        ("import pickle\npickle.load(f)", "pickle"),
        ("import pickle as p\np.loads(b)", "pickle"),
        ("from pickle import loads as q\nq(b)", "pickle"),
        ("import pickle\nclass U(pickle.Unpickler): pass", "pickle"),
        ("import torch\ntorch.load(f)", "torch.load"),
        ("import torch\ntorch.load(f, weights_only=False)", "torch.load"),
        ("import torch\ntorch.load(f, weights_only=flag)", "torch.load"),
        ("import subprocess\nsubprocess.run('ls', shell=True)", "shell="),
        ("import yaml\nyaml.load(f)", "yaml.load"),
        ("from os import system\nsystem('ls')", "os.system"),
        ("import numpy as np\nnp.load(f, allow_pickle=True)", "allow_pickle"),
        ("import numpy as np\nnp.load(f, allow_pickle=flag)", "allow_pickle"),
        ("def f():\n    from cloudpickle import dumps", "pickle"),
        ("import torch\ntorch.serialization.pickle.loads(b)", "pickle"),
        ("import importlib\nimportlib.import_module('dill')", "pickle"),
        ("import builtins\nbuiltins.exec('1')", "exec"),
        ("subprocess.run('ls', shell=flag)", "shell="),
        ("import torch as th\nth.load(f)", "torch.load"),
    ],
)
def test_planted_offences_are_found(source: str, what: str) -> None:
    assert what in {w for _, w in offences(source)}


@pytest.mark.parametrize(
    "source",
    [
        "import re\nre.compile('x')\ncompile(f)",
        "import torch\ntorch.compile(f)\nmodel.eval()\ntorch.load(f, weights_only=True)",
        "from copyreg import pickle_of_mine\nx.pickle(3)\ncursor.exec('select 1')\nast.literal_eval(t)",
        "import numpy as np\nnp.load(f, allow_pickle=False)",
        "import yaml\nyaml.safe_load(f)",
        "import subprocess\nsubprocess.run(['ls'])",
    ],
)
def test_their_healthy_twins_are_not(source: str) -> None:
    assert offences(source) == []
