"""Programs: every operation against Python's own, and texts that are none."""

import numpy as np
import pytest

from rewardlab.envs.text.programs import (
    LANGUAGES,
    Case,
    ProgramFault,
    drawn_inputs,
    in_words,
    lines_of,
    mutants,
    outcome,
    passed,
    read,
    read_line,
    run,
    spelled,
)

LIST = {  # written for Python's eval, the judge
    "add": "[x + ({k}) for x in xs]", "mul": "[x * ({k}) for x in xs]", "take": "xs[:{k}]", "drop": "xs[{k}:]",
    "reverse": "list(reversed(xs))", "sort": "sorted(xs)", "sum": "[sum(xs)]", "max": "[max(xs)]", "min": "[min(xs)]",
    "keep even": "[x for x in xs if not x & 1]", "keep odd": "[x for x in xs if x & 1]",
    "keep pos": "[x for x in xs if x >= 1]", "keep neg": "[x for x in xs if x <= -1]",
    "uniq": "sorted(set(xs), key=xs.index)",
}  # fmt: skip
STACK = {
    "push": "xs + [{k}]", "add": "xs[:-2] + [xs[-2] + xs[-1]]", "sub": "xs[:-2] + [xs[-2] - xs[-1]]",
    "mul": "xs[:-2] + [xs[-2] * xs[-1]]", "max": "xs[:-2] + [max(xs[-2:])]", "min": "xs[:-2] + [min(xs[-2:])]",
    "dup": "xs + [xs[-1]]", "drop": "xs[:-1]", "neg": "xs[:-1] + [-xs[-1]]",
    "swap": "xs[:-2] + [xs[-1], xs[-2]]", "over": "xs + [xs[-2]]",
}  # fmt: skip
NEEDS = {"push": 0, "dup": 1, "drop": 1, "neg": 1}


def by_python(program, given, language):
    xs = list(given)
    for line in program:
        word, _, k = line.partition(" ")
        if language == "stack" and len(xs) < NEEDS.get(word, 2):
            return None
        code = (LIST if language == "list" else STACK).get(line) or (LIST if language == "list" else STACK)[word]
        try:
            xs = eval(code.format(k=k), {"xs": xs})
        except ValueError:  # the largest of nothing
            return None
    return tuple(xs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_programs_give_what_python_gives(language):
    rng, lines = np.random.default_rng(0), lines_of(language)
    faults = 0
    for _ in range(600):
        program = tuple(lines[k] for k in rng.integers(len(lines), size=int(rng.integers(1, 6))))
        for given in drawn_inputs(2, language, rng):
            due = by_python(program, given, language)
            faults += due is None
            if due is None:
                with pytest.raises(ProgramFault, match=r"empty|stack"):
                    run(program, given, language)
            else:
                assert run(program, given, language) == due
    assert faults > 10  # such programs were among them


def test_numbers_stay_small():
    assert run(["mul 3"] * 18, (2,), "list") == (2 * 3**18,)
    for program, language in ((["mul 3"] * 19, "list"), (["dup", "mul"] * 5, "stack")):
        with pytest.raises(ProgramFault, match="large"):
            run(program, (9,), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_is_read_as_it_is_written_and_said_in_words(language):
    lines = lines_of(language)
    assert len(set(lines)) == len(lines)
    for line in lines:
        assert read_line(f"  {line.upper().replace(' ', '  ')} ", language) == line
    phrases = [in_words(line, language) for line in lines]
    assert len(set(phrases)) == len(phrases) and "{}" not in "".join(phrases)
    assert read("; ".join(lines) + "\n", language) == tuple(lines)


def test_what_is_no_line_is_none():
    for text in ("", "add", "add x", "add 1 2", "keep", "keep 3", "keep big", "take -1", "sum 1", "push 1", "add 1.5",
                 "add \u0661", "import os", "add 1234", "reverse it"):  # fmt: skip
        assert read_line(text, "list") == ""
    for text in ("push", "push x", "dup 1", "add 2", "keep even", "push 1000"):
        assert read_line(text, "stack") == ""
    assert read("", "list") is None and read("add 1; jump", "list") is None
    assert read_line("add 007", "list") == "add 7" and read_line("add -0", "list") == "add 0"


@pytest.mark.parametrize("language", LANGUAGES)
def test_mutants_differ_in_one_line_and_all_are_there(language):
    lines = lines_of(language)
    program = (lines[0], lines[1], lines[-1])
    found = list(mutants(program, language))
    assert len(found) == len(set(found)) == 3 * (len(lines) - 1)
    assert all(sum(a != b for a, b in zip(m, program, strict=True)) == 1 for m in found)


def test_tests_are_passed_or_not():
    cases = (Case((1, 2), (3,)), Case((), (0,)), Case((5,), (4,)))
    assert passed(("sum",), cases, "list") == 2
    assert outcome(("sum",), cases[2], "list") == (False, "5")
    assert outcome(("max",), cases[1], "list") == (False, "empty")
    assert spelled(()) == "none" and spelled((1, -2)) == "1 -2"
