"""Tasks of the predicate grid: walls, floors, things and goals, drawn by number, and three that were made by hand.

    task(split, k) = f(random numbers of (split, k)),    accepted if 0.2 % to 50 % of random placements meet each goal

A number names the same task for ever; the numbers of "train" and "test" share no random numbers. A goal is kept if
some placements of players and objects meet it and most do not, and the first placement does not. One player alone can
carry everything to any placement, so that each of its goals can be met.

Source: Open Ended Learning Team, Stooke, Mahajan, Barros, et al., "Open-Ended Learning Leads to Generally Capable
Agents", 2021, Section 3 (generated worlds and games; hand-made held-out ones such as hide and seek, capture the flag).
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.games import grid
from rewardlab.envs.games import predicates as logic

SIDE, OBJECTS, COLOURS = 9, 4, 3
OPTIONS, LITERALS = 2, 3
SPLITS = {"train": 0, "test": 1}
CELLS = SIDE * SIDE
LEAST, MOST = 0.002, 0.5  # of random placements that meet a goal
_PLACEMENTS = 1500


@dataclass(frozen=True)
class Task:
    """One world and one goal per player.

    Attributes:
        wall: [81] bool.
        floor: [81] colour of each cell 0..2, -1 for none.
        cell: [P + 4] where players and objects begin.
        goals: [P, 2, 3, 3] options, literals, (predicate, subject, object).
    """

    wall: np.ndarray
    floor: np.ndarray
    cell: np.ndarray
    goals: np.ndarray


@cache
def between() -> np.ndarray:
    """[81, 81, 81] float32: `predicates.sights` of the map, worked out once."""
    return logic.sights(SIDE, SIDE).astype(np.float32)


def entities(players: int) -> int:
    """How many there are: players, objects, colours."""
    return players + OBJECTS + COLOURS


@cache
def drawn(split: str, number: int, players: int) -> Task:
    """Task `number` of a split for 1 or 2 players."""
    rng = np.random.default_rng([SPLITS[split], players, number])
    while True:
        wall, floor = _world(rng)
        free = np.flatnonzero(~wall)
        cell = rng.permutation(free)[: players + OBJECTS]
        seen = logic.visible(wall, between())
        known = _facts(*_placements(rng, free, players), seen, floor, players)
        first = _facts(cell[None], np.full((1, OBJECTS), -1), seen, floor, players)
        goals = [_fitting(rng, player, players, known, first) for player in range(players)]
        if all(goal is not None for goal in goals):
            return Task(wall, floor, cell, np.stack([goal for goal in goals if goal is not None]))


def _fitting(
    rng: np.random.Generator, me: int, players: int, known: np.ndarray, first: np.ndarray
) -> np.ndarray | None:
    """A goal that the first placement does not meet, and of the others some but not most; None if 50 were in vain."""
    for _ in range(50):
        goal = _goal(rng, me, players)
        one = goal[None, None]
        if logic.holds(one, first).any():
            continue
        if LEAST <= logic.holds(np.broadcast_to(one, (len(known), *one.shape[1:])), known).mean() <= MOST:
            return goal
    return None


def _world(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Walls and floors whose free cells hang together, with all colours among them."""
    while True:
        wall = np.zeros(CELLS, dtype=bool)
        for _ in range(rng.integers(2, 6)):  # straight pieces
            row, column, length, upright = *rng.integers(0, SIDE, 2), rng.integers(2, 6), rng.integers(2)
            steps = np.arange(length)
            rows, columns = row + upright * steps, column + (1 - upright) * steps
            kept = (rows < SIDE) & (columns < SIDE)
            wall[rows[kept] * SIDE + columns[kept]] = True
        floor = np.full((SIDE, SIDE), -1)
        for colour in range(COLOURS):
            (row, column), (high, wide) = rng.integers(0, SIDE - 2, 2), rng.integers(2, 4, 2)
            floor[row : row + high, column : column + wide] = colour
        free, flat = ~wall, floor.ravel()
        goal = np.arange(CELLS) == np.flatnonzero(free)[0]
        near = grid.distances(grid.neighbours(SIDE, SIDE), free, goal)
        if np.isfinite(near[free]).all() and all((flat[free] == colour).any() for colour in range(COLOURS)):
            return wall, flat


def _goal(rng: np.random.Generator, me: int, players: int) -> np.ndarray:
    """[2, 3, 3]: one or two options of one to three literals, without doubles."""
    goal = np.full((OPTIONS, LITERALS, 3), logic.UNUSED)
    for option in range(rng.integers(1, OPTIONS + 1)):
        used: set[tuple[int, int, int]] = set()
        for literal in range(rng.integers(1, LITERALS + 1)):
            found = _literal(rng, me, players)
            while found in used:
                found = _literal(rng, me, players)
            used.add(found)
            goal[option, literal] = found
    return goal


