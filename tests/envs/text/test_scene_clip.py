"""Objects in clips: the published cases of the four rewards."""

import itertools
import time

import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text import boxes, clips
from rewardlab.envs.text.clips import Clip, Mover
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.scene_clip import SceneClip

LONG = {"size": 16, "frames": 8, "things": 4, "targets": 2}


def drawn(rules, count=15):
    return [rules._task(rng_of(seed)) for seed in range(count)]


def said(frame, found):
    return f"answer: {frame} | {boxes.written(found)}"


@pytest.mark.parametrize("fields", [{}, LONG], ids=str)
def test_a_perfect_answer_has_four_in_any_order_and_is_not_cut(fields):
    rules = SceneClip(split="all", **fields)
    for task in drawn(rules):
        frame = clips.best_frame(task)
        for order in itertools.permutations(task.boxes(frame)):
            assert sum(rules.score(said(frame, order), task).values()) == pytest.approx(4)
            assert rules.check(said(frame, order), task)
        assert len(rules.prompt(task)) <= rules.heard and task.words() in rules.prompt(task)


def test_a_box_too_many_and_a_box_too_few():
    rules = SceneClip(split="all", **LONG)
    for task in drawn(rules):
        frame = clips.best_frame(task)
        true = task.boxes(frame)
        spare = next((r, c, r, c) for r in range(16) for c in range(16) if task.owners()[frame, r, c] == -1)
        more = rules.score(said(frame, [*true, spare]), task)
        assert more["boxes"] == pytest.approx(len(true) / (len(true) + 1)) and more["masks"] == 1
        if len(true) == 2:
            fewer = rules.score(said(frame, true[:1]), task)
            assert fewer["boxes"] == pytest.approx(1 / 2) and fewer["frame"] == 1


def test_the_frame_is_paid_by_how_much_of_the_object_it_shows():
    task = Clip(8, 4, (Mover(0, 2, 3, 0, -3, 0, 1),), (0,), "red")  # 0, 2, 4 and 6 cells are seen
    rules = SceneClip()
    for frame, area in enumerate((0, 2, 4, 6)):
        parts = rules.score(said(frame, task.boxes(frame) or [(0, 0, 1, 1)]), task)
        assert parts["frame"] == pytest.approx(area / 6)
        assert parts["boxes"] == (1 if area else 0)
        assert parts["masks"] == pytest.approx(1 if area else 1 / 4)  # nothing is followed from an empty frame
        assert rules.check(said(frame, task.boxes(frame)), task) == (area == 6)


def test_malformed_answers_have_nothing_of_any_part():
    rules = SceneClip()
    task = rules._task(rng_of(0))
    for text in (
        "",
        "frame 0",
        "answer: 0",
        "answer: 4 | 0 0 1 1",
        "answer: 0 | none",
        "answer: 0 | 0 0 8 8",
        "0 | 0 0 1 1",
    ):
        heard = rules.hear(task, None, text, rng_of(0))
        assert not heard.parts and not heard.understood and heard.over


def test_long_nonsense_is_judged_at_once():
    rules = SceneClip()
    task = rules._task(rng_of(0))
    begun = time.perf_counter()
    for tail in (" " * 100_000 + "x", "1 " * 50_000 + "x", "1 1 1 1;" * 10_000 + "x", "\n" * 100_000 + "|"):
        assert not rules.check("answer: 0 | " + tail, task)
    assert time.perf_counter() - begun < 2


def test_what_cannot_be_asked_is_refused():
    for wrong in (
        {"size": 5},
        {"size": 17},
        {"frames": 1},
        {"things": 5},
        {"targets": 3},
        {"values": 2},
        {"values": 9},
    ):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            SceneClip(**wrong)
