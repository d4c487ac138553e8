"""The shortest way through a level with at most one key and one door.

    breadth-first search over (x, y, heading, key in hand, door open)

Turning, stepping, taking the key and opening the door cost one step each. The key lies in the way until it is taken.
It never pays to drop it or to close the door again, so neither is searched.
"""

from collections import deque
from collections.abc import Iterator

import numpy as np

from rewardlab.core.errors import BadOption

_WALL, _FLOOR, _DOOR, _KEY, _GOAL, _EMPTY = 2, 3, 4, 5, 8, 1  # MiniGrid's types
_OPEN, _LOCKED = 0, 2  # MiniGrid's door states
_AHEAD = ((1, 0), (0, 1), (-1, 0), (0, -1))

Situation = tuple[int, int, int, bool, bool]  # x, y, heading, key in hand, door open


def optimal_steps(grid: np.ndarray, position: tuple[int, int], heading: int) -> int | None:
    """The least number of actions from here to a goal, None if no goal can be reached.

    Args:
        grid: [width, height, 3], MiniGrid's encoding (type, colour, state) of the whole level.
        position: x, y of the agent.
        heading: 0 right, 1 down, 2 left, 3 up.

    Raises:
        BadOption: for a level with more than one key or door, where the order of keys would matter.
    """
    kinds = grid[..., 0]
    for kind, name in ((_KEY, "keys"), (_DOOR, "doors")):
        if (kinds == kind).sum() > 1:
            raise BadOption(
                f"{int((kinds == kind).sum())} {name} in this level",
                where="optimal_steps",
                expected=f"at most one of the {name}",
                mend="plan levels of this kind with a planner of their own",
            )
    doors = grid[kinds == _DOOR]
    opened = bool(len(doors) and doors[0, 2] == _OPEN)
    first: Situation = (int(position[0]), int(position[1]), int(heading), False, opened)
    reached, frontier = {first}, deque([(first, 0)])
    while frontier:
        here, steps = frontier.popleft()
        if kinds[here[0], here[1]] == _GOAL:
            return steps
        for there in _successors(grid, here):
            if there not in reached:
                reached.add(there)
                frontier.append((there, steps + 1))
    return None


def _successors(grid: np.ndarray, here: Situation) -> Iterator[Situation]:
    x, y, heading, key, opened = here
    yield x, y, (heading + 3) % 4, key, opened
    yield x, y, (heading + 1) % 4, key, opened
    ahead = x + _AHEAD[heading][0], y + _AHEAD[heading][1]
    if not (0 <= ahead[0] < grid.shape[0] and 0 <= ahead[1] < grid.shape[1]):
        return
    kind, colour, state = (int(v) for v in grid[ahead])
    if kind in (_EMPTY, _FLOOR, _GOAL) or (kind == _KEY and key) or (kind == _DOOR and opened):
        yield *ahead, heading, key, opened
    elif kind == _KEY:
        yield x, y, heading, True, opened
    elif kind == _DOOR:
        fits = key and bool((grid[grid[..., 0] == _KEY][:, 1] == colour).any())
        if state != _LOCKED or fits:
            yield x, y, heading, key, True
