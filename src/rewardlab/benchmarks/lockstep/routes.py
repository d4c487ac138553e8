"""Routes through a MiniGrid level: the cheapest way to a pose, and places where a thing is in nobody's way.

A route may lead through closed doors, locked doors and things that can be moved, each at a price that stands for the
actions it takes to clear them.
"""

import heapq
from collections.abc import Callable
from typing import Any

HEADINGS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # right, down, left, up
CLOSED, MOVABLE, LOCKED = 1, 12, 40  # what an obstacle costs above a free cell, in actions
NEAREST = 40  # places to put a thing that are judged

Cell = tuple[int, int]
Pose = tuple[int, int, int]
Shut = frozenset[str]


def ahead(pose: Pose) -> Cell:
    """The cell that a pose looks at."""
    dx, dy = HEADINGS[pose[2]]
    return pose[0] + dx, pose[1] + dy


def free(thing: Any) -> bool:
    """May the agent stand there, and go on from there?"""
    return thing is None or thing.type == "floor" or (thing.type == "door" and thing.is_open)


def route(
    world: Any,
    accept: Callable[[Pose], bool],
    *,
    hands: bool = True,
    shut: Shut = frozenset(),
    goal: Cell | None = None,
) -> list[Pose] | None:
    """The cheapest way from where the agent stands to a pose that is accepted.

    Args:
        world: an unwrapped MiniGrid environment.
        accept: is a pose (column, row, heading) where we want to be?
        hands: may things be moved and keys be fetched on the way?
        shut: colours of locked doors that are no way now.
        goal: a cell that may be entered although it ends the episode.

    Returns:
        The poses after the present one, in order; None if there is no way.
    """
    x, y = (int(v) for v in world.agent_pos)
    start = (x, y, int(world.agent_dir))
    best: dict[Pose, int] = {start: 0}
    before: dict[Pose, Pose] = {}
    queue = [(0, start)]
    while queue:
        cost, pose = heapq.heappop(queue)
        if cost > best[pose]:
            continue
        if accept(pose):
            way = [pose]
            while way[-1] in before:
                way.append(before[way[-1]])
            return way[-2::-1]
        x, y, heading = pose
        steps = [((x, y, (heading + 1) % 4), 1), ((x, y, (heading - 1) % 4), 1)]
        cell = ahead(pose)
        price = 0 if cell == goal else _price(world, cell, hands, shut)
        if price is not None:
            steps.append(((*cell, heading), 1 + price))
        for there, extra in steps:
            if cost + extra < best.get(there, cost + extra + 1):
                best[there], before[there] = cost + extra, pose
                heapq.heappush(queue, (cost + extra, there))
    return None


def places(world: Any) -> set[Cell]:
    """Free cells in reach where a thing cuts off as little as possible: the best few of the nearest ones.

    Returns:
        Cells; empty if there is none.
    """
    here = (int(world.agent_pos[0]), int(world.agent_pos[1]))
    region, edge = _flood(world, here, None)
    judged = []
    for distance, cell in enumerate([c for c in region if c != here and world.grid.get(*c) is None][:NEAREST]):
        reached, touched = _flood(world, here, cell)
        # what cannot be seen is that a cell is next to the agent alone: then the agent could not leave it
        judged.append((len(region) - 1 - len(reached) + len(edge - touched), distance, cell))
    if not judged:
        return set()
    least = min(judged)[0]
    return {cell for lost, _, cell in judged if lost == least}


def _inside(world: Any, cell: Cell) -> bool:
    return 0 <= cell[0] < world.width and 0 <= cell[1] < world.height


def _price(world: Any, cell: Cell, hands: bool, shut: Shut) -> int | None:
    """What it costs to enter a cell, above the step itself; None if it cannot be entered."""
    if not _inside(world, cell):
        return None
    thing = world.grid.get(*cell)
    if free(thing):
        return 0
    if thing.type == "door":
        if not thing.is_locked or _opens(world.carrying, thing):
            return CLOSED
        return LOCKED if hands and thing.color not in shut else None
    if thing.can_pickup() and hands:
        return MOVABLE if world.carrying is None else 2 * MOVABLE
    return None


def _opens(key: Any, door: Any) -> bool:
    return key is not None and key.type == "key" and key.color == door.color


def _flood(world: Any, here: Cell, without: Cell | None) -> tuple[list[Cell], set[Cell]]:
    """Cells that can be walked to, nearest first, and the things and doors beside them, as if `without` were full."""
    found, seen, edge = [here], {here, without}, set()
    for x, y in found:
        for dx, dy in HEADINGS:
            cell = (x + dx, y + dy)
            if cell in seen or not _inside(world, cell):
                continue
            thing = world.grid.get(*cell)
            if free(thing):
                seen.add(cell)
                found.append(cell)
            elif thing.type not in ("wall", "lava"):
                edge.add(cell)
    return found, edge
