"""Stories: what is true and needed, sentences as they are judged, and pay that adds up however it is split."""

import itertools

import numpy as np
import pytest

from rewardlab.envs.text.stories import ASPECTS, CONCEPTS, ITEMS, Story, drawn, judged, pays, sentences

TRUTH = ((("inn", "food"), "good"), (("inn", "price"), "bad"), (("bank", "view"), "good"))
STORY = Story(tuple((*k, v) for k, v in TRUTH), TRUTH, (("inn", "food"), ("bank", "view")))
WEIGHTS = {"right": 1.0, "wrong": 2.0, "idle": 3.0, "length": 0.5, "complete": 4.0, "order": 6.0, "all": 8.0}


@pytest.mark.parametrize("seed", range(20))
def test_facts_are_different_and_the_needed_are_theirs(seed):
    for asked in (True, False):
        story = drawn(np.random.default_rng(seed), "facts", 12, 3, asked)
        keys = [key for key, _ in story.truth]
        assert len(set(keys)) == 12 and set(story.needed) <= set(keys) and len(set(story.needed)) == 3
        assert story.shown == tuple((*key, v) for key, v in story.truth)
        if not asked:
            rank = {k: (ASPECTS.index(k[1]), ITEMS.index(k[0])) for k in keys}
            assert max(rank[k] for k in story.needed) < min(rank[k] for k in keys if k not in story.needed)
    concepts = drawn(np.random.default_rng(seed), "concepts", 6, 6, True)
    assert sorted(concepts.needed) == sorted(concepts.shown)
    assert [CONCEPTS.index(k[0]) for k in concepts.needed] == sorted(CONCEPTS.index(k[0]) for k in concepts.needed)


@pytest.mark.parametrize("seed", range(20))
def test_reviews_are_summed_up_by_majority(seed):
    story = drawn(np.random.default_rng(seed), "reviews", 8, 2, False)
    for (aspect,), verdict in story.truth:
        votes = [v for a, v in story.shown if a == aspect]
        assert verdict == ("good" if votes.count("good") > len(votes) / 2 else "bad")
    counts = {k: sum(a == k[0] for a, _ in story.shown) for k, _ in story.truth}
    rest = [counts[k] for k in counts if k not in story.needed]
    assert min(counts[k] for k in story.needed) >= max(rest, default=0)


def test_sentences_end_where_they_should():
    assert sentences("inn food, good. ; Bank VIEW good\n\n.") == [("inn", "food", "good"), ("bank", "view", "good")]
    assert sentences("") == sentences(" .;\n") == []


def test_each_sentence_is_judged_by_those_before_it():
    said = sentences("bank view good. inn food good. inn food good. inn price bad. inn price good. so. inn food bad")
    found = judged(STORY, said)
    assert [s.right for s in found] == [True, True, False, False, False, False, False]
    assert [s.idle for s in found] == [False, False, True, True, False, False, False]
    assert [s.wrong for s in found] == [False, False, False, False, True, True, True]
    assert [s.ordered for s in found] == [True, False] + [False] * 5


def test_pay_adds_up_to_that_of_the_whole_for_every_summary():
    """Of all rows of up to three sentences: the parts by their definitions on the whole summary."""
    lines = [("inn", "food", "good"), ("bank", "view", "good"), ("inn", "price", "bad"), ("inn", "food", "bad")]
    for n in range(4):
        for said in itertools.product(lines, repeat=n):
            total = {name: sum(p[name] for p in pays(STORY, judged(STORY, said), WEIGHTS)) for name in WEIGHTS}
            covered = {s for s in said if s in lines[:2]}
            wrong = said.count(lines[3])
            places = [said.index(s) for s in lines[:2] if s in said]
            assert total["right"] == len(covered) and total["wrong"] == -2 * wrong and total["length"] == -0.5 * n
            assert total["idle"] == -3 * (n - len(covered) - wrong)
            assert total["complete"] == 4 * len(covered) / 2
            assert total["order"] == 6 * (len(places) - (len(places) == 2 and places[0] > places[1])) / 2
            first_wrong = said.index(lines[3]) if wrong else n
            assert total["all"] == 8 * (len(covered) == 2 and max(places) < first_wrong)
