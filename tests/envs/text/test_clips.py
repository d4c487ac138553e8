"""Clips: what is drawn moves as it is said to, and the tracker follows, loses and is misled where it should."""

import numpy as np
import pytest

from rewardlab.envs.text.clips import (
    Clip,
    Mover,
    around,
    best_frame,
    blobs,
    drawn,
    followed,
    overlap,
    tracked,
)  # fmt: skip
from rewardlab.envs.text.scenes import COLOURS

RED, GREEN, BLUE = 0, 1, 2


def test_objects_move_by_their_velocity_and_later_ones_cover_earlier_ones():
    clip = Clip(6, 4, (Mover(RED, 2, 2, 0, -2, 0, 1), Mover(GREEN, 6, 1, 0, 2, 0, 0)), (0,), "red")
    for t in range(4):
        for r in range(6):
            for c in range(6):
                inside = r < 2 and 0 <= c - (t - 2) < 2
                assert clip.owners()[t, r, c] == (1 if c == 2 else 0 if inside else -1)
    assert clip.area().tolist() == [0, 2, 4, 2] and clip.boxes(0) == [] and clip.boxes(2) == [(0, 0, 1, 1)]
    assert clip.boxes(3) == [(0, 1, 1, 1)]  # around what is seen of it
    frames = clip.words().split(" ")[1::2]
    assert frames[3].split("/")[0] == ".rg..." and frames[1].split("/")[5] == "..g..."


def test_the_tracker_follows_from_both_sides_and_a_late_one_is_nowhere_before():
    clip = Clip(8, 6, (Mover(RED, 2, 2, 3, -5, 0, 2), Mover(GREEN, 2, 2, 0, 0, 1, 0)), (0,), "red")
    for frame in range(6):
        for box in clip.boxes(frame):
            assert np.array_equal(tracked(clip.colours(), box, frame), clip.masks()[0])
    assert clip.area()[0] == clip.area()[1] == 0


def test_one_that_is_covered_for_a_while_is_lost_for_good():
    movers = (Mover(RED, 2, 2, 3, 0, 0, 1), Mover(GREEN, 8, 4, 0, 3, 0, 0))
    clip = Clip(9, 8, movers, (0,), "red")
    area = clip.area().tolist()
    assert area[0] == 4 and 0 in area and area[-1] == 4
    first = tracked(clip.colours(), clip.boxes(0)[0], 0)
    gone = area.index(0)
    assert np.array_equal(first[:gone], clip.masks()[0, :gone]) and not first[gone:].any()
    assert overlap(first, clip.masks()[0]) == pytest.approx(np.mean([t < gone or a == 0 for t, a in enumerate(area)]))
    assert best_frame(clip) is None


def test_a_box_that_something_else_covers_shows_nothing_or_the_other():
    colours = np.full((1, 6, 6), -1)
    colours[0, 1:4, 1:4] = RED
    colours[0, 2:4, 2:4] = GREEN
    assert not tracked(colours, (1, 1, 3, 3), 0).any()  # five red cells of nine
    assert np.array_equal(tracked(colours, (2, 2, 3, 3), 0)[0], colours[0] == GREEN)
    assert not tracked(colours, (5, 5, 5, 5), 0).any()


def test_the_tracker_takes_the_nearest_of_two_alike_and_does_not_jump_far():
    colours = np.full((3, 12, 12), -1)
    for t, (a, b) in enumerate(((0, 8), (1, 7), (2, 6))):
        colours[t, 2, a] = colours[t, 2, b] = RED
    found = tracked(colours, (2, 0, 2, 0), 0)
    assert [np.argwhere(frame).tolist() for frame in found] == [[[2, 0]], [[2, 1]], [[2, 2]]]
    colours[1:] = -1
    colours[1, 2, 5] = RED
    assert not tracked(colours, (2, 0, 2, 0), 0)[1].any()


def test_blobs_partition_a_mask_into_areas_that_touch_by_sides():
    rng = np.random.default_rng(0)
    from scipy.ndimage import label

    for _ in range(20):
        mask = rng.random((8, 8)) < 0.5
        found = blobs(mask)
        assert np.array_equal(np.sum(found, axis=0), mask)
        labels, count = label(mask)
        assert len(found) == count and all(len(set(labels[blob])) == 1 for blob in found)
    assert around(np.zeros((3, 3), dtype=bool)) is None and blobs(np.zeros((3, 3), dtype=bool)) == []


def test_overlaps_of_masks():
    a, b = np.zeros((4, 2, 2), dtype=bool), np.zeros((4, 2, 2), dtype=bool)
    a[1, 0], b[1, :, 0] = True, True  # one cell of three
    a[2, 0, 0] = True
    a[3] = b[3] = True
    assert overlap(a, b) == pytest.approx((1 + 1 / 3 + 0 + 1) / 4)


@pytest.mark.parametrize(("size", "frames", "things", "targets"), [(8, 4, 3, 1), (16, 8, 4, 2), (6, 2, 1, 1)])
def test_drawn_clips_ask_for_what_is_there_and_can_be_answered(size, frames, things, targets):
    events = set()
    for seed in range(40):
        clip = drawn(np.random.default_rng(seed), size, frames, things, targets, 4)
        frame = best_frame(clip)
        assert frame is not None and clip.area()[frame] == clip.area().max() > 0
        assert np.array_equal(followed(clip, clip.boxes(frame), frame), clip.masks().any(axis=0))
        seen = [[t for t in range(frames) if (clip.owners()[t] == k).any()] for k in range(things)]
        if clip.asked in COLOURS:
            alike = [k for k, m in enumerate(clip.movers) if COLOURS[m.colour] == clip.asked]
            assert sorted(clip.wanted) == alike and len(alike) == targets
            continue
        events.add(clip.asked)
        others = [seen[k] for k in range(things) if k not in clip.wanted]
        mine = seen[clip.wanted[0]]
        if clip.asked == "enters last":
            assert mine[0] > 0 and all(mine[0] > other[0] for other in others)
        else:
            assert mine[-1] < frames - 1 and all(mine[-1] < other[-1] for other in others)
    assert len(events) == (2 if targets == 1 and things > 1 else len(events))
