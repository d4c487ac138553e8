"""A calculator: whole numbers and fractions exactly, roots and logarithms in floating point.

Its own tokens, its own parser and its own sizes: no text becomes code,.
"""

import re
from dataclasses import dataclass

from rewardlab.envs.text.tools.arithmetic import CONSTANTS, FUNCTIONS, Number, called, literal, operate, power, written
from rewardlab.envs.text.tools.tool import Session, Tool, ToolError, shown

LONGEST, DEEPEST = 1000, 40  # characters; brackets and signs within each other
_TOKEN = re.compile(
    r"[ \t\r\n]*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<mark>\*\*|//|[-+*/%(),])|(?P<end>\Z))"
)
BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2}
SIGN, POWER = 3, 4
HINTS = {"^": "; for a power write **", "=": "; it is no equation", "×": "; write *", "÷": "; write /"}


@dataclass
class Calculator(Tool):
    """Compute a number: + - * / // % ** ( ), sqrt, exp, log, sin, abs, floor, round, min, max, gcd and the like, pi, e.

    It has no memory.
    """

    name = "calc"

    def use(self, session: Session, expression: str) -> str:
        """The value.

        Args:
            expression: such as (3+4)*2/7
        """
        return written(value(expression))


def value(expression: str) -> Number:
    """The value of an expression, with Python's precedence: ** binds tighter than a sign on its left.

    Raises:
        ToolError: what is wrong and where.
    """
    if len(expression) > LONGEST:
        raise ToolError(f"the expression has {len(expression)} characters; at most {LONGEST} are allowed")
    parser = _Parser(expression)
    found = parser.sum(0)
    if parser.token:
        raise parser.unexpected()
    return found


class _Parser:
    """Reads from left to right, one token ahead; each level of precedence is one call deeper."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.begin, self.depth = text, 0, 0, 0
        self.kind = self.token = ""
        self.next()

    def next(self) -> str:
        """The token that was ahead; reads another."""
        taken, match = self.token, _TOKEN.match(self.text, self.at)
        if match is None:
            rest = self.text[self.at :].lstrip(" \t\r\n")
            hint = HINTS.get(rest[0], "")
            where = f"at character {len(self.text) - len(rest) + 1}"
            raise ToolError(f"'{shown(rest[:1], 12)}' {where} is not allowed{hint}")
        self.kind = str(match.lastgroup)
        self.begin, self.at, self.token = match.start(self.kind), match.end(), match[self.kind]
        return taken

    def unexpected(self) -> ToolError:
        """The error that names what is ahead."""
        if not self.token:
            return ToolError("the expression ends too early" if self.text.strip() else "the expression is empty")
        hint = f"; {self.token} needs brackets" if self.token in FUNCTIONS else ""
        return ToolError(f"'{shown(self.token, 20)}' at character {self.begin + 1} is not expected there{hint}")

    def take(self, mark: str) -> None:
        """Go over a mark that must stand here."""
        if self.token != mark:
            raise self.unexpected() if self.token else ToolError(f"'{mark}' is missing at the end")
        self.next()

    def sum(self, least: int) -> Number:
        """An expression whose operators bind tighter than `least`; equal ones from the left."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ToolError(f"brackets and signs are nested more than {DEEPEST} deep")
        left = self.signed()
        while self.kind == "mark" and BINDS.get(self.token, 0) > least:
            mark = self.next()
            left = operate(mark, left, self.sum(BINDS[mark]))
        self.depth -= 1
        return left

    def signed(self) -> Number:
        """A factor with signs before it."""
        if self.token in ("-", "+") and self.kind == "mark":
            mark, right = self.next(), self.sum(SIGN)
            return -right if mark == "-" else right
        base = self.atom()
        if self.token == "**":
            self.next()
            return power(base, self.sum(SIGN))
        return base

    def atom(self) -> Number:
        """A number, a name, a function of arguments, or an expression in brackets."""
        if self.kind == "number":
            return literal(self.next())
        if self.kind == "name":
            name = self.next()
            if name in CONSTANTS:
                return CONSTANTS[name]
            if name not in FUNCTIONS:
                known = ", ".join([*FUNCTIONS, *CONSTANTS])
                raise ToolError(f"'{shown(name, 20)}' is not known; known are {known}")
            self.take("(")
            arguments = [self.sum(0)]
            while self.token == ",":
                self.next()
                arguments.append(self.sum(0))
            self.take(")")
            return called(name, arguments)
        if self.token == "(":
            self.next()
            inner = self.sum(0)
            self.take(")")
            return inner
        raise self.unexpected()
