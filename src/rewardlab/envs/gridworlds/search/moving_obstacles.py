"""Levels with moving obstacles as exact processes: the law by which balls wander, and what the agent does meanwhile.

    P(ball → cell) = (1 − q) / f for each of the f free cells of the 3 × 3 around it,    q = ((9 − f) / 9)^101

Balls move one after the other, before the agent; each tries cells drawn alike among the nine, 101 times at most, until
one is empty, and stays with probability q. To walk against a ball or a wall that was ahead before the balls moved ends
the episode and pays −1, even if the ball has moved away; into a ball that has just come, the agent does not walk.
Balls look alike, but who moves first is part of the law: a situation has them in order.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023 (the rules of its
Dynamic-Obstacles tasks; the law is worked out from them).
"""

from math import perm
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.levels import Levels
from rewardlab.envs.gridworlds.search.enumerate_states import Enumeration, keys, situation_fields
from rewardlab.envs.rules import State

TRIES = 101  # of a ball, until it stays where it is
_ACTIONS = 3  # left, right, forward


def enumerate_obstacles(rules: Any, state: State, *, gamma: float = 0.99, most: int = 20_000_000) -> Enumeration:
    """All that can come of these starts, as an exact Markov decision process of three actions.

    What a success pays depends on the clock; here it pays 1 whenever it comes. Penalties are paid as they are.

    Args:
        rules: a task with moving obstacles.
        state: the starts, a state of these rules; its rows are equally likely, and differ in agent and balls alone.
        gamma: the discount in [0, 1].
        most: the largest number of ways that all steps together may go.

    Raises:
        BadOption: for starts in different rooms, or more ways than `most`.
    """
    from scipy import sparse

    from rewardlab.core.mdp import TabularMDP

    where = f"{type(rules).__name__}.to_mdp"
    height, balls = int(rules.height), int(rules.const[codes.C_BALLS])
    room = _room(rules, state, where)
    open_cells = int((room == codes.EMPTY).sum())
    count = 4 * open_cells * perm(open_cells - 1, balls)
    ways = count * _ACTIONS * 9**balls
    if ways > most:
        raise BadOption(
            f"{balls} obstacles on {open_cells} cells, {count:,} situations with up to {_ACTIONS * 9**balls:,} ways on",
            where=where,
            expected=f"at most {most:,} ways in all; these are up to {ways:,}",
            mend='fewer obstacles or a smaller room: options={"n_obstacles": 1}',
        )
    ahead = np.array([height, 1, -height, -1])  # by heading, in cells x * height + y
    around = np.array([dx * height + dy for dx in (-1, 0, 1) for dy in (-1, 0, 1)])
    field = state["field"]
    now = np.concatenate(
        [
            (field[:, codes.X] * height + field[:, codes.Y])[:, None],
            field[:, [codes.HEADING]],
            field[:, codes.FIELDS :],
        ],
        axis=1,
    ).astype(np.int64)  # [n, 2 + balls]: the agent's cell and heading, the balls' cells
    sizes = (len(room), 4, *[len(room)] * balls)
    begun = np.ravel_multi_index(tuple(now.T), sizes)
    known, frontier = np.unique(begun), np.unique(begun)
    entries: list[tuple[np.ndarray, ...]] = []  # (code, action, code after or -1, probability)
    paid: list[tuple[np.ndarray, np.ndarray]] = []
    while len(frontier):
        here = np.stack(np.unravel_index(frontier, sizes), axis=1)
        front = here[:, 0] + ahead[here[:, 1]]
        blocked = (room[front] != codes.EMPTY) & (room[front] != codes.GOAL) | (here[:, 2:] == front[:, None]).any(1)
        wins = ~blocked & (room[front] == codes.GOAL)
        paid.append((frontier, np.where(blocked, -1.0, np.where(wins, 1.0, 0.0))))
        over = frontier[blocked | wins]
        entries.append((over, np.full(len(over), codes.FORWARD), np.full(len(over), -1), np.ones(len(over))))
        row, moved, p = _wandered(room, here, around)
        for act in range(_ACTIONS):
            of = np.flatnonzero(~(blocked | wins)[row]) if act == codes.FORWARD else np.arange(len(row))
            agent, balls_now = here[row[of], :2].copy(), moved[of]
            if act == codes.FORWARD:
                to = front[row[of]]
                agent[:, 0] = np.where((balls_now == to[:, None]).any(1), agent[:, 0], to)
            else:
                agent[:, 1] = (agent[:, 1] + (1 if act == codes.RIGHT else 3)) % 4
            after = np.ravel_multi_index((agent[:, 0], agent[:, 1], *balls_now.T), sizes)
            entries.append((frontier[row[of]], np.full(len(of), act), after, p[of]))
        frontier = np.setdiff1d(np.concatenate([e[2] for e in entries[-_ACTIONS:]]), known)
        known = np.union1d(known, frontier)
    last = len(known)  # the end
    code, action, after, p = (np.concatenate(part) for part in zip(*entries, strict=True))
    line = np.searchsorted(known, code) * _ACTIONS + action
    target = np.where(after < 0, last, np.searchsorted(known, after))
    line = np.append(line, last * _ACTIONS + np.arange(_ACTIONS))
    target, p = np.append(target, np.full(_ACTIONS, last)), np.append(p, np.ones(_ACTIONS))
    P = sparse.coo_array((p, (line, target)), shape=((last + 1) * _ACTIONS, last + 1)).tocsr()
    R = np.zeros((last + 1, _ACTIONS))
    for codes_of, pay in paid:
        R[np.searchsorted(known, codes_of), codes.FORWARD] = pay
    initial = np.bincount(np.searchsorted(known, begun), minlength=last + 1) / len(begun)
    mdp = TabularMDP(P, R, gamma=gamma, initial=initial, terminal=np.arange(last + 1) == last)
    states = _states(rules, state, room, np.stack(np.unravel_index(known, sizes), axis=1))
    fields = situation_fields(rules)
    return Enumeration(mdp, states, {key: k for k, key in enumerate(keys(states, fields))}, fields)


