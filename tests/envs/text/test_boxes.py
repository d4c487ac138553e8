"""Boxes: overlaps by counting cells, matchings by trying all, and the published cases of the reward."""

import itertools

import numpy as np
import pytest

from rewardlab.envs.text.boxes import area, costs, giou, iou, kept, localised, match, matched, read, written

EARLY = {"recall_at": 0.5, "low": 0.5, "high": 0.75}
LATE = {"recall_at": 0.75, "low": 0.75, "high": 0.9}


def random_boxes(rng, count, size=10):
    corners = np.sort(rng.integers(size, size=(count, 2, 2)), axis=1)
    return [(int(a), int(b), int(c), int(d)) for (a, b), (c, d) in corners]


def cells(box):
    return set(itertools.product(range(box[0], box[2] + 1), range(box[1], box[3] + 1)))


def test_overlaps_by_counting_cells():
    rng = np.random.default_rng(0)
    for a, b in zip(random_boxes(rng, 200), random_boxes(rng, 200), strict=True):
        one, two = cells(a), cells(b)
        around = (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        assert area(a) == len(one) and iou(a, b) == len(one & two) / len(one | two)
        spare = len(cells(around)) - len(one | two)
        assert giou(a, b) == pytest.approx(iou(a, b) - spare / len(cells(around))) and -1 < giou(a, b) <= iou(a, b)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 5), (5, 2), (4, 4), (5, 5)])
def test_matchings_are_the_best_of_all(n, m):
    rng = np.random.default_rng(n * 10 + m)
    for _ in range(20):
        cost = costs(random_boxes(rng, n), random_boxes(rng, m), 10)
        assert cost.shape == (n, m)
        pairs = match(cost)
        assert len(pairs) == min(n, m) == len({i for i, _ in pairs}) == len({j for _, j in pairs})
        wide = cost if n <= m else cost.T
        best = min(
            wide[range(min(n, m)), list(order)].sum() for order in itertools.permutations(range(max(n, m)), min(n, m))
        )
        assert sum(cost[i, j] for i, j in pairs) == pytest.approx(best, abs=1e-12)


def test_costs_are_distances_less_generalised_overlaps():
    assert costs([(0, 0, 1, 1)], [(0, 2, 1, 3)], 4)[0, 0] == pytest.approx(
        (0 + 2 + 0 + 2) / 4 - giou((0, 0, 1, 1), (0, 2, 1, 3))
    )
    assert costs([], [(0, 0, 1, 1)], 4).shape == (0, 1)


def test_the_published_cases():
    true = [(0, 0, 2, 2), (5, 5, 9, 6), (0, 7, 1, 9)]
    for order in itertools.permutations(true):
        assert localised(order, true, 10, **EARLY) == localised(order, true, 10, **LATE) == (1, 1, 1)
    one = true[:1]
    assert localised(one * 2, one, 10, **EARLY) == (1, 1, 0.5)  # one target found twice
    found = [(0, 0, 0, 2)]  # three of five cells: IoU .6
    assert localised(found, [(0, 0, 0, 4)], 10, **EARLY) == (1, 1, pytest.approx(0.6))
    assert localised(found, [(0, 0, 0, 4)], 10, **LATE) == (1, 0, 0)
    assert localised([], true, 10, **EARLY) == localised(one, [], 10, **EARLY) == (0, 0, 0)
    assert localised([], [], 10, **EARLY) == (1, 1, 1)
    assert [kept(v, 0.5, 0.75) for v in (0.4, 0.5, 0.6, 0.75, 0.8)] == [0, 0.5, 0.6, 0.75, 1]


def test_boxes_everywhere_cannot_pass_their_bound():
    everywhere = [(r, c, r + h, c + w) for r in range(6) for c in range(6) for h in range(3) for w in range(3)]
    true = [(1, 1, 2, 2), (4, 4, 6, 6)]
    parts = localised(everywhere, true, 10, **EARLY)
    assert parts[:2] == (1, 1) and sum(parts) / 3 <= (2 + len(true) / len(everywhere)) / 3 + 1e-12
    assert sorted(matched(everywhere, true, 10)) == [1, 1]


def test_lists_are_read_as_they_are_written_and_others_not_at_all():
    rng = np.random.default_rng(3)
    for count in range(4):
        found = tuple(random_boxes(rng, count))
        assert read(written(found), 10) == found
    for wrong in (
        "",
        ";",
        "1 2 3",
        "3 0 1 2",
        "0 3 2 1",
        "0 0 0 10",
        "0 0 0 x",
        "0 0 1 1;",
        "-1 0 1 1",
        "0,0,1,1",
        "none; 0 0 1 1",
    ):
        assert read(wrong, 10) is None, wrong
