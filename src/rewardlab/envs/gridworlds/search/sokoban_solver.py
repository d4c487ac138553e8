"""Sokoban solver: a shortest sequence of moves that brings every box to a target.

    f = moves so far + Σ_boxes (pushes that the box alone needs to its nearest target)

A* over (player, boxes). Cells from which a box alone can be pushed to no target are dead: no box is pushed there. The
bound is consistent, because a push changes one box's distance by at most one, so that the first solution is a
shortest one. For small levels: the states grow as the choices of cells for the boxes.

Source: Hart, Nilsson, Raphael, "A Formal Basis for the Heuristic Determination of Minimum Cost Paths", IEEE
Transactions on Systems Science and Cybernetics 1968; Junghanns, Schaeffer, "Sokoban: Enhancing General Single-Agent
Search Methods Using Domain Knowledge", Artificial Intelligence 2001 (dead squares).
"""

import numpy as np

from rewardlab.envs.gridworlds.tasks.sokoban_levels import Level, bits, members


def solve_sokoban(level: Level, *, most: int = 1_000_000) -> list[int] | None:
    """A shortest list of moves (0 up, 1 right, 2 down, 3 left) that solves a level; None if there is none.

    Args:
        level: with as many boxes as targets.
        most: states after which the search gives up.

    Raises:
        ArithmeticError: if `most` states did not settle it.
    """
    width = level.wall.shape[1]
    wall, target = bits(level.wall.ravel()), bits(level.target.ravel())
    steps = (-width, 1, width, -1)
    pushes = _pushes(level.wall.ravel(), level.target.ravel(), steps)
    start = (level.player, bits(level.box.ravel()))
    bound = sum(pushes.get(cell, np.inf) for cell in members(start[1]))
    if bound == np.inf:
        return None
    came: dict[tuple[int, int], tuple[tuple[int, int], int] | None] = {start: None}
    cost = {start: 0}
    buckets: dict[int, list[tuple[tuple[int, int], int, int]]] = {int(bound): [(start, 0, int(bound))]}
    f = int(bound)
    while buckets:
        while f not in buckets:
            f += 1
        bucket = buckets[f]
        if not bucket:
            del buckets[f]
            continue
        state, paid, left = bucket.pop()
        if cost[state] < paid:
            continue
        player, box = state
        if box == target:
            return _walk(came, state)
        for action, step in enumerate(steps):
            cell = player + step
            here, rest, after = 1 << cell, left, (cell, box)
            if wall & here:
                continue
            if box & here:
                ahead = 1 << cell + step
                if (wall | box) & ahead or cell + step not in pushes:
                    continue
                after = (cell, box ^ here | ahead)
                rest += pushes[cell + step] - pushes[cell]
            if cost.get(after, paid + 2) > paid + 1:
                if len(cost) > most:
                    raise ArithmeticError(f"solve: more than {most} states; a smaller level, or a larger `most`")
                cost[after], came[after] = paid + 1, (state, action)
                buckets.setdefault(paid + 1 + rest, []).append((after, paid + 1, rest))
    return None


def _walk(came: dict, state: tuple[int, int]) -> list[int]:
    actions = []
    while (before := came[state]) is not None:
        state, action = before
        actions.append(action)
    return actions[::-1]


def _pushes(wall: np.ndarray, target: np.ndarray, steps: tuple[int, ...]) -> dict[int, int]:
    """Cell -> the pushes that a box alone needs from there to its nearest target; dead cells are left out."""
    found = {int(cell): 0 for cell in np.flatnonzero(target)}
    layer = list(found)
    while layer:
        after = []
        for cell in layer:
            for step in steps:
                # The box was at `before` and its pusher behind it.
                before, behind = cell - step, cell - 2 * step
                if 0 <= behind < len(wall) and not wall[before] and not wall[behind] and before not in found:
                    found[before] = found[cell] + 1
                    after.append(before)
        layer = after
    return found
