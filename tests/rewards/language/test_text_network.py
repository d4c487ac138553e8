"""The network of texts: separates what n-grams separate, orders by comparisons, and goes on from a file to the bit."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from rewardlab.core.errors import BadCheckpoint
from rewardlab.rewards.language.text_network import TextNetwork

NOUNS = ("key", "door", "chest", "lamp", "bat", "wall", "rope", "well")
SMALL = {"width": 256, "hidden": (16,)}


def sentence(k, noun):
    return (f"You take the {noun}.", f"Now the {noun} is yours.", f"Here it is: the {noun}.")[k]


def test_it_labels_sentences_that_it_has_not_seen():
    known = [(sentence(k, n),) for k in (0, 1) for n in NOUNS]
    label = np.array([float(n in NOUNS[:3]) for _ in (0, 1) for n in NOUNS])
    network = TextNetwork(**SMALL)
    first = network.fit(known, label)
    assert network.fit(known, label) < first
    said = network.scores([(sentence(2, n),) for n in NOUNS]) > 0
    assert said.tolist() == [True] * 3 + [False] * 5


def test_it_orders_texts_by_comparisons_with_ties():
    rng, network = np.random.default_rng(0), TextNetwork(**SMALL, epochs=60)
    a, b = rng.integers(0, 8, (2, 200))
    pairs = [(sentence(0, NOUNS[i]), sentence(1, NOUNS[j])) for i, j in zip(a, b, strict=True)]
    network.fit(pairs, 0.5 + 0.5 * np.sign(b - a))  # the earlier, the better
    score = network.scores([(sentence(2, n),) for n in NOUNS])
    assert spearmanr(score, -np.arange(8)).statistic > 0.9


def test_two_texts_are_read_side_by_side():
    # right where both agree: neither text alone tells
    items = [(f"goal {x}", f"state {y}") for x in "abc" for y in "abc"]
    label = np.array([float(i[0][-1] == i[1][-1]) for i in items])
    network = TextNetwork(texts=2, width=64, hidden=(32,), lr=0.01, epochs=400, weight_decay=0.0)
    network.fit(items, label)
    assert ((network.scores(items) > 0) == label).all()
    assert network.scores(items[:1])[0] == pytest.approx(network.scores(items)[0], abs=1e-12)


def test_weights_count_as_repetitions_do():
    items, label = [("a",), ("b",), ("c",)], np.array([0.0, 1.0, 1.0])
    one, two = TextNetwork(**SMALL, epochs=1), TextNetwork(**SMALL, epochs=1)
    assert one.fit(items, label, np.array([1.0, 1.0, 2.0])) == pytest.approx(
        two.fit([*items, items[2]], np.append(label, 1.0)), abs=1e-12
    )
    np.testing.assert_allclose(one.scores(items), two.scores(items), atol=1e-9)


def test_a_file_goes_on_to_the_bit():
    items, label = [(sentence(0, n),) for n in NOUNS], np.arange(8) % 2.0
    one = TextNetwork(**SMALL, epochs=3)
    one.fit(items, label)
    two = TextNetwork(**SMALL, epochs=3)
    two.load_state_dict(one.state_dict())
    for network in (one, two):
        network.fit(items, label)
    np.testing.assert_array_equal(one.scores(items), two.scores(items))
    with pytest.raises(BadCheckpoint):
        two.load_state_dict({"fits": 1})
