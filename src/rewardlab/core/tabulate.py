"""Rewards as tables: what a `Reward` pays in a `TabularMDP`, exactly, with the memory of the episode unrolled.

    R'(s, a, s') = reward(s, a, s')                                  without memory
    R'((s, m), a, (s', m')) = reward(s, a, s' | m),  m' = m after it     with memory m

Where a process is known as a table, so is everything that a reward does to it: which policies become optimal, which
cycles pay, how far it is from another reward. A reward that remembers the episode turns the states into pairs of a
state and a memory; the pairs that can be reached are counted out.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from rewardlab.core.arrays import Array, Tree, array, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption, BadReward
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward, add


@dataclass(frozen=True)
class PaidTable:
    """A process as a reward pays it.

    Attributes:
        mdp: the process with the reward's pay; its states are those of the original one, or pairs with a memory.
        task: the same states and transitions with the original pay.
        base: [S'] the original state of each state of `mdp`.
        parts: what each part of the reward pays, aligned with `mdp.P.data`; they sum to its pay.
    """

    mdp: TabularMDP
    task: TabularMDP
    base: np.ndarray
    parts: Mapping[str, np.ndarray]

    @property
    def unrolled(self) -> bool:
        """Whether states are pairs with a memory."""
        return len(self.base) != self.mdp.num_states or not np.array_equal(self.base, np.arange(len(self.base)))


def moves_of(
    mdp: TabularMDP, *, obs: Tree = None, columns: Mapping[str, Array] | None = None, at: np.ndarray | None = None
) -> Transitions:
    """The transitions of a process as a batch [B], one row for each entry of `mdp.P`.

    Args:
        mdp: the process.
        obs: what each state looks like, [S, *obs]; its number if not given.
        columns: further `info` columns, [len(mdp.P.data), ...] in the order of `mdp.P.data`, or [S, ...] of the
            state that is reached.
        at: the entries to take [B], all if not given.

    Raises:
        BadBatch: for observations or columns of another length.
    """
    at = np.arange(len(mdp.P.data)) if at is None else at
    pair = np.repeat(np.arange(mdp.P.shape[0]), np.diff(mdp.P.indptr))[at]
    state, action = np.divmod(pair, mdp.num_actions)
    after = mdp.P.indices[at].astype(np.int64)
    shown = np.arange(mdp.num_states) if obs is None else obs
    _check_length(shown, (mdp.num_states,), "obs")
    info = {}
    for name, column in (columns or {}).items():
        _check_length(column, (len(mdp.P.data), mdp.num_states), f"column {name!r}")
        info[name] = column[at] if len(column) == len(mdp.P.data) else column[after]
    return Transitions(
        obs=tree_map(lambda x: x[state], shown),
        action=action,
        reward=mdp.R[state, action] if mdp.pay is None else mdp.pay[at],
        next_obs=tree_map(lambda x: x[after], shown),
        terminated=mdp.terminal[after],
        truncated=np.zeros(len(at), dtype=bool),
        info=info,
    )


def tabulate(
    mdp: TabularMDP,
    reward: Reward,
    *,
    obs: Tree = None,
    columns: Mapping[str, Array] | None = None,
    most: int = 200_000,
) -> PaidTable:
    """The process as `reward` pays it.

    Args:
        mdp: the process; its own pay is what `Task()` pays.
        reward: any reward, as it stands: what it has learned stays as it is.
        obs, columns: as in `moves_of`.
        most: the largest number of pairs of a state and a memory.

    Raises:
        BadOption: if there are more pairs, or the reward hides its memory from `state_dict`.
        BadReward: for a pay that is NaN or infinite, naming the part and the transition.
        MissingColumn: for a column that the reward needs.
    """
    own = copy.deepcopy(reward)
    if own.memory:
        return _unrolled(mdp, own, obs, columns, most)
    live = np.flatnonzero((~mdp.terminal & reachable(mdp))[_states(mdp)])
    paid = own.parts(moves_of(mdp, obs=obs, columns=columns, at=live))
    parts = {name: np.zeros(len(mdp.P.data)) for name in paid}
    for name, pay in paid.items():
        parts[name][live] = _finite(array(pay), name, mdp, live)
    return PaidTable(mdp.with_reward(_sparse(add(parts), mdp)), mdp, np.arange(mdp.num_states), parts)


def strays(table: PaidTable, tolerance: float = 1e-8) -> np.ndarray:
    """[S', A] bool: actions that the reward makes optimal although the task does not, in states that can be reached.

    None at all: whoever maximises the reward maximises the task. Both processes are solved with their own gamma, and
    values within `tolerance` count as equal.
    """
    paid, task = table.mdp.optimal_actions(tolerance), table.task.optimal_actions(tolerance)
    return paid & ~task & reachable(table.mdp)[:, None] & ~table.mdp.terminal[:, None]


def lost(table: PaidTable, tolerance: float = 1e-8) -> np.ndarray:
    """[S', A] bool: optimal actions of the task that the reward no longer makes optimal, in states one can reach."""
    paid, task = table.mdp.optimal_actions(tolerance), table.task.optimal_actions(tolerance)
    return task & ~paid & reachable(table.mdp)[:, None] & ~table.mdp.terminal[:, None]


def reachable(mdp: TabularMDP) -> np.ndarray:
    """[S] bool: the states that some policy reaches from the initial distribution."""
    seen = mdp.initial > 0
    links = sparse.csr_array(
        (np.ones(len(mdp.P.data)), (_states(mdp), mdp.P.indices)), shape=(mdp.num_states, mdp.num_states)
    )
    frontier = seen
    while frontier.any():
        frontier = (links.T @ frontier.astype(float) > 0) & ~seen
        seen = seen | frontier
    return seen


def _finite(pay: np.ndarray, name: str, mdp: TabularMDP, at: np.ndarray) -> np.ndarray:
    """What a part pays at the entries `at` of P.

    Raises:
        BadReward: for NaN or infinity, naming the part, the state and the action.
    """
    bad = np.flatnonzero(~np.isfinite(pay))
    if len(bad):
        row = int(np.searchsorted(mdp.P.indptr, at[bad[0]], side="right")) - 1
        state, action = divmod(row, mdp.num_actions)
        raise BadReward(
            f"part {name!r} pays {pay[bad[0]]} in state {state} for action {action}",
            where="tabulate",
            expected="finite numbers",
            mend="mend the reward or its columns",
        )
    return pay


def _states(mdp: TabularMDP) -> np.ndarray:
    """The state that each entry of P leaves."""
    return np.repeat(np.arange(mdp.P.shape[0]), np.diff(mdp.P.indptr)) // mdp.num_actions


def _sparse(pay: np.ndarray, mdp: TabularMDP) -> sparse.csr_array:
    return sparse.csr_array((pay, mdp.P.indices, mdp.P.indptr), shape=mdp.P.shape)


def _aligned(pay: sparse.csr_array, mdp: TabularMDP) -> np.ndarray:
    """What stands in `pay` at the transitions of the process, in the order of `mdp.P.data`."""
    rows = np.repeat(np.arange(mdp.P.shape[0]), np.diff(mdp.P.indptr))
    return np.asarray(sparse.csr_matrix(pay)[rows, mdp.P.indices]).ravel()


def _check_length(tree: Tree, allowed: tuple[int, ...], what: str) -> None:
    def check(x: Array) -> None:
        if len(x) not in allowed:
            raise BadBatch(f"{what} has {len(x)} rows", where="tabulate", expected=" or ".join(map(str, allowed)))

    tree_map(check, tree)


# -- memory ----------------------------------------------------------------------------------------------------------


def _unrolled(mdp: TabularMDP, reward: Reward, obs: Tree, columns: Mapping[str, Array] | None, most: int) -> PaidTable:
    places = _memory_of(reward)
    first = np.flatnonzero(mdp.initial)
    reward.reset(np.ones(len(first), dtype=bool))
    base, memory = first, _taken(reward.state_dict(), places)
    known = {key: i for i, key in enumerate(_keys(base, memory))}
    bases, goes, probabilities, tasks, counts = [base], [], [], [], []
    pays: list[dict[str, np.ndarray]] = []
    while len(base):
        if len(known) > most:
            raise BadOption(
                f"more than {most:,} pairs of a state and a memory of {reward.name}",
                where="tabulate",
                expected="a reward whose memory takes few values",
                mend="a smaller process, or a larger `most`",
            )
        row, at = _entries(mdp, base)
        ended = mdp.terminal[base]
        reward.reset(np.ones(len(at), dtype=bool))
        reward.load_state_dict(_put(reward.state_dict(), places, [m[..., row] for m in memory]))
        steps = moves_of(mdp, obs=obs, columns=columns, at=at)
        paid = {k: np.where(ended[row], 0.0, array(v)) for k, v in reward.parts(steps).items()}
        pays.append({k: _finite(v, k, mdp, at) for k, v in paid.items()})
        after, kept = mdp.P.indices[at].astype(np.int64), _taken(reward.state_dict(), places)
        # Beyond an end nothing is remembered: one pair for each terminal state.
        kept = [np.where(steps.terminated, 0.0, m) for m in kept]
        keys, target, fresh = _keys(after, kept), np.empty(len(at), dtype=np.int64), []
        for i, key in enumerate(keys):
            before = len(known)
            target[i] = known.setdefault(key, before)
            if len(known) > before:
                fresh.append(i)
        goes.append(target)
        probabilities.append(mdp.P.data[at])
        tasks.append(steps.reward)
        counts.append(np.diff(mdp.P.indptr).reshape(-1, mdp.num_actions)[base].ravel())
        base, memory = after[fresh], [m[..., fresh] for m in kept]
        bases.append(base)
    states = np.concatenate(bases)
    begin = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    shape = (len(states) * mdp.num_actions, len(states))
    parts = {name: np.concatenate([p[name] for p in pays]) for name in pays[0]}
    to = np.concatenate(goes)
    own, was = (sparse.csr_array((np.concatenate(x), to, begin), shape=shape) for x in (probabilities, tasks))
    pay = {name: sparse.csr_array((v, to, begin), shape=shape) for name, v in parts.items()}
    initial = np.zeros(len(states))
    initial[: len(first)] = mdp.initial[first]
    table = TabularMDP(own, was, gamma=mdp.gamma, initial=initial, terminal=mdp.terminal[states])
    aligned = {name: _aligned(v, table) for name, v in pay.items()}
    return PaidTable(table.with_reward(_sparse(add(aligned), table)), table, states, aligned)


def _entries(mdp: TabularMDP, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For the states `base` [M], all entries of P that leave them: whose they are [B], and which [B]."""
    A = mdp.num_actions
    low, high = mdp.P.indptr[base * A], mdp.P.indptr[(base + 1) * A]
    size = high - low
    row = np.repeat(np.arange(len(base)), size)
    return row, np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + low[row]


def _memory_of(reward: Reward) -> list[tuple[str, ...]]:
    """Where in the reward's state its rows stand: what has an entry per row in the last axis."""
    sizes: list[dict[tuple[str, ...], tuple[int, ...]]] = []
    for rows in (5, 7):
        reward.reset(np.ones(rows, dtype=bool))
        sizes.append({path: np.shape(x) for path, x in _leaves(reward.state_dict())})
    places = [p for p, shape in sizes[0].items() if shape != sizes[1].get(p)]
    if not places or any(sizes[0][p][-1:] != (5,) or sizes[1][p][-1:] != (7,) for p in places):
        raise BadOption(
            f"{reward.name} does not show its memory",
            where="tabulate",
            expected="a state_dict with numbers [..., N] of N rows after reset",
            mend="keep what an episode remembers in core.memory.EpisodeMemory",
        )
    return places


def _leaves(state: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(state, Mapping):
        return [leaf for k, v in state.items() for leaf in _leaves(v, (*path, k))]
    return [(path, state)] if isinstance(state, np.ndarray) else []


def _taken(state: Any, places: list[tuple[str, ...]]) -> list[np.ndarray]:
    leaves = dict(_leaves(state))
    return [np.asarray(leaves[p]) for p in places]


def _put(state: Any, places: list[tuple[str, ...]], values: list[np.ndarray]) -> Any:
    new = copy.deepcopy(state)
    for path, value in zip(places, values, strict=True):
        inner = new
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
    return new


def _keys(base: np.ndarray, memory: list[np.ndarray]) -> list[bytes]:
    """One key for each pair of a state and a memory."""
    columns = [base[:, None].view(np.uint8).reshape(len(base), -1)]
    for m in memory:
        flat = np.ascontiguousarray(np.moveaxis(m, -1, 0).reshape(len(base), -1).astype(np.float64) + 0.0)
        columns.append(flat.view(np.uint8).reshape(len(base), -1))
    return [row.tobytes() for row in np.concatenate(columns, axis=1)]
