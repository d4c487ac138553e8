"""Questions about pictures: each answer is worked out again from the letters alone."""

import itertools

import numpy as np
import pytest

from rewardlab.envs.text.captions import read
from rewardlab.envs.text.picture_items import INK, LETTERS, count, describe, most, rectangles, verify
from rewardlab.envs.text.scenes import COLOURS, ORDINALS, PLACES, RELATIONS, SHAPES, Scene, Thing

COLOUR = {letter: word for word, letter in INK.items()}
SHAPE = dict(zip("CSTAXHMR", SHAPES, strict=True))


def seen(picture):
    """The scene that two letters a cell show."""
    rows = picture.split("/")
    found = [
        Thing(SHAPE[row[2 * c + 1]], COLOUR[row[2 * c]], r, c)
        for r, row in enumerate(rows)
        for c in range(len(rows))
        if row[2 * c] != "."
    ]
    return Scene(len(rows), tuple(found))


def blobs(picture, letter):
    """The bounding boxes of the connected areas of a letter, each of which must be a full rectangle."""
    rows = picture.split("/")
    left = {(r, c) for r, row in enumerate(rows) for c, x in enumerate(row) if x == letter}
    found = []
    while left:
        area, edge = set(), [min(left)]
        while edge:
            r, c = edge.pop()
            if (r, c) in left:
                left.remove((r, c))
                area.add((r, c))
                edge += [(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)]
        r, c = zip(*area, strict=True)
        assert len(area) == (max(r) - min(r) + 1) * (max(c) - min(c) + 1)
        found.append((min(r), min(c), max(r), max(c)))
    return tuple(sorted(found))


def items(draw, total=150, **fields):
    return [draw(np.random.default_rng(seed), **fields) for seed in range(total)]


@pytest.mark.parametrize("at_first", [0.0, 0.25, 0.7, 1.0])
def test_the_most_frequent_colour_and_how_often_it_is_at_a(at_first):
    found = items(most, 400, size=4, values=6, at_first=at_first)
    for item in found:
        counts = [item.picture.count(INK[word]) for word in item.options]
        assert sum(counts) == 16 and len(set(item.options)) == 4
        assert counts[LETTERS.index(item.answer)] == max(counts) and counts.count(max(counts)) == 1
    first = np.mean([item.answer == "A" for item in found])
    assert abs(first - at_first) <= 4 * np.sqrt(at_first * (1 - at_first) / 400)


def test_sentences_are_true_as_often_as_false_and_judged_by_the_picture():
    found = items(verify, 300, size=5, things=3, values=4)
    kinds = set()
    for item in found:
        scene, words = seen(item.picture), item.about.split()
        k = ORDINALS.index(words[0])
        if words[1] in RELATIONS:
            true = scene.related(k, words[1], ORDINALS.index(words[2]))
            kinds.add("relation")
        else:
            true = words[1] in scene.things[k].aspects(5).values()
            kinds.add("place" if words[1] in PLACES else "look")
        assert item.answer == ("yes" if true else "no")
    assert kinds == {"relation", "place", "look"}
    assert abs(np.mean([item.answer == "yes" for item in found]) - 0.5) < 4 * 0.5 / np.sqrt(300)


def test_numbers_and_descriptions():
    for item in items(count, size=6, things=4, values=2):
        assert item.answer == sum(thing.colour == item.about for thing in seen(item.picture).things)
    assert {item.answer for item in items(count, size=6, things=4, values=2)} == {0, 1, 2, 3, 4}
    for item in items(describe, 40, size=6, things=4, values=8):
        scene = seen(item.picture)
        caption = read(item.answer, scene)
        assert len(caption.claims()) == 3 * len(scene.things) and all(c.true for c in caption.claims())


@pytest.mark.parametrize(("size", "values"), [(16, 4), (8, 2)])
def test_rectangles_are_where_the_answer_says_and_apart(size, values):
    found = items(rectangles, size=size, things=4, values=values)
    for item in found:
        assert blobs(item.picture, INK[item.about]) == item.answer
        others = [blobs(item.picture, INK[word]) for word in COLOURS[:values] if word != item.about]
        every = [*item.answer, *itertools.chain(*others)]
        for a, b in itertools.combinations(every, 2):
            assert a[0] > b[2] + 1 or b[0] > a[2] + 1 or a[1] > b[3] + 1 or b[1] > a[3] + 1
    assert {len(item.answer) for item in found} == {0, 1, 2, 3, 4}


def test_shuffled_options_keep_their_gold_and_a_letter_is_right_by_chance_alone():
    item = most(np.random.default_rng(0), 4, 4, 0.25)
    gold = item.options[LETTERS.index(item.answer)]
    moved = []
    for order in itertools.permutations(range(4)):
        other = item.shuffled(order)
        assert other.options[LETTERS.index(other.answer)] == gold and sorted(other.options) == sorted(item.options)
        if other.answer != item.answer:
            moved.append(other.answer)
    # among the orders that move the gold each other letter is right in a third
    assert sorted(moved.count(x) / len(moved) for x in set(LETTERS) - {item.answer}) == pytest.approx([1 / 3] * 3)
