"""Kinds of values, in a reader's words."""

import pytest

from rewardlab.core.sandbox.language.graph import Graph
from rewardlab.core.sandbox.language.values import Module, Named, Record, Ref, Type, sort_of

G = Graph()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Ref(1, "list"), "a list"),
        (Record("info", {}), "the mapping info"),
        (Module("np"), "the module np"),
        (Named("np.sum", len), "the function np.sum"),
        (Type("float", "float"), "the type float"),
        (None, "None"),
        (2.5, "the number 2.5"),
        ("key", "a str"),
        ((1, 2), "a tuple"),
        (G.input(("a",), (), "float"), "a number"),
        (G.input(("b",), (3,), "float"), "an array of shape (3,)"),
    ],
)
def test_words(value: object, said: str) -> None:
    assert sort_of(value) == said
