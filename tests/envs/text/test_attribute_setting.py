"""Settings: weights by name, users who add theirs, how often a text is liked, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_setting import Danger, Kind, Reaction, Setting
from rewardlab.envs.text.attributes import Attribute, Lexicon

SETTING = Setting(
    Lexicon.of({"a": "x", "b": "y"}), (Attribute("a", "count", "a"), Attribute("b", "count", "b")),
    (Kind("one", {"a": 1.0}), Kind("two", {"b": 2.0}, {"a": 5.0})), users=(Kind("u", {"a": 0.5}), Kind("v", {})),
    subjects=("x", "y"), about=2, cost={"b": 3.0}, reaction=Reaction(-4.0, {"a": 1.2, "b": 1.5}, 0.1),
)  # fmt: skip


def test_weights_are_vectors_in_the_order_of_the_attributes():
    assert SETTING.gold(0, 0).tolist() == [1.5, 0] and SETTING.gold(1, 1).tolist() == [0, 2]
    assert SETTING.proxy(0, 0).tolist() == [1.5, 0] and SETTING.proxy(1, 0).tolist() == [5, 0]
    assert SETTING.vector(SETTING.cost).tolist() == [0, 3] and SETTING.vector(None).tolist() == [0, 0]


def test_how_often_a_text_is_liked_is_the_logistic_law_mixed_with_coins():
    q, c = np.meshgrid(np.arange(7.0), np.arange(7.0))
    found = SETTING.liked(np.stack([q.ravel(), c.ravel()], 1))
    assert found == pytest.approx(0.9 / (1 + np.exp(4 - 1.2 * q.ravel() - 1.5 * c.ravel())) + 0.05)
    assert replace(SETTING, reaction=None).liked(np.zeros((3, 2))).tolist() == [0.5] * 3


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"kinds": ()}, "no kind"), ({"attributes": ()}, "no kind"),
        ({"attributes": (Attribute("a", "count", "c"), Attribute("b", "count", "b"))}, "class 'c'"),
        ({"kinds": (Kind("one", {"c": 1.0}),)}, "a weight of 'c'"), ({"cost": {"bb": 1.0}}, "a weight of 'bb'"),
        ({"reaction": Reaction(0.0, {"z": 1.0})}, "a weight of 'z'"), ({"length": 0}, "length=0"),
        ({"length": 65}, "length=65"), ({"least": 13}, "least=13"), ({"about": -1}, "about=-1"),
        ({"subjects": ()}, "0 subjects"), ({"danger": Danger(("x", "y")), "about": 1}, "danger"),
        ({"kinds": (Kind("one", {}),), "danger": Danger(("x", "y"))}, "danger"),
    ],
)  # fmt: skip
def test_what_is_no_setting_is_refused_by_name(wrong, word):
    with pytest.raises(BadOption, match=word):
        replace(SETTING, **wrong)
