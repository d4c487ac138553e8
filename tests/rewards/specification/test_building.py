import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards.specification.building import compiled, plain_edges, plain_names, plain_pays


def test_tables_hold_what_the_edges_say():
    edges = [("u", "a & !b", "v", 2.0), ("v", "b", "u", -1.0), ("v", "a & !b", "w", 0.5)]
    m = compiled(edges, "u", ["w"], {"v": 3.0}, [], strict=False)
    assert m.states == ("u", "v", "w") and m.propositions == ("a", "b") and m.initial == 0
    # words: nothing, a, b, a & b
    assert m.after.tolist() == [[0, 1, 0, 0], [1, 2, 0, 0], [2, 2, 2, 2]]
    assert m.pay.tolist() == [[0, 2, 0, 0], [0, 0.5, -1, -1], [0, 0, 0, 0]]
    assert m.edge.tolist() == [[-1, 0, -1, -1], [-1, 2, 1, 1], [-1] * 4]
    assert m.terminal.tolist() == [False, False, True] and m.ending.tolist() == [0, 3, 0]


def test_the_order_of_propositions_is_that_of_the_list():
    m = compiled([("u", "a", "v", 1.0)], "u", [], {}, ["b", "a"], strict=False)
    assert m.propositions == ("b", "a") and m.after[0].tolist() == [0, 0, 1, 1]


def test_a_machine_without_propositions_steps_on_anything():
    m = compiled([("u", "true", "v", 1.0), ("v", "true", "u", 0.0)], "u", [], {}, [], strict=True)
    assert m.after.tolist() == [[1], [0]]


def test_strict_asks_for_every_case_but_in_terminal_states():
    edges = [("u", "a", "v", 1.0), ("u", "!a", "u", 0.0)]
    compiled(edges, "u", ["v"], {}, [], strict=True)
    with pytest.raises(BadOption, match="state 'v' none of the guards"):
        compiled(edges, "u", [], {}, [], strict=True)


def test_fields_become_plain_or_are_refused():
    assert plain_edges([["u", "a", "v", np.float32(0.5)]]) == (("u", "a", "v", 0.5),)
    assert plain_names(["a", "b"], "x") == ("a", "b") and plain_pays({"u": 1}) == {"u": 1.0}
    for bad in (True, "1", None, float("nan"), float("inf")):
        with pytest.raises(BadOption, match="finite reward"):
            plain_edges([("u", "a", "v", bad)])
        with pytest.raises(BadOption, match="finite number"):
            plain_pays({"u": bad})
    for names in ("ab", None, ["a", 1], ["a", "a"]):
        with pytest.raises(BadOption, match="x="):
            plain_names(names, "x")
    for edges in ([], None, "u"):
        with pytest.raises(BadOption, match="no edges"):
            plain_edges(edges)
    for more in ({"initial": True, "strict": False}, {"initial": "u", "strict": "no"}):
        with pytest.raises(BadOption, match="True"):
            compiled([("u", "a", "v", 1.0)], terminal=[], ending={}, propositions=[], **more)
