"""Rooms and corridors: walls, doors, sight and shortest ways against plain repetition."""

import numpy as np
import pytest

from rewardlab.envs.text.rooms import (
    FORWARD,
    LEFT,
    RIGHT,
    STEPS,
    Map,
    ahead,
    cells_to,
    door,
    drawn_map,
    joints_between,
    moved,
    neighbours,
    route,
)


def maps(count=25):
    rng = np.random.default_rng(0)
    return [drawn_map(int(rng.integers(2, 5)), rng.random() * 0.8, rng.random(), rng) for _ in range(count)]


def test_ways_are_mutual_blocks_are_joined_and_crossed_only_at_joints():
    for map_ in maps():
        around, crossed = neighbours(map_), []
        for cell, others in around.items():
            for side, other in enumerate(others):
                if other is None:
                    continue
                assert around[other][(side + 2) % 4] == cell
                assert (other[0] - cell[0], other[1] - cell[1]) == STEPS[side]
                a, b = sorted((map_.block(cell), map_.block(other)))
                if a != b:
                    crossed.append((a, b))
                    assert door(map_, cell, other) == bool(map_.names[a] or map_.names[b])
                else:
                    assert not door(map_, cell, other)
        assert sorted(crossed) == sorted([*map_.joints, *map_.joints])  # in one place, there and back
        assert set(cells_to(map_, map_.centre(0))) == set(around)  # all is reached
        rooms = sum(bool(n) for n in map_.names)
        arms = sum(2 for a, b in map_.joints) - sum(bool(map_.names[k]) for joint in map_.joints for k in joint)
        assert rooms >= 2 and len(around) == 9 * rooms + (len(map_.names) - rooms) + arms


@pytest.mark.parametrize("seed", range(4))
def test_routes_are_as_short_as_repeated_relaxation_finds(seed):
    rng = np.random.default_rng(seed)
    map_ = drawn_map(2 + seed % 2, 0.4, 0.3, rng)
    goal = map_.centre(int(rng.integers(len(map_.names))))
    poses = [(*cell, h) for cell in neighbours(map_) for h in range(4)]
    far = {p: 0 if p[:2] == goal else np.inf for p in poses}
    changed = True
    while changed:
        changed = False
        for p in poses:
            best = min(1 + far[moved(map_, p, m)] for m in (FORWARD, LEFT, RIGHT))
            if best < far[p]:
                far[p], changed = best, True
    for p in poses:
        moves, at = route(map_, p, goal), p
        for move in moves:
            at = moved(map_, at, move)
        assert len(moves) == far[p] and at[:2] == goal
        assert cells_to(map_, goal)[p[:2]] <= len(moves)


def test_one_sees_as_far_as_one_can_go():
    for map_ in maps(8):
        for cell in neighbours(map_):
            for heading in range(4):
                free, what = ahead(map_, (*cell, heading), 0)
                at, gone = (*cell, heading), 0
                while gone < free:
                    at, gone = moved(map_, at, FORWARD), gone + 1
                beyond = moved(map_, at, FORWARD)
                assert (what == "wall") == (beyond == at)
                assert what == "wall" or door(map_, at[:2], beyond[:2])
                assert ahead(map_, (*cell, (heading + 3) % 4), 1) == (free, what)


def test_joints_between_blocks_are_counted_on_the_shortest_way():
    map_ = Map(3, ("a", "b", "", "", "c", "", "", "", "d"), ((0, 1), (1, 2), (2, 5), (4, 5), (4, 7), (7, 8)))
    assert [joints_between(map_, 0, k) for k in (0, 1, 2, 5, 4, 7, 8)] == list(range(7))


def test_turns_are_turns():
    map_ = maps(1)[0]
    pose = (*map_.centre(0), 0)
    assert [moved(map_, (*pose[:2], h), RIGHT)[2] for h in range(4)] == [1, 2, 3, 0]
    for h in range(4):
        assert moved(map_, moved(map_, (*pose[:2], h), LEFT), RIGHT) == (*pose[:2], h)
