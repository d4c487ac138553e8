"""What the package holds, read from its source files: ids, names, docstrings, fields. Imports nothing that it lists.

Environments are the ids that stand as literals in `envs/<family>/ids.py`; rewards are the public classes below
`Reward`; functions are what else the families of rewards and of objectives offer: metrics, potentials, designers,
rewards of whole groups, choices of data; agents are the public classes of the families in `agents/`; objectives are
what takes a `Group` there; suites are the files of `benchmarks/suites/`.
"""

import ast
import gc
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from rewardlab.core.errors import UnknownName, nearest
from rewardlab.core.lazy import contents

Kind = Literal["environment", "reward", "function", "agent", "objective", "suite"]
KINDS: tuple[Kind, ...] = get_args(Kind)
AGENTS = {"OnlineAgent", "BaseAlgorithm", "TokenAgent"}
"""Whoever has one of these among its bases is an agent."""
ROOT = Path(__file__).parents[1]
OBJECTIVES = ("direct_preference", "nash", "policy_gradient")
"""The families of agents whose methods are objectives."""


@dataclass(frozen=True)
class Entry:
    """One environment id, reward, function, agent, objective or suite.

    Attributes:
        name: the id, the class, or the suite's file name.
        kind: one of `KINDS`.
        family: the folder it stands in.
        module: the module to import it from.
        summary: the first line of its docstring; of an id, what its table says in its place.
        gist: the sentence after its equation, "" if there is none.
        equation: the indented block of its docstring, "" if there is none.
        source: the `Source:` paragraph without that word, "" if there is none.
        fields: parameter -> default as Python text, "" where one must be given.
        doc: the whole docstring.
        traits: of a reward, `invariance` and `knowledge` as its class says them.
    """

    name: str
    kind: Kind
    family: str
    module: str
    summary: str
    gist: str
    equation: str
    source: str
    fields: Mapping[str, str]
    doc: str
    traits: Mapping[str, str] = field(default_factory=dict)


def entries(kind: Kind | None = None) -> list[Entry]:
    """All entries of one kind or of all, sorted by kind, family and name; the files are read once in a process."""
    return list(_entries(kind))


@cache
def _entries(kind: Kind | None) -> tuple[Entry, ...]:
    readers = {
        "environment": _environments,
        "reward": _rewards,
        "function": _functions,
        "agent": _agents,
        "objective": _objectives,
        "suite": _suites,
    }
    with _uncollected():
        found = [e for k, read in readers.items() if kind in (None, k) for e in read()]
    return tuple(sorted(found, key=lambda e: (KINDS.index(e.kind), e.family, e.name)))


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: it would look through all trees again and again, three times the work."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def find(word: str, kind: Kind | None = None) -> list[Entry]:
    """The entries with `word` in their name or at the beginning of a word of their family or docstring, in any case.

    So "count" finds what counts, and not what discounts.
    """
    begins = re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE)
    return [
        e for e in entries(kind) if plain(word) in plain(e.name) or begins.search(f"{e.family}\n{e.summary}\n{e.doc}")
    ]


def entry(name: str, kind: Kind | None = None) -> Entry:
    """The entry called `name`: case, dashes and underscores are forgiven, and ids may come without `rewardlab/`.

    Raises:
        UnknownName: with the nearest names.
    """
    known = entries(kind)
    for e in known:
        if name == e.name:
            return e
    for e in known:
        if plain(name) in (plain(e.name), plain(e.name.partition("/")[2]), plain(e.name.partition("/")[2][:-3])):
            return e
    raise UnknownName(f"nothing is called {name!r}", mend=nearest(name, [e.name for e in known]))


def plain(name: str) -> str:
    """A name without case, dashes, underscores and blanks, to compare spellings by."""
    return re.sub(r"[-_ ]", "", name).lower()


