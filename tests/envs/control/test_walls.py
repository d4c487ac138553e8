import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs.control.walls import Walls, norm

MAZE = "S....\n.###.\n...#.\n##.#.\n...#G"
BLOCK = "...\n.#.\n..."
LAYOUTS = ["", BLOCK, MAZE, "..#..\n..#..\n....."]


def walls(layout):
    return Walls(layout, where="here")


def free_points(w, n, seed=0):
    rng = np.random.default_rng(seed)
    at = w.free[rng.integers(len(w.free), size=n)]
    return at + (rng.uniform(size=(n, 2)) - 0.5) * w.size * 0.99


def blocked_by_samples(w, p, q, count=4001):
    """Whether a fine row of points between p and q meets a wall cell."""
    line = p + np.linspace(0, 1, count)[:, None] * (q - p)
    cell = np.clip(np.floor((line + w.span) / w.size).astype(int), 0, np.array(w.solid.shape) - 1)
    return w.solid[cell[:, 0], cell[:, 1]].any()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_seen_is_what_a_fine_row_of_points_finds_free(layout):
    w = walls(layout)
    p, q = free_points(w, 300), free_points(w, 300, 1)
    seen = w.seen(p, q[:, None])[:, 0]
    np.testing.assert_array_equal(seen, [not blocked_by_samples(w, a, b) for a, b in zip(p, q, strict=True)])
    assert seen.any()
    assert layout == "" or not seen.all()


