"""A grid of rooms that share their walls: doors, objects and the agent in a room, and doors until all are connected.

Room (i, j) has number j * columns + i and nine words of scratch: where a door may be in its right, lower, left and
upper wall (-1: no neighbour), whether that wall is open already, and whether the door that was added last to this very
room is locked. Where the caller uses scratch from `FREE` on there is space for 14 rooms, else for 28.
"""

import numpy as np

from rewardlab.envs.gridworlds.generators.kernel import COLOURS, begin, colour, find, place_agent, walls_around
from rewardlab.envs.gridworlds.kernel.codes import CLOSED, EMPTY, HEADING, LOCKED, WALL, X, Y
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

FREE = 128
TRIES = 1000  # of a search within a room
ROUNDS = 5000  # of the search for doors that connect all rooms
_DOOR, _OPEN, _LOCKED, _WORDS = 0, 4, 8, 9


@scalar
def draw_rooms(cells, inside, field, rng, scratch, W, H, size, columns, rows):
    """Walls, and where each wall between two rooms may get its door; the agent stands in the middle, facing right."""
    begin(cells, inside, field, W, H)
    for j in range(rows):
        for i in range(columns):
            walls_around(cells, H, i * (size - 1), j * (size - 1), size, size)
            for word in range(_WORDS):
                scratch[(j * columns + i) * _WORDS + word] = -1 if word < _OPEN else 0
    for j in range(rows):
        for i in range(columns):
            room = (j * columns + i) * _WORDS
            left, top = i * (size - 1), j * (size - 1)
            if i < columns - 1:
                at = (left + size - 1) * H + bounded(rng, top + 1, top + size - 1)
                scratch[room + _DOOR] = scratch[room + _WORDS + _DOOR + 2] = at
            if j < rows - 1:
                at = bounded(rng, left + 1, left + size - 1) * H + top + size - 1
                scratch[room + _DOOR + 1] = scratch[room + columns * _WORDS + _DOOR + 3] = at
    field[X] = columns // 2 * (size - 1) + size // 2
    field[Y] = rows // 2 * (size - 1) + size // 2
    field[HEADING] = 0


@scalar
def _join(scratch, columns, i, j, side):
    """The wall of a room, and the same wall as its neighbour counts it, is open now."""
    room = j * columns + i
    step = 1 if side == 0 else columns if side == 1 else -1 if side == 2 else -columns
    scratch[room * _WORDS + _OPEN + side] = 1
    scratch[(room + step) * _WORDS + _OPEN + (side + 2) % 4] = 1


@scalar
def add_door(cells, scratch, columns, i, j, side, code):
    """A door, closed or locked, in a wall (0 right, 1 below, 2 left, 3 above) of a room; gives its cell."""
    room = (j * columns + i) * _WORDS
    at = scratch[room + _DOOR + side]
    cells[at] = code
    scratch[room + _LOCKED] = code & 15 == LOCKED
    _join(scratch, columns, i, j, side)
    return at


@scalar
def open_above(cells, scratch, H, size, columns, i, j):
    """Take away the wall between a room and the one above it."""
    for x in range(1, size - 1):
        cells[(i * (size - 1) + x) * H + j * (size - 1)] = EMPTY
    _join(scratch, columns, i, j, 3)


@scalar
def add_object(cells, inside, field, rng, W, H, size, i, j, code, content):
    """An object in a room, not next to the agent, with what it holds (0: nothing); its cell, -1 if none is free."""
    at = find(cells, field, rng, W, H, i * (size - 1), j * (size - 1), size, size, 2, TRIES)
    if at >= 0:
        cells[at] = code
        inside[at] = content
    return at


@scalar
def agent_in_room(cells, field, rng, W, H, size, i, j):
    """The agent in a room with nothing but floor or a wall in front of it; -1 if no cell was free."""
    while True:
        at = place_agent(cells, field, rng, W, H, i * (size - 1), j * (size - 1), size, size, TRIES)
        if at < 0:
            return at
        heading = field[HEADING]
        ahead = at + (H if heading == 0 else 1 if heading == 1 else -H if heading == 2 else -1)
        if cells[ahead] == EMPTY or cells[ahead] & 15 == WALL:
            return at


@scalar
def _reached(scratch, start, count, columns):
    """How many rooms can be reached from one, through doors of any state."""
    reach, before = np.int64(1) << start, np.int64(0)
    number = 1
    while reach != before:
        before = reach
        for room in range(count):
            if reach >> room & 1:
                for side in range(4):
                    if scratch[room * _WORDS + _OPEN + side]:
                        step = 1 if side == 0 else columns if side == 1 else -1 if side == 2 else -columns
                        if not reach >> (room + step) & 1:
                            reach = reach | np.int64(1) << (room + step)
                            number += 1
    return number


@scalar
def connect_all(cells, field, rng, scratch, size, columns, rows):
    """Closed doors in random walls, none of a locked room, until the agent can reach every room; -1 if that fails."""
    start = field[Y] // (size - 1) * columns + field[X] // (size - 1)
    count = columns * rows
    reached = _reached(scratch, start, count, columns)
    for _ in range(ROUNDS + 1):
        if reached == count:
            return 0
        i = bounded(rng, 0, columns)
        j = bounded(rng, 0, rows)
        side = bounded(rng, 0, 4)
        room = j * columns + i
        if scratch[room * _WORDS + _DOOR + side] < 0 or scratch[room * _WORDS + _OPEN + side]:
            continue
        step = 1 if side == 0 else columns if side == 1 else -1 if side == 2 else -columns
        if scratch[room * _WORDS + _LOCKED] or scratch[(room + step) * _WORDS + _LOCKED]:
            continue
        add_door(cells, scratch, columns, i, j, side, CLOSED | colour(bounded(rng, 0, COLOURS)) << 4)
        reached = _reached(scratch, start, count, columns)
    return -1
