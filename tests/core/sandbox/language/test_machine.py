"""Conversions and the heap, each with its bound."""

import pytest

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language import limits
from rewardlab.core.sandbox.language.machine import Machine


def test_numbers_of_nested_lists() -> None:
    m = Machine()
    x = m.g.input(("x",), (), "float")
    assert m.number(m.new_list([m.new_list([1, x]), (2, 3)])).shape == (2, 2)
    assert m.number(range(3)).constant[:, 0].tolist() == [0, 1, 2]
    assert m.number(()).shape == (0,)
    assert m.scalar(m.new_list([m.new_list([x])])).shape == ()
    for wrong in (None, "a", m.new_dict({})):
        with pytest.raises(BadProgram, match="where a number is needed"):
            m.number(wrong)


def test_known_things() -> None:
    m = Machine()
    x = m.g.input(("x",), (), "int")
    assert m.integer(3, "n", 0, 5) == 3
    for wrong in (9, 1.0, "1", None, x):
        with pytest.raises(BadProgram):
            m.integer(wrong, "n", 0, 5)
    with pytest.raises(BadProgram, match="as a key"):
        m.key(x)
    with pytest.raises(BadProgram, match="True or False"):
        m.flag("yes", "keepdims")


def test_truth() -> None:
    m = Machine()
    for x in (0, 0.0, None, "", (), m.new_list([]), m.new_dict({}), range(0)):
        assert m.truth(x) is False
    for x in (1, -0.5, "a", (0,), m.new_list([0]), range(2)):
        assert m.truth(x) is True


def test_bounds() -> None:
    m = Machine()
    with pytest.raises(BadProgram, match="4,096"):
        m.new_list([0] * (limits.ITEMS + 1))
    with pytest.raises(BadProgram, match="does too much"):
        m.tick(limits.TICKS + 1)
    m = Machine()
    a, b = m.new_list([]), m.new_list([])
    m.store(a, (b,))
    with pytest.raises(BadProgram, match="holds itself"):
        m.store(b, ((a,),))
