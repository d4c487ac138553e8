"""Calls of a program's own functions and lambdas: their bodies are followed as if they stood at the call."""

import ast
from dataclasses import dataclass, field
from typing import Any

from rewardlab.core.sandbox.language import limits
from rewardlab.core.sandbox.language.expressions import Expressions
from rewardlab.core.sandbox.language.graph import Number
from rewardlab.core.sandbox.language.merging import BEFORE, Path, meet
from rewardlab.core.sandbox.language.refusal import refuse
from rewardlab.core.sandbox.language.values import Function, Unset


@dataclass
class Calls(Expressions):
    """The values of calls.

    Attributes:
        live: which steps are at the point that is followed: a truth value, or True or False for all or none.
        returns: the paths that left the function that is followed.
        breaks: those that left its loop.
        continues: those that left its iteration.
    """

    names: dict[str, Any] = field(default_factory=dict)
    outer: dict[str, Any] = field(default_factory=dict)
    live: Number = True
    depth: int = 0
    returns: list[Path] = field(default_factory=list)
    breaks: list[Path] = field(default_factory=list)
    continues: list[Path] = field(default_factory=list)
    left: int = 0  # paths that were left and have not met the others again
    frames: dict[int, dict[str, Any]] = field(default_factory=dict)  # names of functions that wait or are over
    frame: int = 0
    _frames: int = 0

    def run(self, body: list[ast.stmt]) -> None:
        """Statements one after the other (in `statements`)."""
        raise NotImplementedError

    def invoke(self, function: Function, args: list[Any], more: dict[str, Any]) -> Any:
        """A call of a function of the program, as if its body stood here."""
        if self.depth >= limits.CALLS:
            refuse(f"functions call each other more than {limits.CALLS} deep", self.line, mend="no recursion")
        names = self._bound(function, args, more)
        line = self.line
        self.frames[self.frame] = self.names
        around = {} if function.home is None else self.frames[function.home]
        held_state = self.names, self.live, self.returns, self.breaks, self.continues, self.left, self.frame
        self._frames += 1
        self.frame = self._frames
        self.returns, self.breaks, self.continues = [], [], []
        self.depth += 1
        self.live = True  # of those that called
        if isinstance(function.body, ast.expr):
            self.names = {**around, **names}
            self.leave(self.returns, self.eval(function.body))
        else:
            self.names = {**around, **unset(function.body), **names}
            self.run(function.body)
        if self.live is not False:
            self.returns.append(Path(self.live, {}, self.heap))
        paths = [Path(p.on, {}, p.heap, p.value) for p in self.returns]
        self.depth -= 1
        self.frames[self.frame] = self.names
        self.names, self.live, self.returns, self.breaks, self.continues, self.left, self.frame = held_state
        self.g.line = line
        if not paths:
            refuse(f"{function.name} never returns", self.line)
        out = meet(self, paths).value
        if isinstance(out, Unset):
            refuse(f"{function.name}: {out.why}", self.line, mend="return one kind of thing on every path")
        return out

    def _bound(self, function: Function, args: list[Any], more: dict[str, Any]) -> dict[str, Any]:
        wanted = [a.arg for a in function.args.args]
        every = wanted + [a.arg for a in function.args.kwonlyargs]
        if len(args) > len(wanted):
            refuse(f"{function.name} takes {len(wanted)} arguments, {len(args)} are given", self.line)
        out = {**function.defaults, **dict(zip(wanted, args, strict=False))}
        for k, v in more.items():
            if k not in every or k in wanted[: len(args)]:
                refuse(f"{function.name} has no free argument {k!r}", self.line)
            out[k] = v
        if missing := [k for k in every if k not in out]:
            refuse(f"{function.name} misses {', '.join(missing)}", self.line)
        return out

    def leave(self, paths: list[Path], value: Any = None) -> None:
        """The steps that are here leave by a path of their own."""
        paths.append(Path(self.live, dict(self.names), dict(self.heap), value))
        self.left += 1
        self.live = False


def unset(body: list[ast.stmt]) -> dict[str, Unset]:
    """The names that a function gives somewhere: until then they have no value, whatever stands outside of it."""
    out: dict[str, Unset] = {}
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef):
            name = node.name
        else:
            name = node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""
            if not isinstance(node, (ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.DictComp)):
                todo += ast.iter_child_nodes(node)
        if name:
            out[name] = Unset(f"{name!a} {BEFORE}")
    return out
