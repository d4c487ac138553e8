"""A reward machine as tables: the next state and the pay for each state and each set of true propositions.

u' = after[u, w],    r = pay[u, w],    w = Σ_k 2^k · [proposition k holds]
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from rewardlab.core.arrays import Array, is_torch, namespace, tensor, tree_leaves
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption, MissingColumn, nearest

Edge = tuple[str, str, str, float]
"""(state, guard, next state, reward)."""
Labels = Callable[[Transitions], Mapping[str, Array]]
"""What tells which propositions hold after a step: {name: [B] bool}."""


@dataclass(frozen=True, eq=False)
class Machine:
    """A machine of U states over W = 2^L words.

    Attributes:
        states: the names of the states.
        propositions: the names of the L propositions; the first is the lowest bit of a word.
        initial: the state that every episode begins in.
        terminal: [U] bool; they loop and pay nothing.
        after: [U, W] the next state.
        pay: [U, W].
        ending: [U] what is paid on top where an episode ends in a state.
        edge: [U, W] which edge is taken, -1 where none is.
        edges: the edges.
    """

    states: tuple[str, ...]
    propositions: tuple[str, ...]
    initial: int
    terminal: np.ndarray
    after: np.ndarray
    pay: np.ndarray
    ending: np.ndarray
    edge: np.ndarray
    edges: tuple[Edge, ...]

    def step(self, u: Array, words: Array, done: Array, like: Array) -> tuple[Array, Array]:
        """The next states [B] and the pay [B] for states [B], words [B] and ends [B]; floats in the kind of `like`."""
        after, pay = self.move(u, words), picked(self.pay.reshape(-1), self._place(u, words), like)
        # Most machines pay nothing at the end: spare them a look-up in every step.
        return after, pay + picked(self.ending, after, like) * done if self.ending.any() else pay

    def move(self, u: Array, words: Array) -> Array:
        """The next states [B] alone."""
        return picked(self.after.reshape(-1), self._place(u, words))

    def _place(self, u: Array, words: Array) -> Array:
        return u * self.after.shape[1] + words

    def potential(self, gamma: float, where: str) -> np.ndarray:
        """[U] the largest discounted sum of edge rewards from each state, if every word could be had at will.

        Raises:
            BadOption: for a gamma outside [0, 1], or gamma = 1 where a cycle could pay without end.
        """
        if isinstance(gamma, bool) or not 0.0 <= gamma <= 1.0:
            raise BadOption(f"gamma={gamma!r}", where=where, expected="a number in [0, 1]")
        n = len(self.states)
        alike = np.unique(np.concatenate([self.after, self.pay]), axis=1)  # words with one effect count once
        after, pay = alike[:n].astype(np.int64), alike[n:]
        if gamma == 1.0:
            self._check_acyclic(where)
            value = np.zeros(n)
            for _ in range(n):
                value = (pay + value[after]).max(1)
            return value
        choice = pay.argmax(1)
        rows = np.arange(n)
        while True:  # policy iteration: each policy is solved exactly
            onward = np.zeros((n, n))
            onward[rows, after[rows, choice]] = gamma
            value = np.linalg.solve(np.eye(n) - onward, pay[rows, choice])
            Q = pay + gamma * value[after]
            better = Q.max(1) > Q[rows, choice] + 1e-12 * (1.0 + np.abs(Q).max())
            if not better.any():
                return value
            choice = np.where(better, Q.argmax(1), choice)

    def _check_acyclic(self, where: str) -> None:
        rows = np.arange(len(self.states))[:, None]
        part = components(self.after)
        within = part[self.after] == part[rows]
        loops = within & ((self.after != rows) | (self.pay != 0.0))
        if loops.any():
            u, w = np.argwhere(loops)[0]
            source, guard, target, pay = self.edges[self.edge[u, w]]
            raise BadOption(
                f"gamma=1, and the edge from {source!r} on {guard!r} to {target!r} (pays {pay:g}) lies on a cycle",
                where=where,
                expected="a machine without cycles, but for waiting that pays nothing",
                mend="take gamma < 1",
            )


class Labelled(Protocol):
    """What has a machine and tells words: a `RewardMachine`."""

    @property
    def compiled(self) -> Machine:
        """The tables."""
        ...

    def words(self, batch: Transitions) -> Array:
        """The words [B] of some steps."""
        ...

    def hidden(self, batch: Transitions) -> Array | None:
        """[B] bool: steps of which no words can be told, as they hold a NaN; None if words are made of flags."""
        ...


def components(after: np.ndarray) -> np.ndarray:
    """[U] the number of the strongly connected component of each state, for next states [U, W]."""
    n = len(after)
    rows = np.repeat(np.arange(n), after.shape[1])
    links = sparse.csr_array((np.ones(after.size), (rows, after.ravel())), shape=(n, n))
    return csgraph.connected_components(links, connection="strong")[1]


def read_words(propositions: Sequence[str], labels: Labels | None, batch: Transitions, where: str) -> Array:
    """The word [B] of each step: the propositions that hold after it, as bits.

    Raises:
        MissingColumn: for a proposition that nobody tells.
        BadBatch: for one that is no flag per step.
    """
    xp = namespace(batch.terminated)
    told = None if labels is None else labels(batch)
    words = xp.zeros_like(batch.terminated, dtype=xp.int64)
    for k, name in enumerate(propositions):
        if told is not None and name not in told:
            raise MissingColumn(
                f"no label {name!r}", where=where, expected="one for every proposition", mend=nearest(name, told)
            )
        flag = batch.column(name, by=where) if told is None else told[name]
        dtype, shape = getattr(flag, "dtype", type(flag).__name__), tuple(getattr(flag, "shape", ()))
        if "bool" not in str(dtype) or shape != batch.shape:
            raise BadBatch(
                f"proposition {name!r} is {dtype} of shape {shape}",
                where=where,
                expected=f"bool of shape {batch.shape}",
                mend=f"give labels=, which makes flags of the batch, e.g. {{{name!r}: batch.info[{name!r}] > 0}}",
            )
        words = words + (xp.astype(flag, xp.int64) << k)
    return words


def unknowable(batch: Transitions) -> Array:
    """[B] bool: steps with a NaN in what labels may be made of; a comparison would silently call it false."""
    xp = namespace(batch.reward)
    hidden = xp.zeros_like(batch.terminated)
    for leaf in tree_leaves((batch.obs, batch.next_obs, batch.reward)):
        if "float" in str(leaf.dtype):
            hidden = hidden | xp.isnan(leaf.reshape((*batch.shape, -1))).any(-1)
    return hidden


def picked(table: np.ndarray, index: Array, like: Array = None) -> Array:
    """Entries of a table [K] at places [B], where the places lie; floats in the type of `like` if that is a tensor."""
    if not is_torch(index):
        return table.take(index)
    return tensor(table, device=index.device, dtype=like.dtype if like is not None else None)[index]
