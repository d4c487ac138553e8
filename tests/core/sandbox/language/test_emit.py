"""The text that is run is ours alone."""

import ast

import numpy as np
import pytest
from core.sandbox.honest_rewards import HONEST, steps
from core.sandbox.hostile_rewards import HARMLESS

from rewardlab.core.sandbox.language import Signature, compile_program, emit
from rewardlab.core.sandbox.language.backends import over_batch
from rewardlab.core.sandbox.language.graph import Graph

RNG = np.random.default_rng(3)
SIGNATURE = Signature.of_batch(steps(lambda shape: RNG.normal(size=shape), 3))
NODES = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Assign, ast.Return, ast.Name, ast.Constant, ast.BinOp,
    ast.UnaryOp, ast.Compare, ast.Call, ast.Subscript, ast.Slice, ast.Tuple, ast.List, ast.Load, ast.Store,
    ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip


@pytest.mark.parametrize("source", [*HONEST.values(), *(p for p, _ in HARMLESS.values())])
def test_it_holds_only_numbered_names_numbers_and_operators(source: str) -> None:
    tree = ast.parse(compile_program(source, SIGNATURE).code)
    assert len(tree.body) == 1
    for node in ast.walk(tree):
        assert isinstance(node, NODES), ast.dump(node)
        if isinstance(node, ast.Name):
            assert node.id[0] in "xvcf"
            assert node.id[1:].isdigit() or (node.id[:2] == "f_" and node.id[2:].replace("_", "").isalnum())
        if isinstance(node, ast.Constant):
            assert type(node.value) in (int, float, bool, type(None))


def test_there_are_no_builtins() -> None:
    run = emit.build("def program(x):\n    return f_sum(x, 0)\n", over_batch({}))
    assert run(np.ones((2, 3))).tolist() == [2.0, 2.0, 2.0]
    assert run.__globals__["__builtins__"] == {}
    with pytest.raises(NameError):
        emit.build("def program(x):\n    return len(x)\n", over_batch({}))(1)


def test_numbers_are_written_exactly() -> None:
    g = Graph()
    x = g.input(("reward",), (), "float")
    for number in (0.1, -0.0, 1e300, -5, True, np.inf, -np.inf, 2**53):
        total = g.apply("add", x, number)
        run = emit.build(emit.text(g.used([total]), [total]), over_batch({}))
        assert run(np.zeros(1))[0] == 0.0 + number
    minus = g.apply("mul", x, -0.0)
    run = emit.build(emit.text(g.used([minus]), [minus]), over_batch({}))
    assert np.signbit(run(np.ones(1))[0])


def test_a_line_that_is_not_ours_is_never_run() -> None:
    g = Graph()
    x = g.input(("reward",), (), "float")
    total = g.apply("add", x, 1.0)
    for static in (("os.system",), ("0); import os; (",)):
        object.__setattr__(total, "op", "sum")
        object.__setattr__(total, "static", static)
        with pytest.raises(AssertionError):
            emit.text(g.used([total]), [total])


def test_the_compiler_only_looks() -> None:
    emit.check(ast.parse("raise SystemExit"))
    with pytest.raises(SyntaxError):
        emit.check(ast.parse("break"))


def test_the_ready_form_reads_its_inputs_as_they_are_and_converts_all_else():
    source = "def program(x0, x11):\n    v1 = x0[1:3]\n    v2 = f_load_float(v1)\n    v3 = f_load_int(x11)\n"
    source += "    v4 = f_cast_float(v3)\n    return (v4, v2, )\n"
    done = emit.ready(source)
    assert "f_load" not in done and "v2 = (v1)" in done and "v3 = (x11)" in done and "f_cast_float(v3)" in done
