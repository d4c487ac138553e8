"""Expressions of a program, followed with symbols in place of numbers."""

import ast
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

from rewardlab.core.errors import nearest
from rewardlab.core.sandbox.language import arithmetic, indexing, limits
from rewardlab.core.sandbox.language.functions import builtin, methods, tables
from rewardlab.core.sandbox.language.graph import Value
from rewardlab.core.sandbox.language.operators import Operators
from rewardlab.core.sandbox.language.refusal import refuse
from rewardlab.core.sandbox.language.values import Bound, Function, Module, Named, Type, Unset, sort_of

RESERVED = frozenset(tables.MODULES)


class Expressions(Operators):
    """The values of expressions."""

    frame: int  # which call is followed
    depth: int
    names: dict[str, Any]  # of the function that is being followed
    outer: dict[str, Any]  # of the program's top level

    def eval(self, node: ast.expr) -> Any:
        """The value of an expression."""
        self.tick()
        self.g.line = getattr(node, "lineno", self.g.line)
        follow = _FOLLOW.get(type(node))
        if follow is None:
            refuse(f"`{type(node).__name__.lower()}` is not part of the reward language here", self.line)
        return follow(self, node)

    def invoke(self, function: Function, args: list[Any], more: dict[str, Any]) -> Any:
        """A call of a function of the program (in `statements`)."""
        raise NotImplementedError

    def constant(self, node: ast.Constant) -> Any:
        """A number, a truth value, None or a short string."""
        x = node.value
        if isinstance(x, str) and len(x) > limits.STRING:
            refuse("a string is too long", self.line, expected=f"at most {limits.STRING} characters")
        if x is None or x is ... or isinstance(x, (bool, str)):
            return x
        return arithmetic.known(self.g, x)

    def name(self, node: ast.Name) -> Any:
        """What a name holds."""
        for scope in (self.names, self.outer, builtin.TYPES):
            if node.id in scope:
                found = scope[node.id]
                return refuse(found.why, self.line) if isinstance(found, Unset) else found
        if node.id in builtin.TABLE:
            return Named(node.id, builtin.TABLE[node.id])
        if node.id in tables.MODULES:
            return Module(tables.MODULES[node.id])
        known = {**self.names, **self.outer, **builtin.TABLE, **builtin.TYPES}
        return refuse(
            f"unknown name {ascii(node.id)[1:-1]}",
            self.line,
            expected="a parameter, a name assigned before, np, math or a plain function such as min",
            mend=nearest(node.id, [k for k in known if not k.startswith("_")]),
        )

    def attribute(self, node: ast.Attribute) -> Any:
        """`np.pi`, `x.shape`, `x.sum`."""
        x = self.eval(node.value)
        self.g.line = node.lineno
        if isinstance(x, Module):
            return self._of_module(x, node.attr)
        if (call := methods.of(x).get(node.attr)) is not None:
            return Bound(f".{node.attr}", x, call)
        if arithmetic.is_number(x) and (found := methods.attribute(self, x, node.attr)) is not None:
            return found
        known = [*methods.of(x), *(("shape", "size", "ndim", "T") if arithmetic.is_number(x) else ())]
        return refuse(
            f"{sort_of(x)} has no attribute .{node.attr} here",
            self.line,
            mend=nearest(node.attr, known) if known else "",
        )

    def _of_module(self, module: Module, name: str) -> Any:
        whole = f"{module.name}.{name}"
        if whole in tables.FUNCTIONS:
            return Named(whole, tables.FUNCTIONS[whole])
        if whole in tables.CONSTANTS:
            return tables.CONSTANTS[whole]
        if whole in tables.TYPES:
            return tables.TYPES[whole]
        if whole in tables.NESTED:
            return Module(whole)
        return refuse(f"{whole} is not part of the reward language", self.line, mend=nearest(whole, tables.FUNCTIONS))

    def subscript(self, node: ast.Subscript) -> Any:
        """`x[...]`."""
        x = self.eval(node.value)
        at = self.eval(node.slice)
        self.g.line = node.lineno
        return indexing.item(self, x, at, node.value)

    def slice(self, node: ast.Slice) -> slice:
        """`a:b:c`."""
        return slice(*(None if v is None else self.eval(v) for v in (node.lower, node.upper, node.step)))

    def call(self, node: ast.Call) -> Any:
        """A function of the tables, of the program, or a method."""
        f = self.eval(node.func)
        args: list[Any] = []
        for a in node.args:
            if isinstance(a, ast.Starred):
                args += self.sequence(self.eval(a.value))
            else:
                args.append(self.eval(a))
        more: dict[str, Any] = {}
        for k in node.keywords:
            if k.arg is None:
                refuse("** in a call is not part of the reward language", node.lineno)
            more[k.arg] = self.eval(k.value)
        self.g.line = node.lineno
        if isinstance(f, Function):
            return self.invoke(f, args, more)
        if isinstance(f, Bound):
            return self.known_call(f.name, f.call, [f.target, *args], more)
        if isinstance(f, Type) and f.call is not None:
            return self.known_call(f.name, f.call, args, more)
        if isinstance(f, Named):
            return self.known_call(f.name, f.call, args, more)
        return refuse(f"{sort_of(f)} cannot be called", self.line)

    def known_call(self, name: str, call: Callable[..., Any], args: list[Any], more: dict[str, Any]) -> Any:
        """A function of the tables, whose Python signature says what it takes."""
        taking = _signature(call)
        if "keepdim" in more and "keepdims" in taking.parameters:
            more["keepdims"] = more.pop("keepdim")
        try:
            taking.bind(self, *args, **more)
        except TypeError as error:
            takes = [p for p in list(taking.parameters.values())[1:] if p.kind is not p.VAR_KEYWORD]
            shown = ", ".join(str(p.name) for p in takes)
            refuse(f"{name}(...): {error}", self.line, expected=f"{name}({shown})")
        return call(self, *args, **more)

    def items(self, node: ast.Tuple | ast.List) -> Any:
        """`(a, b)`, `[a, b]`."""
        found: list[Any] = []
        for v in node.elts:
            if isinstance(v, ast.Starred):
                found += self.sequence(self.eval(v.value))
            else:
                found.append(self.eval(v))
        self.room(len(found))
        return tuple(found) if isinstance(node, ast.Tuple) else self.new_list(found)

    def dictionary(self, node: ast.Dict) -> Any:
        """`{"a": x, **more}`."""
        out: dict[Any, Any] = {}
        for k, v in zip(node.keys, node.values, strict=True):
            if k is None:
                out.update(self.mapping(self.eval(v)))
            else:
                key = self.key(self.eval(k))
                out[key] = self.eval(v)
        return self.new_dict(out)

    def text(self, node: ast.JoinedStr) -> str:
        """A key with a known number in it, `f"joint_{i}"`."""
        out = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                out += str(part.value)
                continue
            assert isinstance(part, ast.FormattedValue)
            x = self.eval(part.value)
            if not isinstance(x, (int, str)) or part.conversion != -1 or part.format_spec is not None:
                refuse("an f-string may only hold known integers and strings", self.line)
            out += str(x)
        if len(out) > limits.STRING:
            refuse("a string is too long", self.line)
        return out

    def comprehension(self, node: Any) -> Any:
        """`[f(x) for x in xs if c]` over what is known beforehand."""
        found: list[Any] = []
        held = dict(self.names)

        def follow(i: int) -> None:
            if i == len(node.generators):
                if isinstance(node, ast.DictComp):
                    found.append((self.key(self.eval(node.key)), self.eval(node.value)))
                else:
                    found.append(self.eval(node.elt))
                self.room(len(found))
                return
            part = node.generators[i]
            if part.is_async:
                refuse("async is not part of the reward language", self.line)
            for v in self.sequence(self.eval(part.iter)):
                self.iterate()
                self.assign(part.target, v)
                if all(self._chosen(c) for c in part.ifs):
                    follow(i + 1)

        follow(0)
        self.names = held
        if isinstance(node, ast.DictComp):
            return self.new_dict(dict(found))
        return tuple(found) if isinstance(node, ast.GeneratorExp) else self.new_list(found)

    def _chosen(self, condition: ast.expr) -> bool:
        on = self.truth(self.eval(condition))
        if isinstance(on, Value):
            refuse(
                "a comprehension whose `if` differs from step to step has no fixed length",
                self.line,
                mend="use np.where, or add `x if condition else 0.0`",
            )
        return bool(on)

    def iterate(self) -> None:
        """Count an iteration of a loop."""
        self.iterations += 1
        if self.iterations > limits.ITERATIONS:
            refuse(f"more than {limits.ITERATIONS:,} iterations", self.line, mend="use array operations")

    def assign(self, target: ast.expr, value: Any) -> None:
        """Give a name, or several, what they hold (in `statements`)."""
        raise NotImplementedError

    def function(self, node: ast.Lambda) -> Function:
        """A lambda."""
        home = self.frame if self.depth else None
        return Function("lambda", node.args, node.body, home, self.defaults(node.args))

    def defaults(self, args: ast.arguments) -> dict[str, Any]:
        """What parameters hold that are not given."""
        if args.vararg or args.kwarg or args.posonlyargs:
            refuse("parameters with a star or slash are not part of the reward language", self.line)
        out: dict[str, Any] = {}
        for a, d in zip(args.args[len(args.args) - len(args.defaults) :], args.defaults, strict=True):
            out[a.arg] = self.eval(d)
        for a, given in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if given is not None:
                out[a.arg] = self.eval(given)
        return out


@cache
def _signature(call: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(call)


_FOLLOW: dict[type, Callable[[Expressions, Any], Any]] = {
    ast.Constant: Expressions.constant, ast.Name: Expressions.name, ast.BinOp: Expressions.binary,
    ast.UnaryOp: Expressions.unary, ast.BoolOp: Expressions.boolean, ast.Compare: Expressions.compare,
    ast.IfExp: Expressions.conditional, ast.Attribute: Expressions.attribute, ast.Subscript: Expressions.subscript,
    ast.Slice: Expressions.slice, ast.Call: Expressions.call, ast.Tuple: Expressions.items, ast.List: Expressions.items,
    ast.Dict: Expressions.dictionary, ast.JoinedStr: Expressions.text, ast.ListComp: Expressions.comprehension,
    ast.GeneratorExp: Expressions.comprehension, ast.DictComp: Expressions.comprehension,
    ast.Lambda: Expressions.function,
}  # fmt: skip
