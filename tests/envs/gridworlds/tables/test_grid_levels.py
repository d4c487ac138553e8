"""Levels: every placement once, drawn ones equally likely, laws of objects and kinds, and what cannot be built."""

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.tables.grid_levels import build, check_objects, sentences


def make(layout="open", size=4, first=0, levels=0, objects=({},), mix=(), blank=0.0):
    return build(layout, size, first, levels, check_objects(objects), mix, blank)


def test_every_placement_is_a_level():
    two = make(size=3, objects=[{}, {"at": [0, 1]}, {}])
    assert two.place.shape == (8 * 7, 3)
    assert len({tuple(p) for p in two.place.tolist()}) == 56
    assert (two.place[:, 1] == 1).all()
    assert all(len(set(p)) == 3 for p in two.place.tolist())
    room = make("room", size=5)
    assert sorted(room.place[:, 0].tolist()) == [c for c in range(25) if c != 12]  # not where one begins
    assert (room.choices == 1).all() and (room.starts[:, 0] == 12).all()
    assert len(make(objects=[]).walls) == 1


def test_episodes_begin_on_floor_without_objects():
    t = make("four_rooms", size=11, levels=30, objects=[{}, {}])
    for level in range(30):
        may = set(t.starts[level, : t.choices[level]].tolist())
        assert may == set(np.flatnonzero(~t.walls[level]).tolist()) - set(t.place[level].tolist())
        assert t.thing[level, t.place[level]].tolist() == [0, 1]
        assert (t.thing[level] < 2).sum() == 2


def test_drawn_placements_are_equally_likely():
    t = make(size=3, levels=9000, objects=[{}, {}])
    pairs, counts = np.unique(t.place, axis=0, return_counts=True)
    assert len(pairs) == 72
    assert chisquare(counts).pvalue > 1e-3


def test_numbers_are_drawn_from_their_ranges_and_some_levels_pay_nothing():
    t = make(levels=4000, objects=[{"reward": [-1, 3], "terminate": [0.1, 0.2]}, {"respawn": 0.25}], blank=0.7)
    assert (t.respawn == [0.0, 0.25]).all() and (t.terminate[:, 1] == 1).all()
    assert kstest(t.terminate[:, 0], "uniform", (0.1, 0.1)).pvalue > 1e-3
    pays = (t.reward != 0).any(1)
    assert abs(pays.mean() - 0.3) < 4 * np.sqrt(0.21 / 4000)
    assert (t.reward[pays, 1] == 1).all()
    assert kstest(t.reward[pays, 0], "uniform", (-1, 4)).pvalue > 1e-3


def test_kinds_have_their_shares():
    t = make(levels=3000, mix=[0.2, 0.1])
    counts = np.bincount(t.kinds.ravel(), minlength=3)
    assert chisquare(counts, t.kinds.size * np.array([0.7, 0.2, 0.1])).pvalue > 1e-3


@pytest.mark.parametrize("layout,size", [("open", 5), ("maze", 7), ("scattered", 7)])
def test_a_level_has_its_number_whatever_the_set(layout, size):
    options = {"objects": [{"reward": [0, 1]}, {}], "mix": [0.3], "blank": 0.5}
    many, few = (make(layout, size, first, n, **options) for first, n in ((0, 20), (12, 5)))
    for name, value in many._asdict().items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value[12:17], getattr(few, name), err_msg=name)
    apart = make(layout, size, 10_000, 20, **options)
    assert (apart.reward != many.reward).any() and (apart.place != many.place).any()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"objects": [{"prize": 1}]}, "'prize'"),
        ({"objects": [{"terminate": 1.5}]}, "terminate.*1.5"),
        ({"objects": [{"respawn": [0.5, 0.2]}]}, "respawn"),
        ({"objects": [{"reward": float("nan")}]}, "reward"),
        ({"objects": [{"reward": True}]}, "reward"),
        ({"objects": {"reward": 1}}, "objects="),
        ({"objects": [{}] * 13}, "objects="),
        ({"objects": [{"at": [4, 0]}]}, "at \\[4, 0\\]"),
        ({"objects": [{"at": 3}]}, "'at'"),
        ({"objects": [{"at": [1, 1]}, {"at": [1, 1]}]}, "two objects in one cell"),
        ({"layout": "a.#\n...", "objects": []}, "object 'a'"),
        ({"layout": "..#\n...", "objects": [{"at": [0, 2]}]}, "in a wall"),
        ({"objects": [{}] * 5}, "placements"),
        ({"size": 2, "levels": 3, "objects": [{}] * 5}, "5 objects"),
        ({"size": 1, "objects": [{}]}, "no cell to begin in"),
        ({"levels": 10_001}, "levels=10001"),
        ({"first": -1}, "first_level=-1"),
        ({"mix": [0.7, 0.6]}, "mix="),
        ({"layout": "1.\n..", "mix": [0.5]}, "mix="),
    ],
)
def test_what_cannot_be_built_is_named(options, word):
    with pytest.raises(BadOption, match=word):
        make(**options)


def test_objects_are_told_in_words():
    told = sentences(check_objects([{"reward": [0, 2], "respawn": 0.1}]))
    assert told == ["object 0 pays 0 to 2, ends with probability 1, comes back with 0.1"]
