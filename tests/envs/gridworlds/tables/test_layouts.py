"""Layouts: the published four rooms, that all is connected, mazes that are trees and equally likely, bad maps."""

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.stats import chisquare

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables.layouts import LARGEST, mazes, named, read

FOUR_ROOMS = """
.....#.....
.....#.....
...........
.....#.....
.....#.....
#.####.....
.....###.##
.....#.....
.....#.....
...........
.....#.....
"""


def streams(levels, first=0):
    rng = Streams([first + i for i in range(levels)])
    rng.begin(slice(None))
    return rng


def graph(walls):
    """Floor cells, doors between neighbours, and in how many pieces."""
    n = walls.size
    number = np.arange(n).reshape(walls.shape)
    pairs = np.concatenate(
        [
            np.stack([number[:-1].ravel(), number[1:].ravel()]),
            np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
        ],
        axis=1,
    )
    pairs = pairs[:, ~walls.ravel()[pairs].any(0)]
    links = np.zeros((n, n), dtype=bool)
    links[pairs[0], pairs[1]] = True
    pieces = connected_components(links, directed=False)[1][~walls.ravel()]
    return int((~walls).sum()), pairs.shape[1], len(set(pieces.tolist()))


def test_the_four_rooms_are_the_published_ones():
    walls = named("four_rooms", 11, streams(1)).walls
    np.testing.assert_array_equal(walls, read(FOUR_ROOMS).walls)
    assert (~walls).sum() == 104  # the states of the paper's task


@pytest.mark.parametrize("name", ["four_rooms", "rooms", "open", "room"])
def test_every_room_can_be_reached(name):
    for size in range(5, LARGEST + 1):
        plan = named(name, size, streams(3))
        assert plan.walls.shape == (1, size, size)
        assert graph(plan.walls[0])[2] == 1, size
        assert np.argwhere(plan.starts).tolist() == ([[0, size // 2, size // 2]] if name == "room" else [])


def test_the_rooms_are_nine():
    walls = named("rooms", 11, streams(1)).walls[0].copy()
    wall = np.isin(np.arange(11), (3, 7))
    assert (~walls).sum() == 9 * 9 + 12  # nine rooms of 3 x 3 and twelve doors
    walls[wall] = walls[:, wall] = True
    assert graph(walls)[2] == 9


@pytest.mark.parametrize("size", [5, 9, 13])
def test_mazes_are_trees_over_all_rooms(size):
    walls = named("maze", size, streams(50)).walls
    assert not walls[:, ::2, ::2].any()
    assert walls[:, 1::2, 1::2].all()
    rooms = ((size + 1) // 2) ** 2
    for maze in walls:
        assert graph(maze) == (2 * rooms - 1, 2 * rooms - 2, 1)  # a room more than there are doors, in one piece
    assert len({maze.tobytes() for maze in walls}) == 50 if size > 5 else True


def test_the_four_mazes_of_two_by_two_rooms_are_equally_likely():
    found = mazes(3, streams(8000))
    shapes, counts = np.unique(found.reshape(len(found), -1), axis=0, return_counts=True)
    assert len(shapes) == 4
    assert chisquare(counts).pvalue > 1e-3


def test_scattered_squares_have_all_sizes_and_their_share_of_walls():
    walls = named("scattered", 9, streams(4000)).walls
    own = 9 - walls[:, 8, ::-1].all(1)  # a full last row: smaller than 9, or chance 0.15^9
    assert 3000 < (own < 9).sum() < 3400  # four sizes of five
    inside = walls[:, :5, :5]
    assert abs(inside.mean() - 0.15) < 4 * np.sqrt(0.15 * 0.85 / inside.size)
    beyond = [walls[:, k, k].mean() for k in range(5, 9)]  # cell (k, k) is inside for sizes above k
    np.testing.assert_allclose(beyond, [1 - 0.85 * share / 5 for share in (4, 3, 2, 1)], atol=0.03)


@pytest.mark.parametrize("name,size", [("maze", 9), ("scattered", 9)])
def test_a_level_has_its_number_whatever_the_set(name, size):
    many, few = named(name, size, streams(20)).walls, named(name, size, streams(5, first=12)).walls
    np.testing.assert_array_equal(many[12:17], few)


def test_a_map_is_read_as_it_stands():
    plan = read("S.#2\nb..a\n....")
    assert plan.walls.shape == (1, 3, 4)
    assert np.argwhere(plan.walls[0]).tolist() == [[0, 2]]
    assert np.argwhere(plan.starts[0]).tolist() == [[0, 0]]
    assert np.argwhere(plan.kinds[0]).tolist() == [[0, 3]]
    assert plan.kinds[0, 0, 3] == 2
    assert plan.places == {1: (1, 0), 0: (1, 3)}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("..\n...", "rows of"),
        ("a.\n.a", "two places"),
        ("..\n.?", r"letter '\?' in row 1"),
        ("." * 14 + "\n" + "." * 14, "2 x 14"),
        ("", "0 x 0"),
    ],
)
def test_bad_maps_are_named(text, word):
    with pytest.raises(BadOption, match=word):
        read(text)


@pytest.mark.parametrize(("name", "size"), [("four_rooms", 4), ("maze", 8), ("open", 14), ("rooms", 0), ("mase", 5)])
def test_bad_names_and_sizes_are_named(name, size):
    with pytest.raises(BadOption, match="layout" if name == "mase" else f"size={size}"):
        named(name, size, streams(1))