def _environments() -> Iterator[Entry]:
    for path in sorted(ROOT.glob("envs/*/ids.py")):
        for name, table in ids(path).items():
            module, _, cls = table["rules"].partition(":")
            own, node = _resolve(_file(module), cls) or (path, None)
            fields = _fields(own, node) | {k: repr(v) for k, v in table.get("kwargs", {}).items()}
            yield _entry(name, "environment", path.parent.name, own, node, fields, table.get("summary", ""))


def _rewards() -> Iterator[Entry]:
    for path in [ROOT / "core/reward.py", ROOT / "core/algebra.py", *sorted(ROOT.glob("rewards/**/*.py"))]:
        found = [n for n in _public(path) if "Reward" in _bases(path, n) and _pays(path, n) and not _unfinished(n)]
        for node in found:
            entry = _entry(node.name, "reward", path.parent.name, path, node, _fields(path, node))
            if len(found) > 1:  # the file's own first line would name them all alike
                entry = replace(entry, summary=(ast.get_docstring(node) or "").partition("\n")[0])
            yield replace(entry, traits=_traits(path, node))


def _functions() -> Iterator[Entry]:
    """What the tables of contents of families name and what cites a source, without rewards, agents and objectives."""
    families = [p for p in sorted(ROOT.glob("rewards/*/__init__.py")) if p.parent.name != "drivers"]
    for init in [*families, *_families_of_objectives()]:
        for name, path, node in _named(init):
            reward = isinstance(node, ast.ClassDef) and "Reward" in _bases(path, node) and _pays(path, node)
            if not reward and not _takes_group(node):
                yield from _offered(name, "function", init, path, node)


def _objectives() -> Iterator[Entry]:
    """What families of objectives name whose call takes a `Group`."""
    for init in _families_of_objectives():
        found = [(name, path, node) for name, path, node in _named(init) if _takes_group(node)]
        files = Counter(path for _, path, _ in found)
        for name, path, node in found:
            for e in _offered(name, "objective", init, path, node):
                whole = ast.get_docstring(parsed(path)) or ""
                # what all are, losses of prompts, says less than the file does, unless it holds several
                own = f" {e.summary.removeprefix('The loss [P] of each prompt, ')}" if files[path] > 1 else ""
                yield replace(e, summary=whole.partition("\n")[0] + own, gist=gist(whole))


def _families_of_objectives() -> list[Path]:
    return [ROOT / "agents" / family / "__init__.py" for family in OBJECTIVES]


def _named(init: Path) -> Iterator[tuple[str, Path, "ast.ClassDef | ast.FunctionDef"]]:
    """(name, file, definition) of the classes and functions that a table of contents names."""
    for name, module in contents(init).items():
        path = _file(module)
        node = next((n for n in parsed(path).body if getattr(n, "name", "") == name), None)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            yield name, path, node


def _offered(name: str, kind: Kind, init: Path, path: Path, node: "ast.ClassDef | ast.FunctionDef") -> Iterator[Entry]:
    """Its entry, if it or its file cites a source; its own words before those of its file."""
    own, whole = ast.get_docstring(node) or "", ast.get_docstring(parsed(path)) or ""
    if not own or "Source:" not in whole + own:
        return
    fields = _arguments(node.args, 0) if isinstance(node, ast.FunctionDef) else _fields(path, node)
    doc = own if "Source:" in own else f"{own}\n\n{whole}"
    module = ".".join(("rewardlab", *path.relative_to(ROOT).with_suffix("").parts))
    first = own.partition("\n")[0]
    yield Entry(name, kind, init.parent.name, module, first, gist(own), equation(whole), source(doc), fields, doc)


def _takes_group(node: "ast.ClassDef | ast.FunctionDef") -> bool:
    """Whether it maps a `Group` to an array, as a function or as an object that is called."""
    if isinstance(node, ast.ClassDef):
        call = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__call__"), None)
        return call is not None and _takes_group(call)
    first = next((a for a in node.args.args if a.arg != "self"), None)
    returned = ast.unparse(node.returns) if node.returns is not None else ""
    return first is not None and first.annotation is not None and (ast.unparse(first.annotation), returned) == (
        "Group", "Array",
    )  # fmt: skip


