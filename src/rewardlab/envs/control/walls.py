"""Walls of a plane from a drawn layout: what is hit, what is seen, and how far it is around them.

    d(x, g) = |x − g| where it is seen, else min_k |x − c_k| + D_k(g) over the corners c_k that x sees

The shortest way among blocks bends at their corners only, so that distances are exact. All is written for rows of
NumPy or torch.

Source: Lozano-Pérez, Wesley, "An Algorithm for Planning Collision-Free Paths among Polyhedral Obstacles",
Communications of the ACM, 1979 (the graph of corners that see each other).
"""

from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption
from rewardlab.envs.lookup import Tables
from rewardlab.envs.picture import INK, PAPER
from rewardlab.envs.top_view import centres

MARKS = "#.SG"
_SKIN = 1e-6  # m: how far from a wall what ran into it stops
_SLACK = 1e-9  # m: a way may touch a block, so the blocks are this much smaller


class Walls:
    """Blocks on a grid of square cells that fills [-1, 1]² as far as it can; outside is wall.

    Args:
        layout: lines of `#` wall, `.` free, `S` where one may begin, `G` where the goal may lie; "" for no walls.
        where: whose walls they are, for messages.

    Attributes:
        size: m, the side of a cell.
        span: [2] m, half the width and half the height of the grid.
        corners: [K, 2] places where a shortest way may bend.
        between: [K, K] lengths of the shortest ways between them.

    Raises:
        BadOption: for other marks, lines of different lengths, or free cells that are not joined.
    """

    def __init__(self, layout: str, *, where: str) -> None:
        lines = layout.split("\n") if layout else ["."]
        odd = sorted(set("".join(lines)) - set(MARKS))
        if odd or len({len(line) for line in lines}) != 1 or not lines[0] or len(lines) * len(lines[0]) > 2500:
            raise BadOption(
                f"layout={layout!r:.80}",
                where=where,
                expected=f"lines of one length of the marks {' '.join(MARKS)}, at most 2500 in all",
                mend='layout="S.#\\n..G"',
            )
        marks = np.array([list(line) for line in reversed(lines)]).T  # [columns, rows], y up
        self.solid = marks == "#"
        if not self.solid.size > self.solid.sum() or not _joined(self.solid):
            raise BadOption(
                f"layout={layout!r:.80}", where=where, expected="free cells that are all joined side by side"
            )
        self.size = 2.0 / max(marks.shape)
        self.span = np.array(marks.shape) * self.size / 2
        self.free = self._middles(~self.solid)  # [F, 2]
        self.begins = self._middles(marks == "S") if (marks == "S").any() else self.free
        self.ends = self._middles(marks == "G") if (marks == "G").any() else self.free
        self.blocks = self._blocks()  # [W, 2, 2]: low and high corner
        self.corners, self.outward = self._find_corners()
        self._tables = Tables(solid=np.pad(self.solid, 1, constant_values=True), corners=self.corners)
        self.between = self._lengths()
        self._ways = Tables(between=self.between)

    def slide(self, x: Array, step: Array) -> tuple[Array, Array]:
        """Where x [n, 2] comes by a step [n, 2] of at most a cell, sliding along walls, and which axes were stopped.

        The step along x is taken before that along y.
        """
        xp, solid = namespace(x), self._tables.beside(x)["solid"]
        place, stopped = [x[:, 0], x[:, 1]], []
        for axis in (0, 1):
            cell = [self._cell(xp, place[k], k) for k in (0, 1)]
            wanted = place[axis] + step[:, axis]
            at = self._cell(xp, wanted, axis)
            aim = (at, cell[1]) if axis == 0 else (cell[0], at)
            hit = solid[aim[0] + 1, aim[1] + 1]
            low = xp.astype(cell[axis], xp.float64) * self.size - float(self.span[axis])
            edge = xp.where(step[:, axis] > 0, low + (self.size - _SKIN), low + _SKIN)
            place[axis] = xp.where(hit, edge, wanted)
            stopped.append(hit)
        return xp.stack(place, axis=1), xp.stack(stopped, axis=1)

    def seen(self, x: Array, y: Array) -> Array:
        """Whether the straight line from x [n, 2] to each of y [n, m, 2] is free: [n, m] bool."""
        xp = namespace(x)
        start, way = x[:, None], y - x[:, None]
        way = xp.where(xp.abs(way) < 1e-12, xp.zeros_like(way) + 1e-12, way)
        free = xp.ones_like(way[..., 0]) > 0
        for low, high in self.blocks:
            enter, leave = xp.zeros_like(way[..., 0]), xp.ones_like(way[..., 0])
            for axis in (0, 1):
                first = (float(low[axis]) + _SLACK - start[..., axis]) / way[..., axis]
                last = (float(high[axis]) - _SLACK - start[..., axis]) / way[..., axis]
                enter = xp.maximum(enter, xp.minimum(first, last))
                leave = xp.minimum(leave, xp.maximum(first, last))
            free = free & ~(enter < leave)
        return free

    def onward(self, goal: Array) -> Array:
        """The shortest ways from all corners to the goals [n, 2]: [n, K] m."""
        direct = self._direct(goal)  # [n, K]
        if not len(self.corners):
            return direct
        return namespace(goal).min(direct[:, None, :] + self._ways.beside(goal)["between"], axis=-1)

    def distance(self, x: Array, goal: Array, onward: Array) -> Array:
        """The lengths [n] of the shortest ways from x [n, 2] to the goals [n, 2], with their `onward`."""
        xp = namespace(x)
        straight = norm(x - goal)
        if not len(self.corners):
            return straight
        bent = xp.min(self._direct(x) + onward, axis=-1)
        return xp.where(self.seen(x, goal[:, None])[:, 0], straight, bent)

    def next_stop(self, x: np.ndarray, goal: np.ndarray, onward: np.ndarray) -> np.ndarray:
        """The next place [n, 2] on a shortest way, where one can a little off the corners: what to head for. NumPy."""
        if not len(self.corners):
            return goal.copy()
        bent = self._direct(x) + onward  # [n, K]
        best = bent.min(-1, keepdims=True)
        # of corners that are as good, the one nearest to the goal: who stands at a corner goes on to the next
        pick = np.where(bent < best + 1e-3, onward, np.inf).argmin(-1)
        stop = self.corners[pick] + 0.1 * self.size * self.outward[pick]
        stop = np.where(self.seen(x, stop[:, None]), stop, self.corners[pick])
        return np.where(self.seen(x, goal[:, None]), goal, stop)

    def from_above(self, side: int) -> np.ndarray:
        """A picture [side, side, 3] uint8 of the walls."""
        x, y = centres(side)
        picture = np.empty((side, side, 3), dtype=np.uint8)
        picture[:] = PAPER
        picture[(np.abs(x) > self.span[0]) | (np.abs(y) > self.span[1])] = INK
        for (left, low), (right, high) in self.blocks:
            picture[(x > left) & (x < right) & (y > low) & (y < high)] = INK
        return picture

    def _direct(self, x: Array) -> Array:
        """|x - c_k| [n, K], infinity where the corner is not seen."""
        xp, corners = namespace(x), self._tables.beside(x)["corners"]
        if not len(self.corners):
            return xp.zeros_like(x[:, :0])
        there = xp.zeros_like(x)[:, None] + corners[None]
        return xp.where(self.seen(x, there), norm(there - x[:, None]), xp.zeros_like(there[..., 0]) + np.inf)

    def _cell(self, xp: Any, x: Array, axis: int) -> Array:
        """The column or row [n] of a coordinate, those outside the grid at its rim."""
        last = self.solid.shape[axis]
        cell = xp.astype(xp.floor((x + float(self.span[axis])) / self.size), xp.int64)
        return xp.clip(cell, -1, last)

    def _middles(self, mask: np.ndarray) -> np.ndarray:
        return (np.argwhere(mask) + 0.5) * self.size - self.span

    def _blocks(self) -> np.ndarray:
        """Wall cells as few rectangles: runs along y that are joined where neighbours have the same."""
        found: list[list[int]] = []
        for i, column in enumerate(self.solid):
            edges = np.flatnonzero(np.diff(np.concatenate([[0], column, [0]])))
            for low, high in zip(edges[::2], edges[1::2], strict=True):
                before = next((b for b in found if b[1] == i and b[2:] == [low, high]), None)
                if before:
                    before[1] = i + 1
                else:
                    found.append([i, i + 1, int(low), int(high)])
        box = np.array(found, dtype=float).reshape(-1, 2, 2) * self.size  # [W, axis, low and high]
        return np.swapaxes(box, 1, 2) - self.span

    def _find_corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Places [K, 2] where one of the four cells around is wall, and the directions [K, 2] of ±1 away from it."""
        inside = np.pad(self.solid, 1, constant_values=True)
        places, away = [], []
        for i in range(self.solid.shape[0] + 1):
            for j in range(self.solid.shape[1] + 1):
                around = inside[i : i + 2, j : j + 2]
                if around.sum() == 1:
                    a, b = np.argwhere(around)[0]
                    places.append(np.array([i, j]) * self.size - self.span)
                    away.append([1.0 - 2.0 * a, 1.0 - 2.0 * b])
        return np.array(places).reshape(-1, 2), np.array(away).reshape(-1, 2)

    def _lengths(self) -> np.ndarray:
        K = len(self.corners)
        D = self._direct(self.corners) if K else np.zeros((0, 0))
        for k in range(K):
            D = np.minimum(D, D[:, k : k + 1] + D[k : k + 1])
        return D


def norm(x: Array) -> Array:
    """The lengths [...] of vectors [..., 2]."""
    return namespace(x).sqrt(x[..., 0] * x[..., 0] + x[..., 1] * x[..., 1])


def _joined(solid: np.ndarray) -> bool:
    """Whether all free cells are one piece."""
    reached = np.zeros_like(solid)
    edge = [tuple(np.argwhere(~solid)[0])]
    reached[edge[0]] = True
    while edge:
        i, j = edge.pop()
        for a, b in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
            if 0 <= a < solid.shape[0] and 0 <= b < solid.shape[1] and not solid[a, b] and not reached[a, b]:
                reached[a, b] = True
                edge.append((a, b))
    return bool((reached | solid).all())
