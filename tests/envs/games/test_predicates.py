"""Predicates and goals against a brute-force evaluator in plain Python, and sight against rays of many points."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.games import predicates as logic

SIDE, PLAYERS, OBJECTS, COLOURS = 5, 2, 3, 2
E = PLAYERS + OBJECTS + COLOURS
NAMES = ("near", "hold", "see", "on", "not near", "not see")


def crossed(a, b, side):
    """Cells that the open segment between two middles enters, by 4,000 points off the borders of cells."""
    (ya, xa), (yb, xb) = divmod(a, side), divmod(b, side)
    t = (np.arange(4000) + 0.5) / 4000
    y, x = ya + t * (yb - ya) + 0.5, xa + t * (xb - xa) + 0.5
    edge = 1e-9
    inside = (np.abs(y - np.rint(y)) > edge) & (np.abs(x - np.rint(x)) > edge)
    if ya == yb or xa == xb:
        inside[:] = True
    return set((np.floor(y[inside]) * side + np.floor(x[inside])).astype(int)) - {a, b}


def test_sight_is_what_rays_say():
    between = logic.sights(SIDE, SIDE)
    np.testing.assert_array_equal(between, between.transpose(1, 0, 2))
    for a, b in itertools.combinations(range(SIDE * SIDE), 2):
        assert set(np.flatnonzero(between[a, b])) == crossed(a, b, SIDE), (a, b)


def test_walls_hide():
    walls = np.array([list("....."), list(".##.."), list(".....")]) == "#"
    seen = logic.visible(walls.ravel()[None], logic.sights(3, 5))[0]
    assert seen[0, 4] and seen[0, 10] and not seen[1, 11] and not seen[0, 14]
    assert not seen[0, 12]  # through the first wall
    assert seen[0, 5] and seen[3, 9] and seen.diagonal().all()


def truth(literal, cell, holder, walls, floor):
    """One literal of one state, from the words."""
    predicate, a, b = NAMES[literal[0]], literal[1], literal[2]
    if predicate.startswith("not "):
        return not truth((NAMES.index(predicate[4:]), a, b), cell, holder, walls, floor)
    if predicate == "near":
        (ya, xa), (yb, xb) = divmod(int(cell[a]), SIDE), divmod(int(cell[b]), SIDE)
        return abs(ya - yb) <= 1 and abs(xa - xb) <= 1
    if predicate == "hold":
        return holder[b - PLAYERS] == a
    if predicate == "see":
        return not any(walls[c] for c in crossed(int(cell[a]), int(cell[b]), SIDE))
    return floor[cell[a]] == b - PLAYERS - OBJECTS


def literals():
    things = range(PLAYERS + OBJECTS)
    pairs = [(a, b) for a in things for b in things]
    found = [(p, a, b) for p in (0, 2, 4, 5) for a, b in pairs]
    found += [(1, a, b) for a in range(PLAYERS) for b in range(PLAYERS, PLAYERS + OBJECTS)]
    return found + [(3, a, b) for a in things for b in range(PLAYERS + OBJECTS, E)]


def worlds(n, rng):
    walls = rng.random((n, SIDE * SIDE)) < 0.3
    floor = rng.integers(-1, COLOURS, (n, SIDE * SIDE))
    cell = rng.integers(0, SIDE * SIDE, (n, PLAYERS + OBJECTS))
    holder = rng.integers(-1, PLAYERS, (n, OBJECTS))
    seen = logic.visible(walls, logic.sights(SIDE, SIDE))
    known = logic.facts(cell, holder, seen, floor, players=PLAYERS, width=SIDE, colours=COLOURS)
    return known, [tuple(x[i] for x in (cell, holder, walls, floor)) for i in range(n)]


def test_every_literal_is_what_its_words_say():
    known, states = worlds(12, np.random.default_rng(0))
    both = set()
    for row, state in zip(known, states, strict=True):
        for literal in literals():
            expected = truth(literal, *state)
            assert row[literal] == expected, (literal, state)
            both.add((literal[0], bool(expected)))
    assert len(both) == 12  # each predicate was true and false


def test_goals_are_disjunctions_of_conjunctions():
    rng = np.random.default_rng(1)
    n, known_literals = 300, literals()
    known, states = worlds(n, rng)
    goals = np.full((n, 2, 2, 3, 3), logic.UNUSED)
    for i, p, o in np.ndindex(n, 2, 2):
        for k in range(rng.integers(0, 4)):  # 0 literals: an option that is not there
            goals[i, p, o, k] = known_literals[rng.integers(len(known_literals))]
    met = logic.holds(goals, known)
    for i, p in np.ndindex(n, 2):
        options = [[tuple(x) for x in option if x[0] >= 0] for option in goals[i, p].tolist()]
        assert met[i, p] == any(option and all(truth(x, *states[i]) for x in option) for option in options)
    assert 0.1 < met.mean() < 0.9


def test_goals_in_words():
    goal = np.full((2, 2, 3), logic.UNUSED)
    goal[0] = [[0, 0, 1], [5, 1, 0]]
    assert logic.spoken(goal, ["me", "you"]) == "near(me, you) and not see(you, me)"
    goal[1, 0] = [1, 0, 1]
    assert logic.spoken(goal, ["me", "you"]).endswith(" or hold(me, you)")
    assert logic.spoken(goal[:0], ["me"]) == "nothing"


@pytest.mark.parametrize(
    ("goals", "words"),
    [
        (np.zeros((2, 3)), "shape \\(2, 3\\)"),
        (np.zeros((1, 1, 3)), "integers"),
        (np.array([[[6, 0, 0]]]), "unknown predicate"),
        (np.array([[[0, 0, 9]]]), "unknown entity"),
    ],
)
def test_mistakes_are_named(goals, words):
    with pytest.raises(BadOption, match=words):
        logic.check_goals(goals, 9, where="test")


def test_good_goals_pass_as_integers():
    assert logic.check_goals(np.array([[[0, 8, 0], [-1, -1, -1]]], dtype=np.int8), 9, where="test").dtype == np.int64
