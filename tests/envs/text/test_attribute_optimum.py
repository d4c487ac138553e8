"""The best text against all texts, for every mixture of attributes."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_optimum import best, count, every
from rewardlab.envs.text.attributes import Attribute, Lexicon, Meter

LEXICON = Lexicon.of({"a": "moon cat", "b": "soon cat dog", "": "the"}, phrases=(("the", "moon"), ("cat", "dog")))
COUNTED = [
    Attribute("count", "count", "a"), Attribute("share", "share", "b"), Attribute("topic", "topic"),
    Attribute("first", "first", "a"), Attribute("last", "last", "b"), Attribute("length", "length"),
    Attribute("off", "off_length", target=2.0),
]  # fmt: skip
PAIRED = [Attribute("pair", "pair", "a", "b"), Attribute("repeat", "repeat"), Attribute("rhyme", "rhyme")]
CURVED = [Attribute("has", "has", "a"), Attribute("square", "square", "b")]
MIXTURES = {
    "counted": COUNTED, "paired": COUNTED + PAIRED, "curved": COUNTED + CURVED, "both": COUNTED + PAIRED + CURVED,
    "prefix": [*COUNTED[:2], Attribute("prefix", "prefix")], "new": [COUNTED[1], Attribute("new", "new_pair")],
}  # fmt: skip


@pytest.mark.parametrize("least", [0, 1, 4])
@pytest.mark.parametrize("mixture", MIXTURES)
def test_no_text_is_better(mixture, least):
    meter, rng = Meter(LEXICON, MIXTURES[mixture], 4, seed=3), np.random.default_rng(len(mixture) + least)
    texts = every(meter, least)
    for _ in range(12):
        weights = np.round(rng.normal(size=len(meter.attributes)), 1) * (rng.random(len(meter.attributes)) < 0.7)
        topic = meter.among([LEXICON.words[k] for k in rng.integers(5, size=2)])
        value, text = best(meter, weights, topic, least)
        assert value == pytest.approx((meter.measure(texts, topic) @ weights).max())
        assert meter.measure(text[None], topic)[0] @ weights == pytest.approx(value)
        assert (text != meter.none).sum() >= least


def test_all_texts_are_listed_once():
    meter = Meter(LEXICON, COUNTED, 3)
    texts = every(meter, 0)
    assert len(texts) == count(meter, 0) == 1 + 5 + 25 + 125 == len(np.unique(texts, axis=0))
    assert len(every(meter, 3)) == 125


def test_too_many_texts_to_list_are_refused_but_not_where_none_is_needed():
    meter = Meter(LEXICON, MIXTURES["both"], 12)
    with pytest.raises(BadOption, match="at most 4096"):
        every(meter, 12)
    weights = np.zeros(len(meter.attributes))
    weights[-1] = weights[-4] = 1.0  # a square and a repetition
    with pytest.raises(BadOption, match="at most 4096"):
        best(meter, weights, meter.among(()), 1)
    weights[-4] = 0.0
    assert best(meter, weights, meter.among(()), 1)[0] == 144  # twelve words of class b
