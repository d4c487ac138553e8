"""Reading a program's text: measured before it is parsed, and its tree measured before it is followed.

The parser itself can be brought down by depth, so a scan of the characters comes first: length, lines, brackets and
runs of signs.
"""

import ast
import re

from rewardlab.core.sandbox.language import limits
from rewardlab.core.sandbox.language.refusal import refuse

_SIGNS = re.compile(rf"(?:[-+~]\s*|\bnot\s+|\blambda\b[^:\n]{{0,80}}:\s*|\bawait\s+){{{limits.SIGNS},}}")


def read(text: str) -> ast.Module:
    """The syntax tree of a program that is small enough.

    Raises:
        BadProgram: if the text is empty, too long, too deep, or no Python.
    """
    scan(text)
    try:
        tree = ast.parse(text, "reward program")
    except SyntaxError as error:
        refuse(f"no valid Python: {_plain(error.msg)}", error.lineno, mend="send only the code, as plain Python")
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        refuse(f"cannot be parsed: {type(error).__name__}", mend="write a shorter and flatter program")
    measure(tree)
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


def _plain(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")[:200]
