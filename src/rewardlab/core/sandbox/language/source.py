"""Reading a program's text: measured before it is parsed, and its tree looked through before it is followed.

The parser itself can be brought down by depth, so a scan of the characters comes first: length, lines, brackets and
runs of signs. Then every node of the tree must be of the language, those of code that is never reached too: an accepted
text is also harmless as the Python file that it is.
"""

import ast
import re
import warnings
from collections.abc import Callable

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language import limits
from rewardlab.core.sandbox.language.emit import check
from rewardlab.core.sandbox.language.refusal import HEADER, refuse

_SIGNS = re.compile(rf"(?:[-+~]\s*|\bnot\s+|\blambda\b[^:\n]{{0,80}}:\s*|\bawait\s+){{{limits.SIGNS},}}")

ALLOWED = frozenset({
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.keyword, ast.alias, ast.Import, ast.ImportFrom,
    ast.Return, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.If, ast.Expr, ast.Pass, ast.Break, ast.Continue,
    ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp, ast.Call, ast.Attribute, ast.Subscript, ast.Slice,
    ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Starred, ast.Lambda, ast.ListComp, ast.DictComp,
    ast.GeneratorExp, ast.comprehension, ast.JoinedStr, ast.FormattedValue, ast.Load, ast.Store,
    ast.And, ast.Or, ast.Not, ast.Invert, ast.UAdd, ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv,
    ast.Mod, ast.Pow, ast.MatMult, ast.BitAnd, ast.BitOr, ast.BitXor, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt,
    ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn,
})  # fmt: skip
ANNOTATION = frozenset({
    ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.Constant, ast.Load, ast.BinOp, ast.BitOr,
})  # fmt: skip
WORDS: dict[type, tuple[str, str]] = {
    ast.NamedExpr: ("the walrus `:=`", "assign on a line of its own"),
    ast.ClassDef: ("a class", f"write a plain function: {HEADER}"),
    ast.While: ("`while`", "use `for i in range(n)` with a known n, or array operations"),
    ast.Try: ("`try`", "guard with np.where, np.clip or np.maximum"),
    ast.Set: ("a set", "use a list"),
    ast.SetComp: ("a set", "use a list"),
    ast.LShift: ("a shift", "use ** or //"),
    ast.RShift: ("a shift", "use ** or //"),
    ast.AsyncFunctionDef: ("async", f"write a plain function: {HEADER}"),
}


def read(text: str) -> ast.Module:
    """The syntax tree of a program that is small enough and of the language.

    Raises:
        BadProgram: if the text is empty, too long, too deep, no Python, or leaves the language.
    """
    return _read(text, look_through, check)


def parse(text: str) -> ast.Module:
    """The syntax tree of any Python that is small enough, to be looked at only.

    Raises:
        BadProgram: if the text is empty, too long, too deep, or no Python.
    """
    return _read(text)


def _read(text: str, *looks: Callable[[ast.Module], object]) -> ast.Module:
    scan(text)
    text = text.removeprefix("\ufeff")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, "reward program")
            measure(tree)
            for look in looks:
                look(tree)
    except SyntaxError as error:
        refuse(f"no valid Python: {_plain(error.msg)}", error.lineno, mend="send only the code, as plain Python")
    except BadProgram:
        raise
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        refuse(f"cannot be parsed: {type(error).__name__}", mend="write a shorter and flatter program")
    return tree


def scan(text: str) -> None:
    """Refuse what should not even reach the parser.

    Raises:
        BadProgram: naming the limit.
    """
    if not isinstance(text, str):
        refuse(f"the program is a {type(text).__name__}", expected="text")
    if not text.strip():
        refuse("the program is empty", expected="a function `reward(obs, action, next_obs, info)`")
    if len(text) > limits.SOURCE or len(text.encode("utf-8", "surrogatepass")) > limits.SOURCE:
        refuse(f"the program is longer than {limits.SOURCE:,} bytes", mend="shorten it")
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        refuse("the program holds a character that is no text", mend="send plain UTF-8 text")
    if text.count("\n") + text.count("\r") + text.count("\f") > limits.LINES:
        refuse(f"the program has more than {limits.LINES:,} lines", mend="shorten it")
    depth = deepest = 0
    for c in text:
        if c in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in ")]}":
            depth = max(0, depth - 1)
    if deepest > limits.BRACKETS:
        refuse(f"brackets are nested {deepest} deep", expected=f"at most {limits.BRACKETS}")
    if _SIGNS.search(text):
        refuse(f"more than {limits.SIGNS} signs in a row", mend="remove them")


def measure(tree: ast.AST) -> None:
    """Refuse a tree that is too large or too deep.

    Raises:
        BadProgram: naming the limit.
    """
    todo, count = [(tree, 0)], 0
    while todo:
        node, depth = todo.pop()
        count += 1
        if count > limits.NODES:
            refuse(f"the program has more than {limits.NODES:,} syntax nodes", mend="shorten it")
        if depth > limits.DEPTH:
            refuse(
                "an expression is nested too deeply",
                getattr(node, "lineno", None),
                expected=f"a depth of at most {limits.DEPTH}",
                mend="give intermediate results a name",
            )
        todo += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


def look_through(tree: ast.AST) -> None:
    """Refuse a tree that holds anything foreign, wherever it stands.

    Raises:
        BadProgram: naming the line.
    """
    todo: list[tuple[ast.AST, int | None]] = [(tree, None)]
    while todo:
        node, line = todo.pop()
        line = getattr(node, "lineno", line)
        todo += [(child, line) for child in ast.iter_child_nodes(node)]
        if type(node) not in ALLOWED:
            word, mend = WORDS.get(
                type(node), (f"`{type(node).__name__.lower()}`", "keep to assignments, if, for, return")
            )
            refuse(f"{word} is not part of the reward language", line, mend=mend)
        if isinstance(node, ast.Attribute) and (node.attr.startswith("_") or not node.attr.isascii()):
            refuse("attributes with an underscore are not part of the reward language", line)
        for name in _names(node):
            if not name.isascii() or name.startswith("__") or len(name) > limits.STRING:
                refuse("names are plain ASCII letters, digits and single underscores", line)
        for said in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if said is not None and any(type(n) not in ANNOTATION for n in ast.walk(said)):
                refuse("an annotation may only name types", line, mend="leave the annotations out")


def _names(node: ast.AST) -> list[str]:
    """The identifiers of a node."""
    if isinstance(node, ast.ImportFrom):
        return []
    found = (getattr(node, field, None) for field in ("id", "arg", "name", "asname"))
    return [name for name in found if isinstance(name, str)]


def _plain(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")[:200]
