"""Statements of a program, followed with symbols in place of numbers.

An `if` whose condition differs from step to step is followed both ways. `live` says which steps are still at the point
that is followed: all, none, or those where a truth value holds. Steps that returned, broke off or went on with the
next iteration leave `live` and meet the others again where their paths do.
"""

import ast
from collections.abc import Callable
from typing import Any

from rewardlab.core.sandbox.language import arithmetic, limits
from rewardlab.core.sandbox.language.calls import Calls
from rewardlab.core.sandbox.language.expressions import RESERVED
from rewardlab.core.sandbox.language.functions import tables
from rewardlab.core.sandbox.language.graph import Number, Value, base
from rewardlab.core.sandbox.language.merging import Path, meet
from rewardlab.core.sandbox.language.operators import OPERATORS
from rewardlab.core.sandbox.language.refusal import HEADER, refuse
from rewardlab.core.sandbox.language.values import Function, Module, Record, Ref, Unset, sort_of


class Statements(Calls):
    """The effect of statements."""

    def run(self, body: list[ast.stmt]) -> None:
        """Statements one after the other, until no step is left."""
        for node in body:
            if self.live is False:
                return
            self.tick()
            self.g.line = node.lineno
            _FOLLOW.get(type(node), _foreign)(self, node)

    # names

    def checked(self, name: str, line: int | None = None) -> str:
        """A name that a program may give."""
        if not name.isascii() or name.startswith("__") or len(name) > limits.STRING:
            refuse("names are plain ASCII letters, digits and single underscores", line or self.line)
        if name in RESERVED:
            refuse(f"{name} is the name of a module", line or self.line, mend="choose another name")
        return name

    def assign(self, target: ast.expr, value: Any) -> None:
        """`name = value`, `a, b = value`, `parts["x"] = value`."""
        self.tick()
        if isinstance(target, ast.Name):
            self.names[self.checked(target.id)] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target.elts, self.sequence(value))
        elif isinstance(target, ast.Subscript):
            self._put(target, value)
        else:
            refuse("only names and items of dicts can be assigned", self.line)

    def _unpack(self, targets: list[ast.expr], items: list[Any]) -> None:
        stars = [i for i, t in enumerate(targets) if isinstance(t, ast.Starred)]
        if len(stars) > 1 or len(items) < len(targets) - len(stars) or (not stars and len(items) != len(targets)):
            refuse(f"{len(items)} values for {len(targets)} names", self.line)
        if stars:
            i, rest = stars[0], len(items) - len(targets) + 1
            items = [*items[:i], self.new_list(items[i : i + rest]), *items[i + rest :]]
            targets = [t.value if isinstance(t, ast.Starred) else t for t in targets]
        for t, v in zip(targets, items, strict=True):
            self.assign(t, v)

    def _put(self, target: ast.Subscript, value: Any) -> None:
        x, at = self.eval(target.value), self.eval(target.slice)
        if isinstance(x, Ref) and x.kind == "dict":
            self.store(x, {**self.content(x), self.key(at): value})
        elif isinstance(x, Ref):
            items = list(self.content(x))
            items[self.integer(at, "the index", -len(items), len(items) - 1)] = value
            self.store(x, tuple(items))
        elif isinstance(x, Record):
            refuse(f"{x.name} cannot be changed", self.line, mend="assign to a new name")
        else:
            refuse(
                f"{sort_of(x)} cannot be changed in place",
                self.line,
                mend="build it in one expression: np.array([a, b, c]), np.where(...), or collect in a list",
            )

    def assignment(self, node: ast.Assign) -> None:
        """`a = b = value`."""
        value = self.eval(node.value)
        for t in node.targets:
            self.g.line = node.lineno
            self.assign(t, value)

    def annotated(self, node: ast.AnnAssign) -> None:
        """`a: float = value`; what is said of the type is not read."""
        if node.value is not None:
            self.assign(node.target, self.eval(node.value))

    def augmented(self, node: ast.AugAssign) -> None:
        """`a += value`."""
        old = self.eval(_loaded(node.target))
        new = self.eval(node.value)
        self.g.line = node.lineno
        op = type(node.op)
        if isinstance(old, Ref) and old.kind == "list" and op is ast.Add:
            self.store(old, (*self.content(old), *self.sequence(new)))
            return
        if isinstance(old, Value) and old.shape:
            self._alone(old, node.target)
        if op is ast.MatMult:
            out = tables.ARRAYS["matmul"](self, old, new)
        else:
            name = OPERATORS.get(op) or refuse("shifts are not part of the reward language", self.line)
            out = arithmetic.binary(self.g, name, self.operand(old), self.operand(new))
        self.assign(node.target, out)

    def _alone(self, x: Value, target: ast.expr) -> None:
        """`+=` changes an array in place: refuse where another name would see it."""
        mine = target.id if isinstance(target, ast.Name) else None
        root, seen = base(x), set[Any]()
        others = [v for k, v in self.names.items() if k != mine]
        shared = any(self._holds(v, root, seen) for v in (*others, *self.outer.values()))
        if root.op == "input" or shared or mine is None or self.depth > 1:
            refuse(
                "an augmented assignment would change an array that is also used elsewhere",
                self.line,
                mend="write `x = x + ...` instead of `x += ...`",
            )

    def _holds(self, x: Any, root: Value, seen: set[Any]) -> bool:
        """Whether an array of this memory is, or is found in, what a name stands for."""
        if isinstance(x, Value):
            return base(x) is root
        inside: Any = ()
        if isinstance(x, tuple):
            inside = x
        elif isinstance(x, Ref) and x not in seen:
            seen.add(x)
            found = self.heap[x.number]
            inside = () if isinstance(found, Unset) else found.values() if isinstance(found, dict) else found
        elif isinstance(x, Function) and id(x) not in seen:
            seen.add(id(x))
            home = self.frames[x.home] if x.home in self.frames and x.home != self.frame else {}
            inside = (*x.defaults.values(), *home.values())
        self.tick(1 + len(inside) // 10)
        return any(self._holds(v, root, seen) for v in inside)

    # control

    def chosen(self, node: ast.If) -> None:
        """`if`, both ways where steps differ."""
        on = self.truth(self.eval(node.test))
        if not isinstance(on, Value):
            self.run(node.body if on else node.orelse)
            return
        before, left = self.live, self.left
        names, heap = self.names, self.heap
        ends: list[Path] = []
        for side, body in ((on, node.body), (arithmetic.opposite(self.g, on), node.orelse)):
            self.names, self.heap = dict(names), dict(heap)
            self.live = arithmetic.both(self.g, before, side)
            self.run(body)
            ends.append(Path(self.live, self.names, self.heap))
        alive = [p for p in ends if p.on is not False]
        if len(alive) < 2:
            end = alive[0] if alive else ends[0]
            self.names, self.heap, self.live = end.names, end.heap, end.on
            return
        rest = arithmetic.either(self.g, ends[0].on, ends[1].on) if self.left != left else before
        ends[0].on = on
        self.inside = self.depth > 1
        end = meet(self, ends)
        self.names, self.heap, self.live = end.names, end.heap, rest

    def loop(self, node: ast.For) -> None:
        """`for` over what is known beforehand, written out."""
        items = self.sequence(self.eval(node.iter))
        held = self.breaks, self.continues
        before, left = self.live, self.left
        self.breaks, self.continues = [], []
        for x in items:
            if self.live is False:
                break
            self.iterate()
            self.g.line = node.lineno
            self.continues = []
            start, inside = self.live, self.left
            self.assign(node.target, x)
            self.run(node.body)
            self._gather(self.continues, start, inside)
        if node.orelse:
            self.run(node.orelse)
        self._gather(self.breaks, before, left)
        self.breaks, self.continues = held

    def _gather(self, paths: list[Path], before: Number, left: int) -> None:
        """Paths that were left meet the one that was not; if no other was left, all steps of before are here."""
        if not paths:
            return
        ends = [*paths, Path(self.live, self.names, self.heap)]
        end = meet(self, ends)
        self.left -= len(paths)
        self.names, self.heap, self.live = end.names, end.heap, before if self.left == left else end.on

    def broken(self, node: ast.Break) -> None:
        """`break`."""
        self.leave(self.breaks)

    def continued(self, node: ast.Continue) -> None:
        """`continue`."""
        self.leave(self.continues)

    def returned(self, node: ast.Return) -> None:
        """`return`."""
        value = None if node.value is None else self.eval(node.value)
        self.leave(self.returns, value)

    def defined(self, node: ast.FunctionDef) -> None:
        """A helper function; what it says of types is not read."""
        for d in node.decorator_list:
            if ast.unparse(d) not in ("torch.jit.script", "staticmethod"):
                refuse("decorators are not part of the reward language", node.lineno, mend=f"write {HEADER}")
        for a in (*node.args.args, *node.args.kwonlyargs):
            self.checked(a.arg, node.lineno)
        defaults = self.defaults(node.args)
        home = self.frame if self.depth else None
        self.names[self.checked(node.name)] = Function(node.name, node.args, node.body, home, defaults)

    def expression(self, node: ast.Expr) -> None:
        """A call such as `parts.update(...)`; a text is a comment."""
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            self.eval(node.value)

    def imported(self, node: ast.Import) -> None:
        """`import numpy as np`: only a name for what is there anyway."""
        for a in node.names:
            if a.name in ("typing", "__future__"):
                continue
            if a.name not in tables.MODULES and a.name not in ("numpy.linalg",):
                refuse(
                    f"import of {ascii(a.name)[1:-1]}", node.lineno, expected="numpy and math; they are there already"
                )
            if a.asname is not None:
                if a.asname not in RESERVED:
                    self.checked(a.asname)
                elif tables.MODULES.get(a.asname) != tables.MODULES.get(a.name):
                    refuse(f"{a.name} under the name of {a.asname}", node.lineno)
                else:
                    continue
                self.names[a.asname] = Module(tables.MODULES.get(a.name, "np.linalg"))

    def imported_from(self, node: ast.ImportFrom) -> None:
        """`from math import exp`."""
        if node.module in ("typing", "__future__") and not node.level:
            return
        home = tables.MODULES.get(node.module or "", None) or (
            "np.linalg" if node.module == "numpy.linalg" else refuse(f"import from {node.module!a}", node.lineno)
        )
        for a in node.names:
            if a.name.startswith("_") or a.name == "*":
                refuse(f"import of {a.name}", node.lineno)
            self.names[self.checked(a.asname or a.name)] = self._of_module(Module(home), a.name)

    def nothing(self, node: ast.Pass) -> None:
        """`pass`."""


def _loaded(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return refuse("only names and items of dicts can be assigned", getattr(target, "lineno", None))


def _foreign(m: Statements, node: ast.stmt) -> None:
    refuse(f"`{type(node).__name__.lower()}` is not part of the reward language", node.lineno)


_FOLLOW: dict[type, Callable[[Statements, Any], None]] = {
    ast.Assign: Statements.assignment, ast.AnnAssign: Statements.annotated, ast.AugAssign: Statements.augmented,
    ast.If: Statements.chosen, ast.For: Statements.loop, ast.Break: Statements.broken,
    ast.Continue: Statements.continued, ast.Return: Statements.returned, ast.FunctionDef: Statements.defined,
    ast.Expr: Statements.expression, ast.Import: Statements.imported, ast.ImportFrom: Statements.imported_from,
    ast.Pass: Statements.nothing,
}  # fmt: skip