def _agents() -> Iterator[Entry]:
    for path in sorted(ROOT.glob("agents/*/*.py")):
        for node in _public(path):
            if path.parent.name != "loops" and _bases(path, node) & AGENTS:
                yield _entry(node.name, "agent", path.parent.name, path, node, _fields(path, node))


def _suites() -> Iterator[Entry]:
    for path in sorted(ROOT.glob("benchmarks/suites/[!_]*.py")):
        yield _entry(path.stem.replace("_", "-"), "suite", "suites", path, None, {})


def _entry(
    name: str,
    kind: Kind,
    family: str,
    path: Path,
    node: ast.ClassDef | None,
    fields: Mapping[str, str],
    summary: str = "",
) -> Entry:
    """An entry; its text is the class's docstring if that cites a source, else the module's."""
    own, module_doc = (ast.get_docstring(node) or "") if node else "", ast.get_docstring(parsed(path)) or ""
    doc = own if "Source:" in own else module_doc
    module = ".".join(("rewardlab", *path.relative_to(ROOT).with_suffix("").parts))
    first = summary or doc.partition("\n")[0]
    return Entry(name, kind, family, module, first, gist(doc), equation(doc), source(doc), fields, doc)


def equation(doc: str) -> str:
    """The first indented block of a docstring, dedented; "" if there is none before the first section."""
    head = re.split(r"^(?:Args|Attributes|Returns|Raises|Source):", doc, maxsplit=1, flags=re.M)[0]
    block = re.search(r"\n\n((?:[ ]{4}[^\n]*\n(?:[ ]*\n(?=[ ]{4}))?)+)", head + "\n")
    return textwrap.dedent(block[1]).strip("\n") if block else ""


def gist(doc: str) -> str:
    """The first sentence of the first paragraph after the summary that is not indented, on one line."""
    for paragraph in re.split(r"\n\s*\n", doc)[1:]:
        if re.match(r"(?:Args|Attributes|Returns|Raises|Source|Note):", paragraph):
            return ""
        if not paragraph.startswith(" "):
            return re.split(r"(?<=[.?!])\s+(?=[A-Z])", " ".join(paragraph.split()), maxsplit=1)[0]
    return ""


def source(doc: str) -> str:
    """The paragraph after `Source:` on one line; "" if there is none."""
    block = re.search(r"^Source:(.*?)(?:\n\s*\n|\Z)", doc, flags=re.M | re.S)
    return " ".join(block[1].split()) if block else ""


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a source file, read once: of functions and methods the first and the last statement alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = (inner for n in tree.body if isinstance(n, ast.ClassDef) for inner in n.body)
    for n in (*tree.body, *inside):
        if isinstance(n, ast.FunctionDef):  # most of a tree, and nobody asks for it
            n.body = [n.body[0], n.body[-1]]
    return tree


def ids(path: Path) -> dict[str, Any]:
    """The literal `IDS` of a family's ids.py."""
    for n in parsed(path).body:
        if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "IDS":
            return dict(ast.literal_eval(n.value))
        if isinstance(n, ast.AnnAssign) and ast.unparse(n.target) == "IDS" and n.value:
            return dict(ast.literal_eval(n.value))
    return {}


@cache
def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _public(path: Path) -> list[ast.ClassDef]:
    return [n for n in parsed(path).body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]


@cache
def _resolve(path: Path, name: str) -> tuple[Path, ast.ClassDef] | None:
    """Where the class that a file calls `name` is written; None if outside the package."""
    body = parsed(path).body
    for n in [*body, *(inner for block in body if isinstance(block, ast.If) for inner in block.body)]:
        if isinstance(n, ast.ClassDef) and n.name == name:
            return path, n
        if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("rewardlab."):
            for a in n.names:
                if (a.asname or a.name) == name:
                    return _resolve(_file(str(n.module)), a.name)
    return None


