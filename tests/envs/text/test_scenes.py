"""Scenes: what is drawn is what is there, by reading the letters back."""

import numpy as np
import pytest

from rewardlab.envs.text.scenes import COLOURS, PLACES, SHAPES, Scene, Thing, legend, scene

LETTERS = dict(zip((*COLOURS, *SHAPES), "rgbywpocCSTAXHMR", strict=True))


@pytest.mark.parametrize(("size", "things", "values", "corners"), [(3, 4, 2, True), (16, 4, 8, False), (5, 2, 4, True)])
def test_a_picture_and_a_raster_show_exactly_the_objects(size, things, values, corners):
    for seed in range(30):
        drawn = scene(np.random.default_rng(seed), size, things, values, corners)
        cells = [[row[2 * c : 2 * c + 2] for c in range(size)] for row in drawn.picture().split("/")]
        found = [(r, c, cells[r][c]) for r in range(size) for c in range(size) if cells[r][c] != ".."]
        assert found == [(t.row, t.column, LETTERS[t.colour] + LETTERS[t.shape]) for t in drawn.things]  # reading order
        raster = drawn.raster()
        assert len(drawn.things) == things == np.count_nonzero(raster[..., 0])
        for t in drawn.things:
            assert raster[t.row, t.column].tolist() == [COLOURS.index(t.colour) + 1, SHAPES.index(t.shape) + 1]
            assert COLOURS.index(t.colour) < values and SHAPES.index(t.shape) < values
        if corners:
            assert len({t.place(size) for t in drawn.things}) == things


@pytest.mark.parametrize(("size", "things", "corners"), [(3, 4, True), (3, 2, True), (8, 4, False)])
def test_frames_show_every_object_where_its_motion_takes_it(size, things, corners):
    motions = set()
    for seed in range(60):
        drawn = scene(np.random.default_rng(seed), size, things, 8, corners, frames=3)
        places = []
        for frame in drawn.picture().split(" "):
            cells = [[row[2 * c : 2 * c + 2] for c in range(size)] for row in frame.split("/")]
            places.append({(r, c): cells[r][c] for r in range(size) for c in range(size) if cells[r][c] != ".."})
        assert len(places) == 3 and all(len(shown) == things for shown in places)
        for k, t in enumerate(drawn.things):
            down, right = {"resting": (0, 0), "rising": (-1, 0), "sinking": (1, 0), "going-left": (0, -1),
                           "going-right": (0, 1)}[t.motion]  # fmt: skip
            code = LETTERS[t.colour] + LETTERS[t.shape]
            assert all(shown[t.row + f * down, t.column + f * right] == code for f, shown in enumerate(places))
            assert drawn.aspects(k)["motion"] == t.motion
            motions.add(t.motion)
    assert len(motions) == 5 and "motion" not in scene(np.random.default_rng(0), 3, 1, 2).aspects(0)


def test_places_are_the_quarters():
    for size in (3, 4):
        for row in range(size):
            for column in range(size):
                name = PLACES[2 * (row >= size / 2) + (column >= size / 2)]
                assert Thing("circle", "red", row, column).place(size) == name


def test_relations_are_opposites_and_exclude_each_other():
    for seed in range(20):
        drawn = scene(np.random.default_rng(seed), 4, 3, 4)
        for a in range(3):
            for b in range(3):
                for one, other in (("above", "below"), ("left-of", "right-of")):
                    assert drawn.related(a, one, b) == drawn.related(b, other, a)
                    assert not (drawn.related(a, one, b) and drawn.related(b, one, a))
    drawn = Scene(3, (Thing("circle", "red", 0, 2), Thing("star", "red", 2, 2)))
    assert drawn.related(0, "above", 1) and not drawn.related(0, "left-of", 1) and not drawn.related(0, "right-of", 1)


def test_looks_are_uniform():
    found = [scene(np.random.default_rng(s), 3, 1, 4, True).things[0] for s in range(2000)]
    for names in ([t.shape for t in found], [t.colour for t in found], [t.place(3) for t in found]):
        counts = np.unique(names, return_counts=True)[1]
        assert len(counts) == 4 and abs(counts - 500).max() < 4 * np.sqrt(2000 * 0.25 * 0.75)  # 4 standard errors


def test_the_legend_names_every_letter_once():
    assert legend(2) == "r red, g green; C circle, S square"
    assert len(set(LETTERS.values())) == 16
