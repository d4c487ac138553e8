"""Attributes: every kind against plain counting, word by word."""

from itertools import pairwise

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attributes import KINDS, Attribute, Lexicon, Meter, weighed

LEXICON = Lexicon.of({"a": "moon cat", "b": "soon cat dog", "": "the of"}, phrases=(("the", "moon"), ("cat", "dog")))
ATTRIBUTES = (
    Attribute("count", "count", "a"), Attribute("share", "share", "b"), Attribute("topic", "topic"),
    Attribute("has", "has", "a"), Attribute("square", "square", "b"), Attribute("pair", "pair", "a", "b"),
    Attribute("repeat", "repeat"), Attribute("rhyme", "rhyme"), Attribute("new", "new_pair"),
    Attribute("first", "first", "a"), Attribute("last", "last", "b"), Attribute("length", "length"),
    Attribute("off", "off_length", target=2.0),
)  # fmt: skip


def counted(words, topic):
    """The attributes of a text, by counting; words that the lexicon does not have are "?"."""
    known = dict(zip(LEXICON.words, LEXICON.classes, strict=True))
    inside = [known.get(w, ()) for w in words]
    n, pairs = len(words), list(pairwise(words))
    a, b = sum("a" in c for c in inside), sum("b" in c for c in inside)
    return [
        a,
        b / n if n else 0,
        sum(w in topic for w in words if w in known),
        a > 0,
        b * b,
        sum("a" in known.get(x, ()) and "b" in known.get(y, ()) for x, y in pairs),
        sum(x == y and x in known for x, y in pairs),
        sum(x != y and x[-2:] == y[-2:] for x, y in pairs),
        sum(x in known and y in known and (x, y) not in LEXICON.phrases for x, y in pairs),
        bool(n) and "a" in inside[0],
        bool(n) and "b" in inside[-1],
        n,
        abs(n - 2),
    ]


def test_every_kind_is_what_counting_finds():
    assert {x.kind for x in ATTRIBUTES} == set(KINDS) - {"prefix"}
    rng, meter = np.random.default_rng(0), Meter(LEXICON, ATTRIBUTES, 5)
    for _ in range(300):
        words = [(*LEXICON.words, "?")[k] for k in rng.integers(7, size=rng.integers(6))]
        topic = [LEXICON.words[k] for k in rng.integers(6, size=2)]
        found = meter.measure(meter.numbers(words), meter.among(topic))
        assert found[0] == pytest.approx([float(x) for x in counted(words, topic)]), (words, topic)


def test_many_texts_are_measured_as_each_alone_and_long_ones_are_cut():
    rng, meter = np.random.default_rng(1), Meter(LEXICON, ATTRIBUTES, 4)
    texts = np.concatenate([meter.numbers(["cat", "moon", "dog"][:k] * 3) for k in range(4)])
    topic = meter.among(["cat", "nothing"])
    assert np.array_equal(meter.measure(texts, topic), np.concatenate([meter.measure(t[None], topic) for t in texts]))
    assert np.array_equal(meter.numbers(["cat"] * 9), meter.numbers(["cat"] * 4))
    values, weights = rng.normal(size=(3, 5)), rng.normal(size=5)
    assert weighed(values, weights) == pytest.approx(values @ weights)


def test_beginnings_have_effects_of_their_own_with_mean_0_and_variance_1():
    lexicon = Lexicon(tuple(f"w{i}" for i in range(40)), ((),) * 40)
    meter = Meter(lexicon, (Attribute("effects", "prefix"),), 3, seed=5)
    topic = meter.among(())
    pairs = np.stack(np.meshgrid(np.arange(40), np.arange(40), indexing="ij"), -1).reshape(-1, 2)
    texts = np.concatenate([pairs, np.full((1600, 1), meter.none)], 1)
    begun = texts.copy()
    begun[:, 1] = meter.none

    def second(meter):
        return (meter.measure(texts, topic) - meter.measure(begun, topic))[:, 0]

    effects = second(meter)  # of the second word after the first
    assert abs(effects.mean()) < 4 / 40 and abs(effects.var() - 1) < 4 * np.sqrt(0.8 / 1600)  # 4 standard errors
    assert np.abs(effects).max() <= np.sqrt(3) and len(np.unique(effects)) == 1600
    swapped = effects.reshape(40, 40).T.ravel()  # the same words in the other order
    other = second(Meter(lexicon, meter.attributes, 3, seed=6))
    assert max(abs(np.corrcoef(effects, x)[0, 1]) for x in (swapped, other)) < 4 / 40
    assert np.array_equal(effects, second(Meter(lexicon, meter.attributes, 3, seed=5)))


def test_what_is_no_lexicon_or_attribute_is_refused():
    for words, classes in ((("a", "a"), ((), ())), (("A",), ((),)), (("a b",), ((),)), ((), ()), (("a",), ())):
        with pytest.raises(BadOption, match="Lexicon"):
            Lexicon(words, classes)
    for frequency in ((1.0,), (0.0, 1.0), (np.inf, 1.0)):
        with pytest.raises(BadOption, match="frequency"):
            Lexicon(("a", "b"), ((), ()), frequency)
    with pytest.raises(BadOption, match="count"):
        Attribute("x", "counts")


def test_a_word_may_have_several_classes():
    assert dict(zip(LEXICON.words, LEXICON.classes, strict=True))["cat"] == ("a", "b")
    assert LEXICON.law.sum() == pytest.approx(1) and LEXICON.members("a").sum() == 2