def _room(rules: Any, state: State, where: str) -> np.ndarray:
    """The kinds [cells] of what stands still, the same in all rows."""
    code = rules.grids(state).reshape(len(state["field"]), -1) & 15
    rooms = np.where(code == codes.BALL, codes.EMPTY, code)
    if (rooms != rooms[0]).any():
        raise BadOption("starts in different rooms", where=where, expected="one room, in which agent and balls differ")
    return rooms[0]


def _wandered(room: np.ndarray, here: np.ndarray, around: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every way in which the balls of these situations [n, 2 + balls] move: row [w], balls [w, balls], probability [w].

    Different ways may lead to the same cells; their probabilities add up.
    """
    row, balls, p = np.arange(len(here)), here[:, 2:], np.ones(len(here))
    for ball in range(balls.shape[1]):
        to = balls[:, ball, None] + around  # [w, 9]
        free = (room[to] == codes.EMPTY) & (to != here[row, :1])
        for other in range(balls.shape[1]):
            free &= to != balls[:, other, None]
        f = free.sum(1)
        stays = ((9 - f) / 9) ** TRIES
        each = (1 - stays) / np.maximum(f, 1)
        chance = np.concatenate([free * each[:, None], stays[:, None]], axis=1)
        to = np.concatenate([to, balls[:, ball, None]], axis=1)  # [w, 10]
        way, place = np.nonzero(chance)
        row, p = row[way], p[way] * chance[way, place]
        balls = balls[way].copy()
        balls[:, ball] = to[way, place]
    return row, balls, p


def _states(rules: Any, state: State, room: np.ndarray, situations: np.ndarray) -> State:
    """Situations [S, 2 + balls] as a state of the rules with S rows, clocks at 0."""
    s, height, first = len(situations), int(rules.height), np.zeros(len(situations), dtype=np.int64)
    code = rules.grids(state)[0].ravel()
    ball = code[state["field"][0, codes.FIELDS]] if situations.shape[1] > 2 else codes.BALL
    still = np.where(code & 15 == codes.BALL, codes.EMPTY, code).astype(np.uint8)
    levels = Levels.empty(s, len(room), length=state["words"].shape[1], balls=situations.shape[1] - 2)
    levels.cells[:] = still
    levels.cells[np.arange(s)[:, None], situations[:, 2:]] = ball
    levels.field[:] = state["field"][first]
    levels.field[:, codes.STEPS] = 0
    levels.field[:, codes.X], levels.field[:, codes.Y] = np.divmod(situations[:, 0], height)
    levels.field[:, codes.HEADING] = situations[:, 1]
    levels.field[:, codes.FIELDS :] = situations[:, 2:]
    levels.wide[:] = state["wide"][first]
    batch = rules.batch(s, threads=1)
    batch.begin(np.arange(s), levels, np.arange(s))
    return {**batch.get_state(), "words": state["words"][first]}
