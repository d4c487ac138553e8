"""What the small grid worlds share: moves between cells, tables on a device, exact processes from lists of branches."""

from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.lookup import Tables as Tables
from rewardlab.envs.lookup import returns as returns

FOUR = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]])  # up, right, down, left
DIAGONAL = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]])  # up right, down right, down left, up left
STAY = np.array([[0, 0]])
NAMES = ("up", "right", "down", "left")


def neighbours(walls: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Where each move leads: [L, H * W, M] int64 cells row * W + column, for walls [L, H, W] and moves [M, 2].

    A move into a wall or over the rim stays where it began.
    """
    levels, height, width = walls.shape
    row, column = np.divmod(np.arange(height * width), width)
    r, c = row[:, None] + moves[:, 0], column[:, None] + moves[:, 1]  # [H * W, M]
    inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
    there = np.where(inside, r * width + c, np.arange(height * width)[:, None])
    blocked = walls.reshape(levels, -1)[:, there]  # [L, H * W, M]
    return np.where(blocked, np.arange(height * width)[:, None], there)


def actions(walls: np.ndarray, *, stay: bool, fast: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four moves, then staying, then four moves of two cells, on walls [L, H, W].

    Returns:
        Where each leads [L, C, A], which actions it becomes when it slips to no side, left, right [A, 3], and what it
        costs more [A]. A fast move is two moves: what stops the second leaves the first.
    """
    single = neighbours(walls, np.concatenate([FOUR, STAY]) if stay else FOUR)
    a = np.arange(4)
    turned = [np.stack([a, (a - 1) % 4, (a + 1) % 4], axis=1)]
    if stay:
        turned.append(np.full((1, 3), 4))
    if fast is None:
        return single, np.concatenate(turned), np.zeros(single.shape[2])
    twice = np.take_along_axis(single[..., :4], single[..., :4], axis=1)
    turned.append(turned[0] + single.shape[2])
    effort = np.concatenate([np.zeros(single.shape[2]), np.full(4, fast)])
    return np.concatenate([single, twice], axis=2), np.concatenate(turned), effort


def process(
    probability: np.ndarray, after: np.ndarray, pay: np.ndarray, initial: np.ndarray, terminal: np.ndarray
) -> Any:
    """The exact `TabularMDP` of branches: from state s, action a leads by branch b to `after[s, a, b]`.

    Args:
        probability: [S, A, B], sums to 1 over branches; branches of one successor are added.
        after: [S, A, B] int64.
        pay: [S, A] expected reward.
        initial: [S] the law of the first state.
        terminal: [S] bool. Where there is any, states that neither are reached nor can come to an end are made so.

    Returns:
        With gamma = 1 if every state that is reached can come to an end, else with gamma = 0.99.
    """
    from scipy import sparse

    from rewardlab.core.mdp import TabularMDP

    states, actions, _ = after.shape
    row = np.broadcast_to(np.arange(states * actions).reshape(states, actions, 1), after.shape)
    used = probability > 0
    P = sparse.coo_array((probability[used], (row[used], after[used])), shape=(states * actions, states)).tocsr()
    if terminal.any():
        steps = sparse.csr_array((P.data, (P.tocoo().row // actions, P.indices)), shape=(states, states))
        reached, can_end = _closure(initial > 0, sparse.csr_array(steps.T)), _closure(terminal, steps)
        terminal = terminal | ~(reached | can_end)
    mdp = TabularMDP(P, pay, gamma=0.99, initial=initial, terminal=terminal)
    try:
        return mdp.with_gamma(1.0)
    except BadOption:  # some state never ends
        return mdp


def _closure(states: np.ndarray, before: Any) -> np.ndarray:
    """[S] bool: `states` and all from which a step of `before` [S, S] leads, in the end, to one of them."""
    while True:
        more = states | (before @ states.astype(float) > 0)
        if (more == states).all():
            return states
        states = more