def _literal(rng: np.random.Generator, me: int, players: int) -> tuple[int, int, int]:
    things = players + OBJECTS
    predicate = int(rng.integers(6))
    thing = players + int(rng.integers(OBJECTS))
    if predicate == logic.HOLD:
        return predicate, me, thing
    if predicate == logic.ON:
        subject = me if rng.random() < 0.5 else int(rng.integers(things))
        return predicate, subject, things + int(rng.integers(COLOURS))
    if predicate in (logic.SEE, logic.NOT_SEE):
        if players == 2 and rng.random() < 0.5:
            other = 1 - me
            return (predicate, me, other) if rng.random() < 0.5 else (predicate, other, me)
        return predicate, me, thing
    pair = list(combinations(range(things), 2))[int(rng.integers(things * (things - 1) // 2))]
    return predicate, *pair


def _placements(rng: np.random.Generator, free: np.ndarray, players: int) -> tuple[np.ndarray, np.ndarray]:
    """Random cells [n, P + 4] and holders [n, 4] that one can walk and carry to.

    Each player holds an object half the time; no two players, and no two objects that lie, share a cell.
    """
    n = _PLACEMENTS
    cell = free[rng.integers(0, len(free), (n, players + OBJECTS))]
    holder = np.full((n, OBJECTS), -1)
    for player in range(players):
        rows = np.flatnonzero(rng.random(n) < 0.5)
        holder[rows, rng.integers(0, OBJECTS, len(rows))] = player  # of two who hold the same the second one does
    held = holder >= 0
    lying = np.sort(np.where(held, -1 - np.arange(OBJECTS), cell[:, players:]), axis=1)
    apart = (np.diff(lying, axis=1) > 0).all(1) & (np.diff(np.sort(cell[:, :players], axis=1), axis=1) > 0).all(1)
    cell[:, players:] = np.where(held, np.take_along_axis(cell, np.maximum(holder, 0), 1), cell[:, players:])
    return cell[apart], holder[apart]


def _facts(cell: np.ndarray, holder: np.ndarray, seen: np.ndarray, floor: np.ndarray, players: int) -> np.ndarray:
    n = len(cell)
    seen, floor = np.broadcast_to(seen, (n, *seen.shape)), np.broadcast_to(floor, (n, CELLS))
    return logic.facts(cell, holder, seen, floor, players=players, width=SIDE, colours=COLOURS)


# -- by hand ---------------------------------------------------------------------------------------------------------

# a and b the players, A to D the objects, # walls; 0, 1, 2 floors of that colour
_TAG = """
a.......A
.##...##.
.#.....#.
....0....
...000...
....0....
.#.....#.
B##.2.##D
1...C...b"""
_HIDE = """
a..#.....
...#..##.
.A....#..
##.##...B
0.......1
...##.##.
.##....#.
.#..C..#2
...#D...b"""
_CAPTURE = """
00..#..11
0a.....b1
...#.#...
.#.....#.
#...A...#
.#.....#.
B..#.#..C
....2....
D..222..."""
_FLAG = 2  # the first object of two players


def _only(*literals: tuple[int, int, int]) -> np.ndarray:
    goal = np.full((OPTIONS, LITERALS, 3), logic.UNUSED)
    goal[0, : len(literals)] = literals
    return goal


PROBES: dict[str, tuple[str, tuple[np.ndarray, np.ndarray]]] = {
    "tag": (_TAG, (_only((logic.NEAR, 0, 1)), _only((logic.NOT_NEAR, 1, 0)))),
    "hide": (_HIDE, (_only((logic.SEE, 0, 1)), _only((logic.NOT_SEE, 0, 1)))),
    "capture": (
        _CAPTURE,
        (
            _only((logic.HOLD, 0, _FLAG), (logic.ON, 0, 6)),
            _only((logic.HOLD, 1, _FLAG), (logic.ON, 1, 7)),
        ),
    ),
}


def probe(name: str) -> Task:
    """One of the tasks for two players made by hand: "tag", "hide" or "capture".

    Raises:
        BadOption: for another name.
    """
    if name not in PROBES:
        raise BadOption(f"tasks={name!r}", where="PredicateGrid", expected=f"one of {[*SPLITS, *PROBES]}")
    layout, goals = PROBES[name]
    letters = grid.chart(layout, "abABCD#.012", where=name).ravel()
    floor = np.array([int(letter) if letter in "012" else -1 for letter in letters])
    cell = np.array([grid.only(letters, letter, where=name) for letter in "abABCD"])
    return Task(letters == "#", floor, cell, np.stack(goals))
