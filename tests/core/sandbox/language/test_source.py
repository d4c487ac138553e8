"""The text is measured before the parser sees it, and its tree is looked through."""

import ast

import pytest

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language.source import ALLOWED, look_through, measure, read, scan


@pytest.mark.parametrize("bomb", ["-" * 19_000 + "1", "(" * 9_000, "not " * 4_900 + "1", "lambda:" * 2_800 + "1"])
def test_bombs_do_not_reach_the_parser(bomb: str) -> None:
    with pytest.raises(BadProgram):
        scan(bomb)


def test_brackets_in_texts_do_no_harm() -> None:
    scan("x = '((((' * 3  # )))\n" * 10)


def test_syntax_errors_name_their_line() -> None:
    with pytest.raises(BadProgram, match="no valid Python") as found:
        read("def reward(obs):\n    return (\n")
    assert found.value.line == 2


def test_every_other_node_of_python_is_refused() -> None:
    """No statement or expression of Python is forgotten: what is not on the list is refused by its type alone."""
    for kind in vars(ast).values():
        if isinstance(kind, type) and issubclass(kind, (ast.stmt, ast.expr)) and kind not in ALLOWED:
            if kind in (ast.stmt, ast.expr) or kind.__name__ in ("Num", "Str", "Bytes", "NameConstant", "Ellipsis"):
                continue
            with pytest.raises(BadProgram, match="not part of the reward language"):
                look_through(kind())


@pytest.mark.parametrize("name", ["__x", "\u00e9", "x" * 101])
def test_names(name: str) -> None:
    for tree in (
        ast.Name(name, ast.Load()),
        ast.arg(name),
        ast.keyword(name, ast.Constant(1)),
        ast.alias("math", name),
    ):
        with pytest.raises(BadProgram, match="names are plain ASCII"):
            look_through(tree)


def test_a_tree_is_measured_without_recursion() -> None:
    tree: ast.expr = ast.Constant(1)
    for _ in range(20_000):
        tree = ast.UnaryOp(ast.USub(), tree)
    with pytest.raises(BadProgram, match="nested too deeply"):
        measure(tree)
    while isinstance(tree, ast.UnaryOp):  # taken apart by hand: freeing it whole would recurse
        tree, tree.operand = tree.operand, ast.Constant(0)


@pytest.mark.parametrize("text", ["break", "return 1\n", "def f(a, a): pass", "*x = [1]", "def f():\n    continue"])
def test_what_only_pythons_compiler_finds(text: str) -> None:
    with pytest.raises(BadProgram, match="no valid Python"):
        read(text)