def test_around_one_block_the_shortest_way_touches_one_corner_or_two():
    w = walls(BLOCK)  # a block of side 2/3 in the middle
    a = 1 / 3
    cases = [
        ((-0.6, 0.0), (0.6, 0.0), 2 * np.hypot(0.6 - a, a) + 2 * a),
        ((-0.6, -0.1), (0.1, 0.6), np.hypot(0.6 - a, 0.1 + a) + np.hypot(a + 0.1, 0.6 - a)),
        ((-0.6, -0.6), (0.6, -0.5), np.hypot(1.2, 0.1)),
    ]
    for p, q, length in cases:
        p, q = np.array([p]), np.array([q])
        assert w.distance(p, q, w.onward(q))[0] == pytest.approx(length, abs=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_distances_are_between_the_straight_line_and_the_way_on_a_fine_grid(layout):
    """Dijkstra on a lattice with 16 neighbours is at most 2.75 % longer than the shortest way, and never shorter."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    w = walls(layout)
    m = 8 if layout else 30  # lattice points along a cell
    columns, rows = np.array(w.solid.shape) * m
    place = (np.stack(np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij"), -1) + 0.5) * w.size / m - w.span
    free = ~np.kron(w.solid, np.ones((m, m), dtype=bool)).astype(bool)
    moves = [(1, 0), (0, 1), (1, 1), (1, -1), (2, 1), (1, 2), (2, -1), (1, -2)]
    begin, end, length = [], [], []
    number = np.arange(free.size).reshape(free.shape)
    for dx, dy in moves:
        a = np.s_[: columns - dx, max(-dy, 0) : rows - max(dy, 0)]
        b = np.s_[dx:, max(dy, 0) : rows + min(dy, 0)]
        both = free[a] & free[b]
        p, q = place[a][both], place[b][both]
        ok = w.seen(p, q[:, None])[:, 0]
        begin.append(number[a][both][ok])
        end.append(number[b][both][ok])
        length.append(np.full(ok.sum(), np.hypot(dx, dy) * w.size / m))
    graph = csr_matrix(
        (np.concatenate(length), (np.concatenate(begin), np.concatenate(end))), shape=(free.size, free.size)
    )
    goal = int(number[free][7])
    found = dijkstra(graph, directed=False, indices=goal)[number[free]]
    points = place[free]
    target = np.repeat(place.reshape(-1, 2)[goal][None], len(points), 0)
    exact = w.distance(points, target, w.onward(target))
    assert np.isfinite(exact).all()
    assert (exact <= found + 1e-9).all()
    assert (found <= exact * 1.0276 + 3 * w.size / m).all()  # and a little for bends that lie between lattice points
    assert (exact >= norm(points - target) - 1e-12).all()
    back = w.distance(target, points, w.onward(points))
    np.testing.assert_allclose(back, exact, atol=1e-9)  # a way has one length from both ends


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_step_ends_in_a_wall_and_free_steps_are_whole(layout):
    w, rng = walls(layout), np.random.default_rng(0)
    x = free_points(w, 500)
    hits = 0
    for _ in range(40):
        step = rng.uniform(-1, 1, (500, 2)) * w.size * 0.999
        after, stopped = w.slide(x, step)
        np.testing.assert_allclose(after[~stopped], (x + step)[~stopped], atol=1e-12)
        assert (np.abs(after - x) <= np.abs(step) + 1e-12).all()
        cell = np.floor((after + w.span) / w.size).astype(int)
        assert (cell >= 0).all()
        assert (cell < w.solid.shape).all()
        assert not w.solid[cell[:, 0], cell[:, 1]].any()
        edge = np.abs((after + w.span) / w.size - np.rint((after + w.span) / w.size)) * w.size
        assert (edge[stopped] < 1.1e-6).all()
        hits += stopped.sum()
        x = after
    assert hits > 100


def test_a_point_slides_along_what_it_meets():
    w = walls(BLOCK)
    after, stopped = w.slide(np.array([[-0.4, 0.0], [0.9, 0.9]]), np.array([[0.3, 0.2], [0.3, 0.3]]))
    np.testing.assert_allclose(after, [[-1 / 3, 0.2], [1.0, 1.0]], atol=2e-6)
    np.testing.assert_array_equal(stopped, [[True, False], [True, True]])


def test_torch_finds_the_same():
    w = walls(MAZE)
    p, q = free_points(w, 50), free_points(w, 50, 1)
    tp, tq = torch.from_numpy(p), torch.from_numpy(q)
    np.testing.assert_allclose(w.distance(tp, tq, w.onward(tq)).numpy(), w.distance(p, q, w.onward(q)), atol=1e-14)
    for mine, theirs in zip(w.slide(tp, (tq - tp) * 0.1), w.slide(p, (q - p) * 0.1), strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs)


def test_the_next_stop_is_seen_and_lies_on_a_shortest_way():
    w = walls(MAZE)
    p = free_points(w, 300)
    goal = np.repeat(w.ends[:1], 300, 0)
    onward = w.onward(goal)
    stop = w.next_stop(p, goal, onward)
    assert w.seen(p, stop[:, None]).all()
    whole = w.distance(p, goal, onward)
    through = norm(stop - p) + w.distance(stop, goal, onward)
    assert (through >= whole - 1e-9).all()
    assert (through <= whole + 0.4 * w.size).all()  # a little off the corner: it costs less than that


@pytest.mark.parametrize("layout", ["..x", "...\n..", "###\n###", ".#.", "\n", "." * 3000])
def test_impossible_layouts_are_refused(layout):
    with pytest.raises(BadOption, match="layout"):
        walls(layout)


def test_marks_say_where_to_begin_and_where_to_end():
    w = walls(MAZE)
    np.testing.assert_allclose(w.begins, [[-0.8, 0.8]])
    np.testing.assert_allclose(w.ends, [[0.8, -0.8]])
    assert len(w.free) == 25 - 8
    assert (walls(BLOCK).begins == walls(BLOCK).free).all()


@pytest.mark.parametrize("layout", [*LAYOUTS, "...#"])
def test_from_above_dark_is_what_is_wall_or_outside(layout):
    w, side = walls(layout), 40
    middle = (np.arange(side) + 0.5) * 2 / side - 1
    x, y = np.meshgrid(middle, -middle)
    place = np.stack([x, y], -1)
    cell = np.floor((place + w.span) / w.size).astype(int)
    solid = np.pad(w.solid, 20, constant_values=True)
    dark = (w.from_above(side) == (40, 46, 58)).all(-1)
    np.testing.assert_array_equal(dark, solid[cell[..., 0] + 20, cell[..., 1] + 20])
