"""Lava diamond: 200 levels solved by a planner of the test's own, the kernel's search, and what failures are called."""

import functools
from collections import deque

import numpy as np
import pytest
from grid_alike import rows_are_singles

from rewardlab.core.errors import BadOption
from rewardlab.core.testing import check_env
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.lava_diamond import LavaDiamond
from rewardlab.envs.gridworlds.search.shortest import shortest_solution
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

AHEAD = ((1, 0), (0, 1), (-1, 0), (0, -1))


def plan(kinds, place, heading):
    """A shortest solution: stage 0 without a pick, 1 beside the pick that lies there, 2 with it, 3 the rock is open."""
    first = (*place, heading, 0, None)
    back, frontier = {first: None}, deque([first])
    while frontier:
        here = x, y, h, stage, tree = frontier.popleft()
        if kinds[x][y] == codes.GOAL:
            actions = []
            while back[here]:
                here, action = back[here]
                actions.append(action)
            return actions[::-1]
        a, b = x + AHEAD[h][0], y + AHEAD[h][1]
        kind = kinds[a][b]
        onward = [((x, y, (h + 3) % 4, stage, tree), codes.LEFT), ((x, y, (h + 1) % 4, stage, tree), codes.RIGHT)]
        opened = (stage > 1 and (a, b) == tree) or (stage == 3 and kind == codes.LOCKED)
        if kind in (codes.EMPTY, codes.FLOOR, codes.GOAL) or opened:
            onward.append(((a, b, h, stage, tree), codes.FORWARD))
        if kind == codes.BOX and stage == 0:
            onward.append(((x, y, h, 1, (a, b)), codes.TOGGLE))
        if stage == 1 and (a, b) == tree:
            onward.append(((x, y, h, 2, tree), codes.PICKUP))
        if stage == 2 and kind == codes.LOCKED:
            onward.append(((x, y, h, 3, tree), codes.TOGGLE))
        for there, action in onward:
            if there not in back:
                back[there] = (here, action)
                frontier.append(there)
    return None


def route(kinds, place, heading):
    """A solution, not always a shortest one: walks to the nearest tree, to the rock, to the diamond."""
    actions, free = [], {codes.EMPTY, codes.FLOOR}
    for target, work in ((codes.BOX, [codes.TOGGLE, codes.PICKUP]), (codes.LOCKED, [codes.TOGGLE]), (codes.GOAL, [])):
        back, frontier, found = {place: None}, deque([place]), None
        while frontier and not found:
            x, y = frontier.popleft()
            for h, (dx, dy) in enumerate(AHEAD):
                there = x + dx, y + dy
                kind = kinds[there[0]][there[1]]
                if there not in back and (kind in free or kind == target):
                    back[there] = ((x, y), h)
                    frontier.append(there)
                    found = there if kind == target else found
        if not found:
            return None
        turns = []
        while back[found]:
            found, h = back[found]
            turns.append(h)
        for i, h in enumerate(reversed(turns)):
            actions += [[], [codes.RIGHT], [codes.RIGHT] * 2, [codes.LEFT]][(h - heading) % 4]
            heading = h
            if i < len(turns) - 1 or not work:
                actions.append(codes.FORWARD)
                place = place[0] + AHEAD[h][0], place[1] + AHEAD[h][1]
        actions += work
        if work:
            a, b = place[0] + AHEAD[heading][0], place[1] + AHEAD[heading][1]
            kinds[a][b] = codes.FLOOR
    return actions


def plans(rules, seeds, plan):
    state = rules.first(*seeds)
    kinds, field = (rules.grids(state) & 15).tolist(), state["field"].tolist()
    return [plan(k, (f[codes.X], f[codes.Y]), f[codes.HEADING]) for k, f in zip(kinds, field, strict=True)]


