"""A reward machine from its edges, and what can be wrong with one."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.rewards.specification.formulas import Formula, holds, names, parse
from rewardlab.rewards.specification.machine import Edge, Machine

WHERE = "RewardMachine"
MOST = 12
"""The largest number of propositions: a machine has 2^L words."""


def compiled(
    edges: Sequence[Edge],
    initial: str,
    terminal: Sequence[str],
    ending: Mapping[str, float],
    propositions: Sequence[str],
    *,
    strict: bool,
) -> Machine:
    """The tables of a machine that is given by its edges.

    Raises:
        BadOption: for whatever is wrong with it, naming state and guard.
    """
    where = WHERE
    if not isinstance(initial, str) or not isinstance(strict, bool):
        what = f"initial={initial!r}" if isinstance(strict, bool) else f"strict={strict!r}"
        raise BadOption(what, where=where, expected="the name of a state, and True or False")
    states = tuple(dict.fromkeys([initial, *(s for source, _, target, _ in edges for s in (source, target))]))
    for name in (*terminal, *ending):
        if name not in states:
            raise BadOption(
                f"unknown state {name!r}", where=where, expected="a state of some edge", mend=nearest(name, states)
            )
    for source, guard, _, _ in edges:
        if source in terminal:
            raise BadOption(f"the edge on {guard!r} leaves the terminal state {source!r}", where=where, expected="none")
    for name in (initial, *ending):
        if name in terminal:
            raise BadOption(
                f"{name!r} is terminal, and the {'initial state' if name == initial else 'end in it pays'}",
                where=where,
                expected="terminal states in which nothing happens any more",
            )
    guards = [parse(guard, where=f"{where}, state {source!r}") for source, guard, _, _ in edges]
    known = tuple(propositions) or tuple(dict.fromkeys(n for g in guards for n in names(g)))
    _check_propositions(guards, edges, known, where)
    n, words = len(states), np.arange(2 ** len(known))
    values = {p: (words >> k & 1).astype(bool) for k, p in enumerate(known)}
    after = np.repeat(np.arange(n)[:, None], len(words), axis=1)
    pay, edge = np.zeros(after.shape), np.full(after.shape, -1)
    for i, ((source, guard, target, reward), tree) in enumerate(zip(edges, guards, strict=True)):
        u, v, true = states.index(source), states.index(target), holds(tree, values, words)
        clash = np.flatnonzero(true & (edge[u] >= 0) & ((after[u] != v) | (pay[u] != reward)))
        if len(clash):
            other = edges[edge[u, clash[0]]][1]
            raise BadOption(
                f"in state {source!r} both {other!r} and {guard!r} hold on {_spoken(clash[0], known)}",
                where=where,
                expected="at most one way to go",
                mend="make the guards exclude each other",
            )
        after[u, true], pay[u, true], edge[u, true] = v, reward, i
    ends = np.isin(states, list(terminal))
    if strict and ((edge < 0) & ~ends[:, None]).any():
        u, w = np.argwhere((edge < 0) & ~ends[:, None])[0]
        own = [guard for source, guard, _, _ in edges if source == states[u]]
        raise BadOption(
            f"in state {states[u]!r} none of the guards {own} holds on {_spoken(w, known)}",
            where=where,
            expected="a guard for every case",
            mend="add an edge, or leave strict out: it then waits there and pays nothing",
        )
    seen = np.zeros(n, dtype=bool)
    seen[0] = True
    for _ in range(n):
        seen[after[seen].ravel()] = True
    if not seen.all():
        lost = [s for s, ok in zip(states, seen, strict=True) if not ok]
        raise BadOption(f"no way leads from {initial!r} to {lost}", where=where, expected="states that can be reached")
    extra = np.array([float(ending.get(s, 0.0)) for s in states])
    return Machine(states, known, 0, ends, after, pay, extra, edge, tuple(edges))


def _check_propositions(guards: list[Formula], edges: Sequence[Edge], known: tuple[str, ...], where: str) -> None:
    for (source, guard, _, _), tree in zip(edges, guards, strict=True):
        for name in names(tree):
            if name not in known:
                raise BadOption(
                    f"in state {source!r} the guard {guard!r} has the unknown proposition {name!r}",
                    where=where,
                    expected=f"one of {[*known]}",
                    mend=nearest(name, known),
                )
    if len(known) > MOST:
        raise BadOption(f"{len(known)} propositions", where=where, expected=f"at most {MOST}")


def _spoken(word: Any, propositions: Sequence[str]) -> str:
    """A word as a formula: "a & !b"."""
    parts = [p if word >> k & 1 else f"!{p}" for k, p in enumerate(propositions)]
    return repr(" & ".join(parts) or "true")


def plain_edges(edges: Any) -> tuple[Edge, ...]:
    """Edges with plain numbers.

    Raises:
        BadOption: for no edges, or another form.
    """
    form = '("state", "guard", "next state", reward) with a finite reward'
    if not isinstance(edges, (tuple, list)) or not edges:
        raise BadOption("no edges", where=WHERE, expected=f"at least one: {form}")
    for edge in edges:
        good = isinstance(edge, (tuple, list)) and len(edge) == 4 and all(isinstance(s, str) for s in edge[:3])
        if not good or not _finite(edge[3]):
            raise BadOption(f"the edge {str(edge)[:80]}", where=WHERE, expected=form)
    return tuple((source, guard, target, float(reward)) for source, guard, target, reward in edges)


def plain_names(names: Any, what: str) -> tuple[str, ...]:
    """A tuple of names that differ.

    Raises:
        BadOption: for anything else.
    """
    good = isinstance(names, (tuple, list)) and all(isinstance(s, str) for s in names)
    if not good or len(set(names)) < len(names):
        raise BadOption(f"{what}={names!r}", where=WHERE, expected="a tuple of names, each once")
    return tuple(names)


def plain_pays(pays: Any) -> dict[str, float]:
    """What is paid at the end in some states.

    Raises:
        BadOption: for anything but finite numbers by name.
    """
    if not isinstance(pays, Mapping) or not all(map(_finite, pays.values())):
        raise BadOption(f"ending={pays!r}", where=WHERE, expected="state -> a finite number")
    return {k: float(v) for k, v in pays.items()}


def _finite(x: Any) -> bool:
    return isinstance(x, Real) and not isinstance(x, bool) and bool(np.isfinite(float(x)))
