"""Scores of calls: published values, brute force over all matchings, and every mutation of a call."""

import itertools

import numpy as np
import pytest

from rewardlab.envs.text.call_scores import MOST, Said, match, read

WEATHER = "get_weather(city=paris, unit=c)"


def score(said, due):
    return match(read(said)[0], read(due)[0]).score


def test_the_published_values():
    for said, due in ((WEATHER, 3.0), ("get_weather(city=rome, unit=c)", 1.5), ("get_weather(city=paris)", 0.75),
                      ("get_time(city=paris, unit=c)", -3.0), ("", -3.0)):  # fmt: skip
        assert score(said, WEATHER) == pytest.approx(due)
    assert match((), ()).score == 3 and match(read(WEATHER)[0], ()).score == -3


def drawn(rng, most):
    calls = []
    for _ in range(int(rng.integers(0, most + 1))):
        keys = [k for k in "xyz" if rng.random() < 0.6]
        calls.append(Said(f"f{rng.integers(3)}", tuple((k, str(rng.integers(3))) for k in keys)))
    return calls


def by_force(said, due):
    """(sum of the best one-to-one matching) over all of them."""
    best = 0.0
    for size in range(min(len(said), len(due)) + 1):
        for mine in itertools.permutations(range(len(said)), size):
            for theirs in itertools.combinations(range(len(due)), size):
                total = 0.0
                for i, j in zip(mine, theirs, strict=True):
                    a, b = dict(said[i].arguments), dict(due[j].arguments)
                    if said[i].name != due[j].name:
                        continue
                    keys = a.keys() | b.keys()
                    total += len(a.keys() & b.keys()) / len(keys) if keys else 1.0
                    total += sum(a.get(k) == b[k] for k in b)
                best = max(best, total)
    return best


def test_the_matching_is_the_best_of_all():
    rng = np.random.default_rng(0)
    for _ in range(250):
        said, due = drawn(rng, 4), drawn(rng, 3)
        if not due:
            continue
        found = match(said, due)
        assert found.keys + found.values == pytest.approx(by_force(said, due))
        names = [[c.name for c in calls] for calls in (said, due)]
        both = sum(min(names[0].count(n), names[1].count(n)) for n in set(names[1]))
        assert found.names == pytest.approx(both / (len(said) + len(due) - both))
        most = 1 + len(due) + sum(len(c.arguments) for c in due)
        assert found.share == pytest.approx((found.names + found.keys + found.values) / most)
        assert found.exact == (sorted(map(str, said)) == sorted(map(str, due))) == (found.share == 1.0)
        shuffled = [said[k] for k in rng.permutation(len(said))]
        assert match(shuffled, due[::-1]).share == pytest.approx(found.share)


def test_calls_are_read_in_their_forms():
    due = [Said("f", (("a", "1"), ("b", "red"))), Said("g")]
    for text in ("f(a=1, b=red); g()", "F(b='red', a=01)\nG();", "f (a:1,b=\"red\") ; g( ).",
                 '<tool_call>{"name": "f", "arguments": {"b": "red", "a": 1}}</tool_call>\n'
                 '<tool_call>{"name": "g"}</tool_call>'):  # fmt: skip
        assert read(text) == (due, True), text
    assert read("none") == ([], True) and read(" None. ") == ([], True)


def test_what_is_beside_the_calls_costs_the_form_and_not_the_score():
    for text in ("Sure! f(a=1)", "f(a=1) and g()", "f(a=1) g()", "none; f(a=1)", "<tool_call>{}</tool_call>f",
                 "f(a=1); ;; h"):  # fmt: skip
        assert not read(text)[1]
    assert read("Sure! f(a=1)")[0] == [Said("f", (("a", "1"),))]
    for text in ("", "f", "f(", "f(a)", "f(a=1, a=2)", "f(a=1,)", "f((a=1))", "()", "so", "<tool_call>{</tool_call>",
                 "<tool_call>[1]</tool_call>", '<tool_call>{"name": "f", "arguments": 3}</tool_call>'):  # fmt: skip
        assert read(text) == ([], False), text
    calls, form = read(";".join(["f(a=1)"] * (MOST + 1)))
    assert len(calls) == MOST and not form
