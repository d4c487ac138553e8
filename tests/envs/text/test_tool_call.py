"""Requests: references pass, every mutation of one argument fails, and the prompt says all that is needed."""

import re
from collections import Counter

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.call_scores import Said
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.tool_call import ALL, MISSING, NUMBERS, VALUES, Request, ToolCall, table


def drawn(rules, count=60):
    return [rules._task(rng_of(seed)) for seed in range(count)]


def mutations(call):
    """Every call that differs in one argument: its value, its key, one less, one more."""
    given = dict(call.arguments)
    for key in given:
        rest = {k: v for k, v in given.items() if k != key}
        yield rest
        for value in (*VALUES[key], "$1", "$2", "x"):
            if value != given[key]:
                yield {**rest, key: value}
        for other in VALUES:
            if other not in given:
                yield {**rest, other: given[key]}
    for other in VALUES:
        if other not in given:
            yield {**given, other: VALUES[other][0]}


@pytest.mark.parametrize("fields", [{}, {"tools": ALL, "least": 2, "dependent": 0.6}], ids=str)
def test_references_pass_and_every_mutation_of_an_argument_fails(fields):
    rules = ToolCall(split="all", **fields)
    count = 0
    for task in drawn(rules, 25):
        said = rules.expert(task, None, None)
        assert rules.check(said, task)
        for k, call in enumerate(task.due):
            others = [c for j, c in enumerate(task.due) if j != k]
            assert not rules.check("; ".join(map(str, others)) or "none", task)
            for arguments in mutations(call):
                changed = Said(call.name, tuple(sorted(arguments.items())))
                count += 1
                assert not rules.check("; ".join(map(str, [*others, changed])), task)
            assert rules.check("; ".join(map(str, [call, *others][::-1])), task)
    assert count > 400


def test_one_who_knows_no_more_than_the_prompt_can_answer():
    rules = ToolCall(tools=ALL, split="all", missing=0.3, dependent=0.7)
    for task in drawn(rules):
        prompt = rules.prompt(task)
        tools = dict(re.findall(r"(\w+_\w+)\(([\w, ]*)\)", prompt.partition("Please")[0]))
        asked = re.search(r"Please (.*)\. Write", prompt)[1]
        calls = []
        for part in asked.split(", then "):
            verb, noun, rest = re.fullmatch(r"(\w+) the (\w+) with (.*)", part).groups()
            pairs = [p.split(" ", 1) for p in rest.split(" and ")]
            told = {k: re.sub(r"the answer of call (\d)", r"$\1", v) for k, v in pairs}
            if f"{verb}_{noun}" in tools:
                assert set(told) == set(tools[f"{verb}_{noun}"].split(", "))
                calls.append(f"{verb}_{noun}({', '.join(f'{k}={v}' for k, v in told.items())})")
        assert rules.check("; ".join(calls) or "none", task)


def test_of_all_calls_there_are_just_one_serves_a_simple_request():
    rules = ToolCall(tools=4, most=1, missing=0.0, split="all")
    calls = rules.every()
    assert len(set(calls)) == len(calls) == sum(np.prod([len(VALUES[k]) for k in keys]) for _, keys in table()[:4])
    for task in drawn(rules, 4):
        assert [c for c in calls if rules.check(str(c), task)] == list(task.due)


def test_calls_depend_on_earlier_ones_only_and_on_numbers():
    rules = ToolCall(least=3, dependent=1.0, missing=0.0, tools=ALL)
    found = 0
    for task in drawn(rules):
        for k, call in enumerate(task.due):
            for key, value in call.arguments:
                if value.startswith("$"):
                    found += 1
                    assert key in NUMBERS and 1 <= int(value[1:]) <= k
    assert found > 30


def test_the_shares_of_missing_tools_and_numbers_of_calls_are_as_set():
    rules = ToolCall(split="all", missing=0.25)
    tasks = drawn(rules, 1500)
    nothing = sum(not t.due for t in tasks)
    assert abs(nothing / 1500 - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 1500)  # four standard errors
    assert all((t.missing is None) != (not t.due) for t in tasks)
    assert all(t.missing.name.split("_")[0] in MISSING for t in tasks if t.missing)
    sizes = Counter(len(t.due) for t in tasks if t.due)
    assert all(abs(sizes[k] / (1500 - nothing) - 1 / 3) < 4 * np.sqrt(2 / 9 / (1500 - nothing)) for k in (1, 2, 3))


@pytest.mark.parametrize("fine", [0.0, 0.4, 1.0])
def test_a_part_is_paid_by_its_share_and_the_columns_say_why(fine):
    rules = ToolCall(fine=fine)
    task = Request((Said("get_weather", (("city", "paris"), ("unit", "c"))),))
    whole = "get_weather(city=paris, unit=c)"
    for said, share, form in ((whole, 1.0, True), ("get_weather(city=rome,unit=c)", 0.75, True), ("none", 0.0, True),
                              ("get_weather(city=paris)", 0.625, True), ("so: none", 0.0, False),
                              (f"Well, {whole}", 1.0, False)):  # fmt: skip
        heard = rules.hear(task, None, said, None)
        right = form and share == 1.0
        assert sum(heard.parts.values()) == pytest.approx((1 - fine) * right + fine * share)
        assert heard.columns["score"] == pytest.approx(6 * share - 3) and heard.columns["format"] == form
        assert heard.success == right and heard.over


def test_the_table_has_thirty_tools_and_smaller_ones_are_its_beginning():
    whole = table()
    assert len(whole) == len({name for name, _ in whole}) == ALL == 30
    assert all(1 <= len(keys) <= 3 and set(keys) <= VALUES.keys() for _, keys in whole)
    names = {c.name for t in drawn(ToolCall(tools=8, split="all"), 200) for c in t.due}
    assert names == {name for name, _ in whole[:8]}


def test_simple_and_complex_requests_have_ids_of_their_own():
    for name, least, most in (("Simple", 1, 1), ("Complex", 2, 3)):
        rules = gym.make(f"rewardlab/ToolCall-{name}-v0").unwrapped.rules
        assert (rules.least, rules.most, rules.tools) == (least, most, 30)


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"tools": 1}, {"tools": 31}, {"least": 0}, {"least": 3, "most": 2}, {"dependent": 1.1},
                  {"missing": 0.95}, {"fine": -0.1}):  # fmt: skip
        with pytest.raises(BadOption, match=list(wrong)[-1]):
            ToolCall(**wrong)
