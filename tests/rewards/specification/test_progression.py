import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards.specification.formulas import holds, parse
from rewardlab.rewards.specification.progression import automaton, guard

FORMULAS = [
    "a", "!a", "X a", "!X a", "X X a", "X !a", "X (a | !a)", "!X true", "F a", "G a", "F (a & X b)", "F G a",
    "G F a", "G (a -> X b)", "G (a -> F b)", "a U b", "!(a U b)", "(a U b) U a", "a U (b U a)", "X (a U b)", "!a U b",
    "F a & F b", "F a | G !b", "F a & G !b", "(F a) U b", "X G a", "X !F a", "!X F a", "F (a & !X true)", "F a & !F b",
    "G (a | X (b & X !a))", "F (a & X (!a & X a))", "(a -> b) & F a", "!(F a & F b) | a", "a U !b", "G a | G b",
]  # fmt: skip


def satisfied(tree, trace, t=0):
    """The meaning of a formula on a finite trace of sets, from its t-th letter, by the definition."""
    kind = tree[0]
    if kind in ("true", "false"):
        return kind == "true"
    if kind == "name":
        return tree[1] in trace[t]
    if kind == "not":
        return not satisfied(tree[1], trace, t)
    if kind == "and":
        return satisfied(tree[1], trace, t) and satisfied(tree[2], trace, t)
    if kind == "or":
        return satisfied(tree[1], trace, t) or satisfied(tree[2], trace, t)
    if kind == "next":
        return t + 1 < len(trace) and satisfied(tree[1], trace, t + 1)
    assert kind == "until"
    return any(
        satisfied(tree[2], trace, j) and all(satisfied(tree[1], trace, i) for i in range(t, j))
        for j in range(t, len(trace))
    )


def traces(longest):
    letters = [frozenset(s) for s in ("", "a", "b", "ab")]
    return [w for n in range(1, longest + 1) for w in itertools.product(letters, repeat=n)]


@pytest.mark.parametrize("text", FORMULAS)
def test_the_automaton_accepts_what_the_definition_accepts_on_every_trace(text):
    tree, found = parse(text, temporal=True), automaton(text, where="t")
    letters = [frozenset(s) for s in ("", "a", "b", "ab")]
    words = {s: sum(1 << k for k, p in enumerate(found.propositions) if p in s) for s in letters}
    every = traces(5)
    assert len(every) == 1364
    for trace in every:
        u = 0
        for letter in trace:
            u = found.after[u, words[letter]]
        assert found.accepts[u] == satisfied(tree, trace), (text, trace)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_verdict_falls_as_soon_as_no_future_can_change_it_and_never_earlier(text):
    found = automaton(text, where="t")
    reach = np.eye(len(found.states), dtype=bool)
    for _ in found.states:
        for u in range(len(found.states)):
            reach[u] |= reach[found.after[u]].any(0)
    for u in range(len(found.states)):
        assert found.decided[u] == (len(set(found.accepts[reach[u]])) == 1)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_two_states_mean_the_same(text):
    found = automaton(text, where="t")
    n = len(found.states)
    apart = found.accepts[:, None] != found.accepts
    for _ in range(n):
        apart |= apart[found.after[:, None, :], found.after[None, :, :]].any(-1)
    assert apart[~np.eye(n, dtype=bool)].all()


def test_known_sizes():
    assert len(automaton("F a", where="t").states) == 2
    assert automaton("F a & F b", where="t").states == ("F a & F b", "F b", "F a", "true")
    ordered = automaton("F (a & F (b & F c))", where="t")
    assert len(ordered.states) == 4 and ordered.decided.sum() == 1


def test_a_guard_holds_on_its_words_and_no_others():
    rng = np.random.default_rng(0)
    for _ in range(50):
        words = rng.random(8) < rng.random()
        values = {p: (np.arange(8) >> k & 1).astype(bool) for k, p in enumerate("abc")}
        assert (holds(parse(guard(words, ("a", "b", "c"))), values, words) == words).all()
    assert guard(np.array([False, True, False, False]), ("a", "b")) == "a & !b"
    assert guard(np.array([False, True, False, True]), ("a", "b")) == "a"


def test_what_cannot_be_missed_or_met_is_refused():
    verdicts = {"every": ("F (a | !a)", "true", "F !X true", "F !X a"), "no": ("F (a & !a)", "X a & X !a", "G X a")}
    for verdict, texts in verdicts.items():
        for text in texts:
            with pytest.raises(BadOption, match=f"{verdict} episode"):
                automaton(text, where="t")
    with pytest.raises(BadOption, match="at most 8"):
        automaton(" & ".join(f"F p{i}" for i in range(9)), where="t")
