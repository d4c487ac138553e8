"""Grammars: probabilities against the sum over all derivations, and languages that are listed once and whole."""

import itertools
from collections import Counter

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.grammar import NESTED, PLAIN, Grammar

SMALL = Grammar({"S": ((3, "A B"), (1, "a"), (1, "S S")), "A": ((1, "a"), (1, "B")), "B": ((1, "b"), (1, "a b"))})


def derived(grammar, symbols, longest):
    """Every derivation of up to `longest` words by rewriting the leftmost symbol: words -> probability."""
    found, todo = Counter(), [((), tuple(symbols), 1.0)]
    while todo:
        done, rest, p = todo.pop()
        if len(done) + len(rest) > longest:
            continue
        if not rest:
            found[done] += p
        elif rest[0] not in grammar.rules:
            todo.append(((*done, rest[0]), rest[1:], p))
        else:
            total = sum(w for w, _ in grammar.rules[rest[0]])
            todo += [(done, (*right.split(), *rest[1:]), p * w / total) for w, right in grammar.rules[rest[0]]]
    return found


@pytest.mark.parametrize(("grammar", "longest"), [(SMALL, 6), (NESTED, 6), (PLAIN, 5)])
def test_the_language_is_what_all_derivations_bring(grammar, longest):
    due, found = derived(grammar, [grammar.start], longest), grammar.language(longest)
    assert due.keys() == found.keys()
    assert all(found[s] == pytest.approx(due[s]) == pytest.approx(grammar.probability(s)) for s in found)


def test_what_is_no_sentence_has_no_probability():
    language = SMALL.language(4)
    for n in range(5):
        for words in itertools.product("ab", repeat=n):
            assert (SMALL.probability(words) > 0) == (words in language)
    assert SMALL.probability(("z",)) == 0 and SMALL.words == ("a", "b")


def test_a_finite_language_has_all_the_probability_and_an_endless_one_ever_more():
    assert sum(PLAIN.language(8).values()) == pytest.approx(1) and len(PLAIN.language(8)) == 1332
    assert PLAIN.language(16).keys() == PLAIN.language(8).keys()
    mass = [sum(NESTED.language(n).values()) for n in range(1, 9)]
    assert (np.diff(mass) > 0).all() and mass[-1] < 1
    assert mass[0] == pytest.approx(6 / 11) and mass[1] - mass[0] == pytest.approx(2 / 11 * (6 / 11) ** 2)


def test_rows_of_letters_have_as_many_derivations_as_trees():
    """n letters in a row have Catalan(n - 1) trees of S -> S S, all equally likely."""
    for n, trees in ((1, 1), (2, 1), (3, 2), (4, 5), (5, 14), (6, 42)):
        assert NESTED.probability(("x",) * n) == pytest.approx(trees * (2 / 11) ** (n - 1) * (5 / 11) ** n)


def test_what_is_no_grammar_is_refused():
    for rules in ({}, {"S": ()}, {"S": ((0, "a"),)}, {"S": ((1, " "),)}, {"S": ((-1, "a"),)}, {"S": ((np.inf, "a"),)}):
        with pytest.raises(BadOption, match="Grammar"):
            Grammar(rules)
    for rules in ({"S": ((1, "S"), (1, "a"))}, {"S": ((1, "A"),), "A": ((1, "S"), (1, "a"))}):
        with pytest.raises(BadOption, match="circle"):
            Grammar(rules)
    with pytest.raises(BadOption, match="at most 20000"):
        Grammar({"S": ((1, "a"), (1, "b"), (1, "c"), (1, "S S"))}).language(10)
