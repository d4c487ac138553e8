"""Operators of a program: arithmetic, comparisons, `and` and `or`, choices; of numbers, lists and keys."""

import ast
from typing import Any

from rewardlab.core.sandbox.language import arithmetic, limits
from rewardlab.core.sandbox.language.functions import tables
from rewardlab.core.sandbox.language.graph import Value
from rewardlab.core.sandbox.language.machine import Machine
from rewardlab.core.sandbox.language.merging import choose
from rewardlab.core.sandbox.language.refusal import refuse
from rewardlab.core.sandbox.language.values import Record, Ref, Unset

OPERATORS: dict[type, str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt",
    ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip


class Operators(Machine):
    """The values of operators."""

    def eval(self, node: ast.expr) -> Any:
        """The value of an expression (in `expressions`)."""
        raise NotImplementedError

    def binary(self, node: ast.BinOp) -> Any:
        """`a + b` and the like."""
        a, b = self.eval(node.left), self.eval(node.right)
        self.g.line = node.lineno
        if isinstance(node.op, ast.MatMult):
            return tables.ARRAYS["matmul"](self, a, b)
        op = OPERATORS.get(type(node.op)) or refuse("shifts are not part of the reward language", self.line)
        if op == "add" and _is_list(a) and _is_list(b):
            items = [*self.sequence(a), *self.sequence(b)]
            self.room(len(items))
            return tuple(items) if isinstance(a, tuple) else self.new_list(items)
        if op == "mul" and (_is_list(a) or _is_list(b)) and (type(a) is int or type(b) is int):
            return self._repeated(*((a, b) if _is_list(a) else (b, a)))
        return arithmetic.binary(self.g, op, self.operand(a), self.operand(b))

    def _repeated(self, items: Any, times: int) -> Any:
        found = self.sequence(items)
        self.room(len(found) * max(0, min(times, limits.INTEGER)))
        found = found * times
        return tuple(found) if isinstance(items, tuple) else self.new_list(found)

    def operand(self, x: Any) -> Any:
        """A side of an operator: a number; a list only beside an array."""
        if isinstance(x, str):
            refuse("strings are only keys here", self.line)
        return self.number(x)

    def unary(self, node: ast.UnaryOp) -> Any:
        """`-a`, `+a`, `not a`, `~a`."""
        x = self.eval(node.operand)
        if isinstance(node.op, ast.Not):
            return arithmetic.opposite(self.g, self.truth(x))
        x = self.operand(x)
        if isinstance(node.op, ast.USub):
            return arithmetic.negative(self.g, x)
        if isinstance(node.op, ast.UAdd):
            return arithmetic.cast(self.g, x, "int") if arithmetic.kind_of(x) == "bool" else x
        if arithmetic.kind_of(x) != "bool" or not isinstance(x, Value):
            refuse("~ is for truth values of the step", self.line, mend="write `not x`")
        return arithmetic.opposite(self.g, x)

    def boolean(self, node: ast.BoolOp) -> Any:
        """`a and b`, `a or b` with the value that decided."""
        wants = isinstance(node.op, ast.And)
        out = self.eval(node.values[0])
        for i, v in enumerate(node.values[1:]):
            decided = self.truth(out)
            if not isinstance(decided, Value):
                if decided is not wants:
                    return out
                out = self.eval(v)
                continue
            rest = self.eval(v)
            if _is_truth(out) and _is_truth(rest):
                out = (arithmetic.both if wants else arithmetic.either)(self.g, out, rest)
            else:
                out = choose(self, decided, rest if wants else out, out if wants else rest, f"side {i + 1}")
                if isinstance(out, Unset):
                    refuse(out.why, self.line)
        return out

    def compare(self, node: ast.Compare) -> Any:
        """`a < b < c`, `key in info`, `x is None`."""
        left, out = self.eval(node.left), True
        for op, right in zip(node.ops, node.comparators, strict=True):
            b = self.eval(right)
            self.g.line = node.lineno
            found = self._compared(op, left, b)
            if len(node.ops) == 1:
                return found
            out = arithmetic.both(self.g, out, self.truth(found))
            left = b
        return out

    def _compared(self, op: ast.cmpop, a: Any, b: Any) -> Any:
        if isinstance(op, (ast.In, ast.NotIn)):
            found = self._contains(b, a)
            return arithmetic.opposite(self.g, found) if isinstance(op, ast.NotIn) else found
        if isinstance(op, (ast.Is, ast.IsNot)):
            if not (a is None or b is None or isinstance(a, bool) or isinstance(b, bool)) or (
                isinstance(a, Value) and isinstance(b, bool)
            ):
                refuse("`is` only compares with None", self.line, mend="use ==")
            return (a is b) is isinstance(op, ast.Is)
        name = OPERATORS[type(op)]
        if _is_list(a) and _is_list(b):
            refuse("two lists are compared", self.line, mend="compare their items, or arrays of them")
        if name in ("eq", "ne") and any(v is None or isinstance(v, str) for v in (a, b)):
            alike = type(a) is type(b) and a == b
            return alike if name == "eq" else not alike
        return arithmetic.binary(self.g, name, self.operand(a), self.operand(b))

    def _contains(self, items: Any, x: Any) -> Any:
        if isinstance(items, Record) or (isinstance(items, Ref) and items.kind == "dict"):
            return self.key(x) in self.mapping(items)
        out: Any = False
        for v in self.sequence(items):
            same = self._compared(ast.Eq(), x, v)
            out = arithmetic.either(self.g, out, self.truth(same))
        return out

    def conditional(self, node: ast.IfExp) -> Any:
        """`a if c else b`."""
        on = self.truth(self.eval(node.test))
        if not isinstance(on, Value):
            return self.eval(node.body if on else node.orelse)
        a, b = self.eval(node.body), self.eval(node.orelse)
        self.g.line = node.lineno
        out = choose(self, on, a, b, "the choice")
        return refuse(out.why, self.line) if isinstance(out, Unset) else out


def _is_list(x: Any) -> bool:
    return isinstance(x, tuple) or (isinstance(x, Ref) and x.kind == "list")


def _is_truth(x: Any) -> bool:
    return isinstance(x, bool) or (isinstance(x, Value) and x.kind == "bool" and x.shape == ())
