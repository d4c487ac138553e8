"""Operations: constants are folded, equal ones shared, unused ones left out, sizes known before they are made."""

import numpy as np
import pytest

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language.graph import Graph, base


def test_constants_are_folded() -> None:
    g = Graph()
    assert g.apply("add", 2, 3) == 5
    assert isinstance(g.apply("exp", 0.0), float)
    c = g.constant(np.array([1.0, 2.0]))
    doubled = g.apply("mul", c, 2.0)
    assert np.array_equal(doubled.constant[:, 0], [2.0, 4.0])
    assert g.apply("sum", doubled, static=(0,)) == 6.0
    assert g.apply("div", 1.0, 0.0) == np.inf


def test_equal_operations_are_one() -> None:
    g = Graph()
    x = g.input(("obs",), (3,), "float")
    a, b = (g.apply("mul", x, 2.0) for _ in range(2))
    assert a is b
    assert g.apply("mul", x, 2) is not a  # an integer is another constant
    assert g.apply("add", a, 0.0) is not g.apply("add", a, -0.0)
    assert g.input(("obs",), (3,), "float") is x


def test_only_what_is_used_stays() -> None:
    g = Graph()
    x = g.input(("obs",), (3,), "float")
    g.apply("exp", x)
    used = g.used([g.apply("sum", g.apply("mul", x, x), static=(0,))])
    assert [v.op for v in used] == ["input", "load", "mul", "sum"]
    assert g.used([1.0]) == []


def test_shapes_and_kinds() -> None:
    g = Graph()
    m, v, k = (g.input((n,), s, t) for n, s, t in (("m", (2, 3), "float"), ("v", (3,), "float"), ("k", (), "int")))
    assert g.apply("mul", m, v).shape == (2, 3)
    assert g.apply("mul", v, k).shape == (3,)
    assert g.apply("matmul", m, v).shape == (2,)
    assert g.apply("gt", v, 0.0).kind == "bool"
    assert g.apply("sum", g.apply("gt", v, 0.0), static=(0,)).kind == "int"
    assert base(g.apply("index", m, static=((0,),))) is m
    with pytest.raises(BadProgram, match=r"`mul` of \(2, 3\), \(2,\): the shapes do not fit"):
        g.apply("mul", m, g.input(("w",), (2,), "float"))


def test_pieces_of_a_stack_are_taken_as_they_are() -> None:
    g = Graph()
    x = g.apply("exp", g.input(("obs",), (), "float"))
    stacked = g.apply("stack", x, 2.0, static=(0,))
    assert g.apply("index", stacked, static=((0,),)) is x
    assert g.apply("index", stacked, static=((1,),)) == 2.0


def test_a_large_value_is_refused_before_it_is_made() -> None:
    g = Graph()
    x = g.input(("obs",), (300,), "float")
    with pytest.raises(BadProgram, match="too large"):
        g.apply("outer", x, x)
    with pytest.raises(BadProgram, match="too large"):
        g.apply("broadcast", x, static=((2**40, 300),))
    g.work = 999_900
    with pytest.raises(BadProgram, match="1,000,000 numbers"):
        g.apply("mul", x, x)