def _parents(path: Path, node: ast.ClassDef) -> Iterator[tuple[str, tuple[Path, ast.ClassDef] | None]]:
    for b in node.bases:
        b = b.value if isinstance(b, ast.Subscript) else b  # Generic[T]
        if isinstance(b, ast.Attribute):  # of another package, which may call it as we call ours
            yield b.attr, None
        elif isinstance(b, ast.Name):
            yield b.id, _resolve(path, b.id)


@cache
def _bases(path: Path, node: ast.ClassDef) -> set[str]:
    """The names of all bases of a class, followed through the package."""
    found = list(_parents(path, node))
    return {name for name, _ in found}.union(*(_bases(*known) for _, known in found if known))


def _unfinished(node: ast.ClassDef) -> bool:
    """Whether a class leaves a method to those below it: ground, and no entry."""
    methods = [n for n in node.body if isinstance(n, ast.FunctionDef)]
    return any("NotImplementedError" in ast.unparse(n.body[-1]) for n in methods if isinstance(n.body[-1], ast.Raise))


def _pays(path: Path, node: ast.ClassDef) -> bool:
    """Whether a reward says what it pays, itself or through a base other than `Reward`."""
    own = any(isinstance(n, ast.FunctionDef) and n.name == "__call__" for n in node.body)
    return own or any(name != "Reward" and known and _pays(*known) for name, known in _parents(path, node))


@cache
def _fields(path: Path, node: ast.ClassDef | None) -> dict[str, str]:
    """Parameter -> default of a dataclass, inherited ones first, or of an `__init__`."""
    out: dict[str, str] = {}
    if node is None:
        return out
    for _, known in _parents(path, node):
        out |= _fields(*known) if known else {}
    for n in node.body:
        if isinstance(n, ast.AnnAssign) and any("dataclass" in ast.unparse(d) for d in node.decorator_list):
            out |= {ast.unparse(n.target): _default(n.value)} if _is_field(n) else {}
        if isinstance(n, ast.FunctionDef) and n.name == "__init__":
            out = _arguments(n.args, 1)
    return out


def _arguments(a: ast.arguments, skip: int) -> dict[str, str]:
    """Parameter -> default of a function, without the first `skip`."""
    positional = [*a.posonlyargs, *a.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(a.defaults)) + [*a.defaults]
    pairs = [*zip(positional, defaults, strict=True), *zip(a.kwonlyargs, a.kw_defaults, strict=True)][skip:]
    return {arg.arg: _default(d) for arg, d in pairs}


@cache
def _traits(path: Path, node: ast.ClassDef) -> dict[str, str]:
    """What a class or its bases say of `invariance` and `knowledge`."""
    out: dict[str, str] = {}
    for _, known in _parents(path, node):
        out |= _traits(*known) if known else {}
    for n in node.body:
        if isinstance(n, ast.AnnAssign) and ast.unparse(n.target) in ("invariance", "knowledge") and n.value:
            out[ast.unparse(n.target)] = str(ast.literal_eval(n.value))
    return out


def _is_field(n: ast.AnnAssign) -> bool:
    name, kind = ast.unparse(n.target), ast.unparse(n.annotation)
    return not (name.startswith("_") or "ClassVar" in kind or "init=False" in ast.unparse(n))


def _default(value: ast.expr | None) -> str:
    if isinstance(value, ast.Call) and ast.unparse(value.func) in ("field", "dataclasses.field"):
        given = {k.arg: k.value for k in value.keywords}
        made = given.get("default_factory")
        return ast.unparse(given["default"]) if "default" in given else f"{ast.unparse(made)}()" if made else ""
    return ast.unparse(value) if value is not None else ""
