"""From a formula about an episode to a machine: formula progression on finite traces.

    σ · rest ⊨ φ    ⟺    rest ⊨ prog(φ, σ)

    prog(X φ, σ)    = φ ∧ some                          some: the trace goes on
    prog(φ U ψ, σ)  = prog(ψ, σ) ∨ (prog(φ, σ) ∧ φ U ψ)
    prog(φ R ψ, σ)  = prog(ψ, σ) ∧ (prog(φ, σ) ∨ φ R ψ)

A state is what is left to be done, as a disjunction of conjunctions of sub-formulas without redundant ones; there are
finitely many. States that no future tells apart are then joined, so that a task is done, or lost, as soon as it is.
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.rewards.specification.formulas import FALSE, TRUE, Formula, names, parse

MOST_PROPOSITIONS = 8
MOST_STATES = 2000
Clauses = frozenset[frozenset[Formula]]
_YES: Clauses = frozenset([frozenset()])
_NO: Clauses = frozenset()
_SOME: Formula = ("some",)
_NONE: Formula = ("none",)


@dataclass(frozen=True)
class Automaton:
    """A deterministic automaton for a formula, the fewest states first reached.

    Attributes:
        propositions: the L names; the first is the lowest bit of a word.
        states: what is left to do in each of the U states, as text; the first is the initial one.
        after: [U, 2^L] the next state.
        accepts: [U] bool, whether a trace that ends here satisfies the formula.
        decided: [U] bool, whether nothing can change that any more.
    """

    propositions: tuple[str, ...]
    states: tuple[str, ...]
    after: np.ndarray
    accepts: np.ndarray
    decided: np.ndarray


def automaton(text: str, *, where: str) -> Automaton:
    """The automaton of a formula over finite traces.

    Raises:
        BadOption: for no formula, too many propositions or states, or a formula that every or no episode satisfies.
    """
    tree = parse(text, temporal=True, where=where)
    known = names(tree)
    if len(known) > MOST_PROPOSITIONS:
        raise BadOption(f"{len(known)} propositions in {text!r}", where=where, expected=f"at most {MOST_PROPOSITIONS}")
    words = [frozenset(p for k, p in enumerate(known) if w >> k & 1) for w in range(2 ** len(known))]
    first = _clauses(_inward(tree, False))
    index, goes, frontier = {first: 0}, [], [first]
    while frontier:
        state = frontier.pop(0)
        row = []
        for word in words:
            rest = _rest(state, word)
            if rest not in index:
                index[rest] = len(index)
                frontier.append(rest)
            row.append(index[rest])
        goes.append(row)
        if len(index) > MOST_STATES:
            raise BadOption(f"{text!r} needs more than {MOST_STATES} states", where=where, expected="a simpler formula")
    after, accepts = np.array(goes), np.array([_empty(s) for s in index])
    group = _joined(after, accepts)
    order = list(dict.fromkeys(group.tolist()))  # groups by their first state
    place = {g: i for i, g in enumerate(order)}
    member = [int(np.flatnonzero(group == g)[0]) for g in order]
    after = np.vectorize(place.get)(group[after[member]]).reshape(len(order), -1)
    decided = (after == np.arange(len(order))[:, None]).all(1)
    first_goes = np.unique(after[0])  # an episode has a first step
    if len(first_goes) == 1 and decided[first_goes[0]]:
        verdict = "every" if accepts[member[first_goes[0]]] else "no"
        raise BadOption(
            f"{text!r} holds in {verdict} episode", where=where, expected="a formula that can be met or missed"
        )
    shown = [_shown(s) for s in index]
    return Automaton(known, tuple(shown[m] for m in member), after, accepts[member], decided)


def guard(words: np.ndarray, propositions: tuple[str, ...]) -> str:
    """A formula that holds on exactly these words [W] bool, the first proposition being the lowest bit."""
    return " | ".join(_cubes(words, propositions)) or "false"


def _cubes(words: np.ndarray, propositions: tuple[str, ...]) -> list[str]:
    if words.all():
        return ["true"]
    if not words.any():
        return []
    name, others = propositions[0], propositions[1:]
    off, on = words[::2], words[1::2]  # the lowest bit
    if (off == on).all():
        return _cubes(on, others)
    both = [(name, c) for c in _cubes(on, others)] + [(f"!{name}", c) for c in _cubes(off, others)]
    return [literal if c == "true" else f"{literal} & {c}" for literal, c in both]


def _joined(after: np.ndarray, accepts: np.ndarray) -> np.ndarray:
    """[U] the group of each state; in one group are those that no future tells apart."""
    group = accepts.astype(np.int64)
    while True:
        _, finer = np.unique(np.concatenate([group[:, None], group[after]], axis=1), axis=0, return_inverse=True)
        finer = finer.reshape(-1)
        if finer.max() == group.max() or len(np.unique(finer)) == len(np.unique(group)):
            return finer
        group = finer


def _inward(tree: Formula, negate: bool) -> Formula:
    """The same with negations at names only: kinds literal, and, or, next, weak, until, release, true, false."""
    kind = tree[0]
    if kind in ("true", "false"):
        return TRUE if (kind == "true") != negate else FALSE
    if kind == "name":
        return ("literal", tree[1], not negate)
    if kind == "not":
        return _inward(tree[1], not negate)
    twin = {"and": "or", "or": "and", "next": "weak", "until": "release"}
    return (twin[kind] if negate else kind, *(_inward(part, negate) for part in tree[1:]))


def _clauses(tree: Formula) -> Clauses:
    kind = tree[0]
    if kind in ("true", "false"):
        return _YES if kind == "true" else _NO
    if kind == "and":
        return _both(_clauses(tree[1]), _clauses(tree[2]))
    if kind == "or":
        return _either(_clauses(tree[1]), _clauses(tree[2]))
    return frozenset([frozenset([tree])])


def _either(a: Clauses, b: Clauses) -> Clauses:
    every = a | b
    return frozenset(c for c in every if not any(d < c for d in every))  # what holds less often adds nothing


def _both(a: Clauses, b: Clauses) -> Clauses:
    return _either(frozenset(c | d for c in a for d in b if _possible(c | d)), _NO)


def _possible(clause: frozenset[Formula]) -> bool:
    if _SOME in clause and _NONE in clause:
        return False
    return not any(f[0] == "literal" and ("literal", f[1], not f[2]) in clause for f in clause)


def _rest(state: Clauses, word: frozenset[str]) -> Clauses:
    return reduce(_either, (reduce(_both, (_progress(f, word) for f in clause), _YES) for clause in state), _NO)


def _progress(tree: Formula, word: frozenset[str]) -> Clauses:
    kind, itself = tree[0], frozenset([frozenset([tree])])
    if kind in ("true", "some"):
        return _YES
    if kind in ("false", "none"):
        return _NO
    if kind == "literal":
        return _YES if (tree[1] in word) == tree[2] else _NO
    if kind == "next":
        return _both(_clauses(tree[1]), _clauses(_SOME))
    if kind == "weak":
        return _either(_clauses(tree[1]), _clauses(_NONE))
    first, second = (_progress(part, word) for part in tree[1:])
    if kind == "and":
        return _both(first, second)
    if kind == "or":
        return _either(first, second)
    if kind == "until":
        return _either(second, _both(first, itself))
    return _both(second, _either(first, itself))


def _empty(state: Clauses) -> bool:
    """Whether a trace may end here. A literal never stands alone: what asked for a next step stands beside it."""
    return any(all(f[0] in ("weak", "release", "none") for f in clause) for clause in state)


def _shown(state: Clauses) -> str:
    if state in (_YES, _NO):
        return "true" if state == _YES else "false"
    clauses = [sorted(_text(f) for f in clause) for clause in state]
    parts = [" & ".join(c) if len(c) == 1 or len(clauses) == 1 else f"({' & '.join(c)})" for c in sorted(clauses)]
    return " | ".join(parts)


def _text(f: Formula) -> str:
    kind = f[0]
    if kind in ("true", "false"):
        return str(kind)
    if kind in ("some", "none"):
        return "X true" if kind == "some" else "!X true"
    if kind == "literal":
        return f[1] if f[2] else f"!{f[1]}"
    inner = [_text(part) for part in f[1:]]
    if kind in ("next", "weak"):
        return f"X {inner[0]}" if kind == "next" else f"!X !({inner[0]})"
    if kind == "until":
        return f"F {inner[1]}" if f[1] == TRUE else f"({inner[0]} U {inner[1]})"
    if kind == "release":
        return f"G {inner[1]}" if f[1] == FALSE else f"({inner[0]} R {inner[1]})"
    return f"({inner[0]} {'&' if kind == 'and' else '|'} {inner[1]})"
