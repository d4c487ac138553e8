"""What no file of the package may do: run text as code, read pickles, hand words to a shell.

The few places that may are named one by one, with the reason; each entry must still be needed.
"""

import ast
from pathlib import Path

import pytest
from contracts.package import FILES

from rewardlab.core.catalogue import ROOT

ALLOWED: dict[tuple[str, str], str] = {
    ("core/sandbox/language/emit.py", "exec"): "runs the straight-line form of a program, made of our own templates",
    (
        "core/sandbox/language/emit.py",
        "compile",
    ): "the same text, before it is run; and a program's small tree, to be looked at only",
    ("core/sandbox/jail/statements.py", "exec"): "inside the jail: nothing but the jail keeps this code in",
    ("core/sandbox/jail/statements.py", "compile"): "inside the jail, the same",
    ("core/testing/laws_of_conduct.py", "pickle.loads"): "of what the line itself has just pickled",
    ("core/testing/reward.py", "pickle.loads"): "of what the line itself has just pickled",
    ("core/testing/child.py", "pickle.loads"): "of what the parent process writes to a pipe of its own",
    ("benchmarks/pool.py", "pickle.loads"): "of what the parent process writes to a pipe of its own",
}
"""(file, what) -> why it may."""

WORDS = {"eval", "exec", "__import__"}
DOTTED = {
    "pickle.load", "pickle.loads", "pickle.Unpickler", "cPickle.loads", "marshal.load", "marshal.loads", "shelve.open",
    "dill.load", "dill.loads", "joblib.load", "cloudpickle.load", "cloudpickle.loads", "yaml.load", "yaml.unsafe_load",
    "yaml.full_load", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "code.interact",
    "builtins.eval", "builtins.exec", "builtins.compile", "runpy.run_path", "torch.jit.load", "torch.hub.load",
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
    """The lines that run code, and what they call."""
    tree = ast.parse(source)
    names = origins(tree)
    found: list[tuple[int, str]] = []
    for n in ast.walk(tree):
        if isinstance(n, (ast.Name, ast.Attribute)) and isinstance(n.ctx, ast.Load):
            head, _, rest = dotted(n).partition(".")
            whole = f"{names.get(head, head)}.{rest}" if rest else names.get(head, head)
            if whole in DOTTED or (isinstance(n, ast.Name) and whole in WORDS):
                found.append((n.lineno, whole))
        if not isinstance(n, ast.Call):
            continue
        head, _, rest = dotted(n.func).partition(".")
        whole = f"{names.get(head, head)}.{rest}" if rest else names.get(head, head)
        if whole == "compile" and len(n.args) + len(n.keywords) > 2:  # Python's own; others' take one function
            found.append((n.lineno, "compile"))
        if whole == "torch.load" and keyword(n, "weights_only") is not True:
            found.append((n.lineno, "torch.load"))
        if whole in ("numpy.load", "np.load") and keyword(n, "allow_pickle") not in (None, False):
            found.append((n.lineno, "np.load"))
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
        ("import pickle\npickle.load(f)", "pickle.load"),
        ("import pickle as p\np.loads(b)", "pickle.loads"),
        ("from pickle import loads as q\nq(b)", "pickle.loads"),
        ("import pickle\nclass U(pickle.Unpickler): pass", "pickle.Unpickler"),
        ("import torch\ntorch.load(f)", "torch.load"),
        ("import torch\ntorch.load(f, weights_only=False)", "torch.load"),
        ("import torch\ntorch.load(f, weights_only=flag)", "torch.load"),
        ("import subprocess\nsubprocess.run('ls', shell=True)", "shell="),
        ("import yaml\nyaml.load(f)", "yaml.load"),
        ("from os import system\nsystem('ls')", "os.system"),
        ("import numpy as np\nnp.load(f, allow_pickle=True)", "np.load"),
    ],
)
def test_planted_offences_are_found(source: str, what: str) -> None:
    assert what in {w for _, w in offences(source)}


@pytest.mark.parametrize(
    "source",
    [
        "import re\nre.compile('x')\ncompile(f)",
        "import torch\ntorch.compile(f)\nmodel.eval()\ntorch.load(f, weights_only=True)",
        "import pickle\npickle.dumps(x)",
        "import numpy as np\nnp.load(f)",
        "import yaml\nyaml.safe_load(f)",
        "import subprocess\nsubprocess.run(['ls'])",
    ],
)
def test_their_healthy_twins_are_not(source: str) -> None:
    assert offences(source) == []
