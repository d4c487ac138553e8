"""Loops that an agent could farm: going on for ever for more than honest work pays.

    V_never(s) = max over policies that surely never end,    V_honest(s) = max over optimal policies of the task

Both are values of what is paid. Where V_never > V_honest, looping is the better business, and the agent will find it.
A positive sum along a loop alone proves nothing: a potential below zero pays a little for standing still, and takes it
back at the end.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from rewardlab.core.mdp import Solution, TabularMDP
from rewardlab.core.tabulate import PaidTable, reachable
from rewardlab.rewards.metrics.auditing.policies import best_within


@dataclass(frozen=True)
class Loop:
    """A loop that pays more than the task's own way.

    Attributes:
        states: the states that it goes through, in the numbers of the original process.
        actions: what is done in each.
        paid: the pay of one round.
        task: what the task itself pays for one round.
        looping: the value of going round for ever, from its first state.
        honest: the value of the best policy that is optimal for the task, from there.
        everywhere: how many states, of those that can be reached, are better left for a loop.
    """

    states: tuple[int, ...]
    actions: tuple[int, ...]
    paid: float
    task: float
    looping: float
    honest: float
    everywhere: int


def paying_loop(table: PaidTable, tolerance: float = 1e-6) -> Loop | None:
    """The loop that gains most over honest work, None if none gains.

    Where episodes never end, all behaviour ends in a loop: then it is the one that the best policy for the pay ends in,
    if the task pays less there than on its own best loop.
    """
    mdp = table.mdp
    if mdp.gamma is None or mdp.gamma >= 1.0:
        return None
    if not mdp.terminal.any():
        return _habit(table, tolerance)
    endless = _endless(mdp)  # [S, A] actions after which the episode can go on for ever
    inside = endless.any(1) & reachable(mdp)
    if not inside.any():
        return None
    looping = best_within(mdp, endless)
    honest = best_within(mdp, table.task.optimal_actions() | mdp.terminal[:, None])
    scale = 1.0 + np.abs(honest.V[inside]).max()
    gain = np.where(inside, looping.V - honest.V, -np.inf)
    if not gain.max() > tolerance * scale:
        return None
    ring = _ring(mdp, looping.policy, int(gain.argmax()))
    return _loop(table, ring, looping, honest, int((gain > tolerance * scale).sum()))


def _habit(table: PaidTable, tolerance: float) -> Loop | None:
    """The loop in which the best policy for the pay ends up, if it is worse for the task than the task's own."""
    liked, honest = table.mdp.solve(), table.task.solve()
    start = int(table.mdp.initial.argmax())
    rings = [_ring(table.mdp, s.policy, start) for s in (liked, honest)]
    task = [np.mean([table.task.R[s, p.policy[s]] for s in r]) for r, p in zip(rings, (liked, honest), strict=True)]
    if not task[0] < task[1] - tolerance * (1.0 + abs(task[1])):
        return None
    own = table.mdp.evaluate(honest.policy)
    better = own.V + tolerance * (1.0 + np.abs(own.V).max()) < liked.V
    return _loop(table, rings[0], liked, own, int((better & reachable(table.mdp)).sum()))


def _ring(mdp: TabularMDP, policy: np.ndarray, state: int) -> list[int]:
    """The states [*] that following the policy by the most probable successors comes back to."""
    path: list[int] = []
    while state not in path:
        path.append(state)
        state = _next(mdp, state, int(policy[state]))
    return path[path.index(state) :]


def _loop(table: PaidTable, ring: list[int], looping: Solution, honest: Solution, everywhere: int) -> Loop:
    actions = [int(looping.policy[s]) for s in ring]
    return Loop(
        states=tuple(int(table.base[s]) for s in ring),
        actions=tuple(actions),
        paid=float(sum(table.mdp.R[s, a] for s, a in zip(ring, actions, strict=True))),
        task=float(sum(table.task.R[s, a] for s, a in zip(ring, actions, strict=True))),
        looping=float(looping.V[ring[0]]),
        honest=float(honest.V[ring[0]]),
        everywhere=everywhere,
    )


def _endless(mdp: TabularMDP) -> np.ndarray:
    """[S, A] bool: the actions of the largest set of states in which one can stay for ever."""
    S, A = mdp.num_states, mdp.num_actions
    links = sparse.csr_array((np.ones(len(mdp.P.data)), mdp.P.indices, mdp.P.indptr), shape=mdp.P.shape)
    alive = ~mdp.terminal
    while True:
        leaves = (links @ (~alive).astype(float)).reshape(S, A) > 0
        stays = ~leaves & alive[:, None]
        still = stays.any(1)
        if (still == alive).all():
            return stays
        alive = still


def _next(mdp: TabularMDP, state: int, action: int) -> int:
    """The most probable successor."""
    row = state * mdp.num_actions + action
    part = slice(mdp.P.indptr[row], mdp.P.indptr[row + 1])
    return int(mdp.P.indices[part][mdp.P.data[part].argmax()])
