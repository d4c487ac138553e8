"""Goals of predicates: disjunctions of conjunctions over who is near, holds, sees or stands on what.

    goal = ⋁_d ⋀_c  literal(predicate, subject, object),    predicate ∈ {near, hold, see, on, not near, not see}

Entities are numbered: players first, then objects, then the colours of the floor. All facts of a state are worked out
at once, so that a goal is a look-up, and goals of any kind are evaluated for all rows together.

Source: Open Ended Learning Team, Stooke, Mahajan, Barros, et al., "Open-Ended Learning Leads to Generally Capable
Agents", 2021, Section 3.2 (goals in disjunctive normal form over atomic predicates).
"""

from collections.abc import Sequence

import numpy as np

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption
from rewardlab.envs.lookup import device_of

NEAR, HOLD, SEE, ON, NOT_NEAR, NOT_SEE = range(6)
WORDS = ("near", "hold", "see", "on", "not near", "not see")
UNUSED = -1  # as a predicate: no literal; an option that begins with one is never met


def sights(height: int, width: int) -> np.ndarray:
    """[cells, cells, cells] bool: whether a wall in the third cell would stand between the first two.

    It does if the straight line between their middles passes through its inside; the ends do not count, and what only
    touches a corner does not hide. The relation is symmetric.
    """
    row, column = np.divmod(np.arange(height * width), width)
    dy, dx = row[None] - row[:, None], column[None] - column[:, None]  # [a, b]
    ry, rx = row[None] - row[:, None], column[None] - column[:, None]  # [a, w]
    # twice the distance of w from the line, and half the width of its square, both times the length of the line
    across = 2 * np.abs(dx[:, :, None] * ry[:, None] - dy[:, :, None] * rx[:, None])
    inside = across < (np.abs(dx) + np.abs(dy))[:, :, None]
    low_y, high_y = np.minimum(row[:, None], row), np.maximum(row[:, None], row)
    low_x, high_x = np.minimum(column[:, None], column), np.maximum(column[:, None], column)
    within = (row >= low_y[..., None]) & (row <= high_y[..., None])
    within &= (column >= low_x[..., None]) & (column <= high_x[..., None])
    cell = np.arange(height * width)
    ends = (cell == cell[:, None, None]) | (cell == cell[None, :, None])
    return inside & within & ~ends


def visible(walls: np.ndarray, between: np.ndarray) -> np.ndarray:
    """[..., cells, cells] bool: which cells see each other on maps of walls [..., cells]; `between` from `sights`."""
    cells = walls.shape[-1]
    hidden = walls.reshape(-1, cells).astype(np.float32) @ between.reshape(-1, cells).T.astype(np.float32, copy=False)
    return (hidden == 0).reshape(*walls.shape[:-1], cells, cells)


def facts(cell: Array, holder: Array, seen: Array, floor: Array, *, players: int, width: int, colours: int) -> Array:
    """[n, 6, E, E] bool: every literal of every pair of entities, E = players + objects + colours.

    Args:
        cell: [n, players + objects] where everything is; what is held is where its holder is.
        holder: [n, objects] who holds each object, -1 for nobody.
        seen: [n, cells, cells] bool, which cells see each other.
        floor: [n, cells] the colour of each cell, -1 for none.
        players: how many.
        width: of the map.
        colours: of floors, how many.
    """
    xp, device, (n, things) = namespace(cell), device_of(cell), cell.shape
    e = things + colours
    out = xp.zeros((n, 6, e, e), dtype=xp.bool, device=device)
    row = cell // width
    column = cell - row * width
    apart = xp.maximum(xp.abs(row[:, :, None] - row[:, None]), xp.abs(column[:, :, None] - column[:, None]))
    rows = xp.arange(n, device=device)[:, None]
    near, sees = apart <= 1, seen[rows[:, :, None], cell[:, :, None], cell[:, None]]
    for predicate, literal in ((NEAR, near), (SEE, sees), (NOT_NEAR, ~near), (NOT_SEE, ~sees)):
        out[:, predicate, :things, :things] = literal
    hands = xp.arange(players, device=device)[:, None]
    out[:, HOLD, :players, players:things] = holder[:, None] == hands
    out[:, ON, :things, things:] = floor[rows, cell][:, :, None] == xp.arange(colours, device=device)
    return out


def holds(goals: Array, known: Array) -> Array:
    """[n, P] bool: whether each goal [n, P, options, literals, 3] is met by the facts [n, 6, E, E]."""
    xp = namespace(known)
    predicate, subject, thing = goals[..., 0], goals[..., 1], goals[..., 2]
    unused = predicate == UNUSED
    rows = xp.reshape(xp.arange(len(goals), device=device_of(known)), (-1, 1, 1, 1))
    literal = known[rows, predicate, subject, thing] | unused
    return xp.any(xp.all(literal, axis=-1) & ~unused[..., 0], axis=-1)


def check_goals(goals: np.ndarray, entities: int, *, where: str) -> np.ndarray:
    """`goals` [..., options, literals, 3] as int64.

    Raises:
        BadOption: for another shape, or a predicate or an entity that does not exist.
    """
    g = np.asarray(goals)
    if g.ndim < 3 or g.shape[-1] != 3 or g.dtype.kind not in "iu":
        raise BadOption(f"goals of shape {g.shape}", where=where, expected="[..., options, literals, 3] integers")
    if not ((g[..., 0] >= UNUSED) & (g[..., 0] < 6)).all():
        raise BadOption("a goal with an unknown predicate", where=where, expected=f"0..5 for {WORDS}, -1 for none")
    used = g[g[..., 0] != UNUSED]
    if not ((used[..., 1:] >= 0) & (used[..., 1:] < entities)).all():
        raise BadOption("a goal about an unknown entity", where=where, expected=f"0..{entities - 1}")
    return g.astype(np.int64)


def spoken(goal: np.ndarray, names: Sequence[str]) -> str:
    """A goal [options, literals, 3] in words, with the names of the entities."""
    options = []
    for option in goal:
        literals = [f"{WORDS[p]}({names[a]}, {names[b]})" for p, a, b in option if p != UNUSED]
        options += [" and ".join(literals)] if literals and option[0, 0] != UNUSED else []
    return " or ".join(options) or "nothing"
