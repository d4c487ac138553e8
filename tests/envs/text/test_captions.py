"""Captions: claims against the scene, and readers against the closed form of what a silent caption is worth."""

import itertools

import numpy as np
import pytest

from rewardlab.envs.text.captions import answers, asked, expected, overlap, read, reference
from rewardlab.envs.text.scenes import ASPECTS, Scene, Thing, scene

SCENE = Scene(3, (Thing("circle", "red", 0, 0), Thing("square", "green", 2, 2)))
TRUE = "first red circle top-left. second green square bottom-right."


@pytest.mark.parametrize("m", range(7))
def test_a_truthful_caption_of_m_aspects_is_worth_its_closed_form(m):
    K, C = 6, 4
    names = list(itertools.product(range(2), ASPECTS))[:m]
    words = [f"{['first', 'second'][k]} {SCENE.things[k].aspects(3)[a]}." for k, a in names]
    caption = read(" ".join(words), SCENE)
    true = (m + (K - m) / C) / K
    assert expected(caption, SCENE, C) == pytest.approx(true, abs=1e-12)
    rng = np.random.default_rng(m)
    draws = [asked(caption, SCENE, C, 4, "parser", 0.0, rng) for _ in range(3000)]
    assert abs(np.mean(draws) - true) <= 3 * np.std(draws) / np.sqrt(len(draws)) + 1e-12


def test_the_reader_who_takes_the_first_option_is_right_in_one_of_c_whatever_is_said():
    rng = np.random.default_rng(1)
    for text in (TRUE, "", "first blue."):
        draws = [asked(read(text, SCENE), SCENE, 4, 6, "first", 0.0, rng) for _ in range(3000)]
        assert abs(np.mean(draws) - 1 / 4) <= 4 * np.sqrt(0.25 * 0.75 / 18000)


def test_a_reader_who_misreads_loses_in_proportion():
    rng = np.random.default_rng(2)
    draws = [asked(read(TRUE, SCENE), SCENE, 4, 6, "parser", 0.4, rng) for _ in range(3000)]
    assert np.mean(draws) == pytest.approx(0.6 + 0.4 / 4, abs=4 * np.std(draws) / np.sqrt(3000))


def test_a_false_word_is_worth_less_than_silence_and_two_values_are_a_false_one():
    silent, false, both = (expected(read(t, SCENE), SCENE, 4) for t in ("first circle.", "first circle blue.",
                                                                       "first circle red blue."))  # fmt: skip
    assert false == both == silent - 1 / 24


@pytest.mark.parametrize(("size", "things", "values"), [(3, 2, 4), (16, 4, 8), (4, 3, 3)])
def test_a_reference_claims_everything_and_nothing_false(size, things, values):
    for seed in range(20):
        drawn = scene(np.random.default_rng(seed), size, things, values, corners=size == 3)
        caption = read(reference(drawn), drawn)
        assert all(answers(caption, drawn).values()) and all(c.true for c in caption.claims())
        assert caption.words == 4 * things and not caption.foreign and expected(caption, drawn, values) == 1
        some = read(reference(drawn, ("colour",)), drawn)
        assert sum(a is True for a in answers(some, drawn).values()) == things


def test_motions_of_a_clip_are_aspects_with_five_values():
    clip = scene(np.random.default_rng(0), 4, 2, 4, frames=3)
    whole = read(reference(clip), clip)
    assert len(whole.claims()) == 8 and all(c.true for c in whole.claims()) and expected(whole, clip, 4) == 1
    still = Scene(4, clip.things)
    silent = read(reference(still), clip)  # the words of a picture say nothing of motion
    assert expected(silent, clip, 4) == pytest.approx((6 + 2 / 5) / 8)
    rng = np.random.default_rng(1)
    draws = [asked(silent, clip, 4, 8, "parser", 0.0, rng) for _ in range(2000)]
    assert abs(np.mean(draws) - (6 + 2 / 5) / 8) < 4 * np.std(draws) / np.sqrt(2000)


def test_every_kind_of_claim_is_judged():
    said = "third star. first square blue top-left above second left-of second. second above first dragon"
    kinds = [(c.kind, c.true) for c in read(said, SCENE).claims()]
    assert kinds == [
        ("existence", False), ("existence", False), ("existence", False), ("attribute", False), ("attribute", True),
        ("relation", True), ("relation", True), ("relation", False),
    ]  # fmt: skip
    assert read(said, SCENE).foreign == 1 and len(read(said, SCENE).sentences) == 3


def test_overlap_is_the_mean_of_precision_and_recall():
    words = ["a", "b", "c", "d", "e"]
    true = " ".join(words)
    m = len(words)
    assert overlap(true, true) == overlap("e d c b a", true) == 1
    assert overlap("c", true) == pytest.approx((1 + 1 / m) / 2)
    listed = " ".join([*words, *(f"w{k}" for k in range(15))])
    assert overlap(listed, true) == pytest.approx((m / 20 + 1) / 2)
    assert overlap("", true) == overlap("x", true) == 0
    assert overlap("a b x", "a c") == overlap("a c", "a b x") == pytest.approx((1 / 3 + 1 / 2) / 2)