def test_two_hundred_levels_are_solved_and_pay_at_the_diamond_only():
    rules = LavaDiamond()
    ways = plans(rules, range(200), route)
    assert all(ways)
    longest = max(map(len, ways))
    assert longest < 8 * 25 + 120  # what the card's optimal return rests on
    envs = WorldVectorEnv(rules, 200)
    envs.reset(seed=0)
    for t in range(longest):  # rows that have ended go on in another level, where they do nothing
        _, reward, ended, _, info = envs.step(np.array([way[t] if t < len(way) else codes.DONE for way in ways]))
        last = np.array([t + 1 == len(way) for way in ways])
        assert (reward == last).all()
        assert (ended == last).all()
        if last.any():
            assert (info["final_info"]["failure"][last] == "").all()


def test_the_kernels_own_search_finds_ways_of_that_length():
    rules = LavaDiamond(size=17, pools=6)
    useful = [codes.LEFT, codes.RIGHT, codes.FORWARD, codes.PICKUP, codes.TOGGLE]
    for seed, way in enumerate(plans(rules, range(6), plan)):
        assert len(shortest_solution(rules, rules.first(seed), actions=useful)) == len(way)


def test_a_level_has_what_it_must_have():
    rules = LavaDiamond(trees=3)
    state = rules.first(*range(60))
    grids = rules.grids(state)
    for grid, inside in zip(grids, state["inside"].reshape(60, 25, 25), strict=True):
        kinds = grid & 15
        assert (kinds == codes.BOX).sum() == 3
        assert (kinds == codes.LOCKED).sum() == (kinds == codes.GOAL).sum() == 1
        assert (kinds == codes.LAVA).sum() > 0
        assert (inside > 0).sum() == 3
        assert ((inside & 15 == codes.KEY) == (kinds == codes.BOX)).all()
        assert set(inside[inside > 0] >> 4) == set(grid[kinds == codes.LOCKED] >> 4)
        rim = np.concatenate([kinds[0], kinds[-1], kinds[:, 0], kinds[:, -1]])
        assert (rim == codes.WALL).all()
    assert len({g.tobytes() for g in grids}) == 60


def test_failures_are_called_what_they_are():
    rules = LavaDiamond(steps=4)
    env, seen = WorldEnv(rules), {}
    for seed in range(40):
        _, info = env.reset(seed=seed)
        assert info["failure"] == ""
        for _ in range(4):
            _, _, ended, cut, info = env.step(codes.LEFT)
        assert (ended, cut) == (False, True)
        assert info["failure"] == ("time" if info["seen_tree"] or info["seen_pick"] else "no target seen")
        seen[info["failure"]] = seen.get(info["failure"], 0) + 1
    assert set(seen) == {"time", "no target seen"}
    lava = WorldEnv(LavaDiamond(pools=60))
    for seed in range(30):  # a level with lava right ahead somewhere on a straight walk
        lava.reset(seed=seed)
        for _ in range(24):
            _, reward, ended, _, info = lava.step(codes.FORWARD)
            if ended:
                assert info["failure"] == "lava"
                assert reward == 0
                return
    raise AssertionError("no lava met")


def test_what_comes_next_is_what_must_have_been_seen():
    rules = LavaDiamond()
    state = rules.first(0)
    cases = [  # seen bits (tree 1, pick 2, rock 4, diamond 8), pick taken, rock opened -> cause
        (0, 0, 0, "no target seen"), (4, 0, 0, "no target seen"), (1, 0, 0, "time"), (3, 1, 0, "no target seen"),
        (7, 1, 0, "time"), (7, 1, 1, "no target seen"), (15, 1, 1, "time"),
    ]  # fmt: skip
    for bits, took, opened, cause in cases:
        state["field"][0, [codes.P0, codes.TOOK, codes.OPENED, codes.STEPS]] = bits, took, opened, 500
        assert rules.inform(state)["failure"][0] == cause


def test_rows_are_singles_and_laws_hold():
    assert rows_are_singles(LavaDiamond(size=17), steps=40) >= 3
    assert check_env(functools.partial(WorldEnv, LavaDiamond), steps=30, processes=False)


def test_mistakes_are_named():
    for options in ({"size": 16}, {"trees": 0}, {"pools": -1}, {"steps": 0}):
        with pytest.raises(BadOption, match=next(iter(options))):
            LavaDiamond(**options)
