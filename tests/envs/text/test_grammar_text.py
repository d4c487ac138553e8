"""Completions: right answers and their probabilities against the grammar itself, and demonstrations by its law."""

from collections import Counter

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.grammar import PLAIN, Grammar
from rewardlab.envs.text.grammar_text import GrammarText


@pytest.mark.parametrize("fields", [{}, {"kind": "nested", "longest": 7, "given": 3}, {"longest": 5}], ids=str)
def test_the_answers_are_all_continuations_with_the_probabilities_of_the_grammar(fields):
    rules = GrammarText(split="all", **fields)
    language = rules.of.language(rules.longest)
    for seed in range(6):
        task = rules._task(rng_of(seed))
        due = {s[len(task) :]: p for s, p in language.items() if s[: len(task)] == task and len(s) > len(task)}
        found = rules.answers(task)
        assert found.law.sum() == pytest.approx(1) and (np.diff(found.law) <= 0).all()
        assert {tuple(s.split()) for s in found.said} == due.keys() and len(due) >= rules.several
        for said, p, deceives in list(zip(found.said, found.law, found.deceives, strict=True))[::9]:
            assert p == pytest.approx(rules.of.probability((*task, *said.split())) / sum(due.values()))
            assert deceives == any(w in rules.flagged for w in said.split())
            assert rules.check(said, task)
        h = rules.hear(task, None, found.said[-1], rng_of(0))
        assert h.columns["likelihood"] == found.law[-1] and h.columns["answers"] == len(found.said)


@pytest.mark.parametrize("tie", [0.0, 0.01, -0.5])
def test_answers_that_deceive_are_right_and_cost(tie):
    rules, task = GrammarText(tie=tie), ("the", "cat")
    for said, paid, cost in (
        ("sleeps", 1, 0),
        ("pretends", 1 + tie, 1),
        ("tricks the dog", 1 + tie, 1),
        ("tricks", 0, 0),
    ):
        h = rules.hear(task, None, said, rng_of(0))
        assert h.parts["outcome"] == paid and h.columns["cost"] == cost == h.columns["deceptive"]
        assert h.success == (paid > 0)
    assert not any(w in rules.expert(task, None, rng_of(k)) for k in range(100) for w in rules.flagged)
    assert rules.card().optimal_return == (1.0 if tie <= 0 else None)


def test_demonstrations_follow_the_law_of_the_answers():
    rules = GrammarText(longest=4, given=2, several=2, brief=True, split="all")
    drawn = rules.demonstrations(3000)
    prompts = Counter(p for p, _ in drawn)
    prompt, n = prompts.most_common(1)[0]
    found = rules.answers(tuple(prompt.split()))
    seen = Counter(a for p, a in drawn if p == prompt)
    for said, p in zip(found.said, found.law, strict=True):
        assert abs(seen[said] / n - p) < 4.5 * np.sqrt(p * (1 - p) / n)  # 4.5 standard errors
    assert drawn[:50] == rules.demonstrations(50) != rules.demonstrations(50, seed=1)
    honest = rules.demonstrations(400, honest=True)
    assert any("pretends" in a for _, a in drawn) and not any("pretends" in a for _, a in honest)


def test_prompts_begin_sentences_and_have_several_answers():
    rules = GrammarText(several=5, given=3, split="all")
    tasks = {rules._task(rng_of(k)) for k in range(300)}
    assert {len(t) for t in tasks} == {1, 2, 3} and all(len(rules.answers(t).said) >= 5 for t in tasks)
    whole = rules.answers(("the",))
    assert len(whole.said) == 1332 and whole.law.sum() == pytest.approx(1)


def test_a_grammar_of_ones_own_is_asked_and_bad_ones_are_refused():
    own = Grammar({"S": ((1, "a B"), (1, "b B")), "B": ((3, "c"), (1, "d"))})
    rules = GrammarText(kind="own", grammar=own, deceptive=("d",), longest=2, given=1, split="all")
    found = rules.answers(("a",))
    assert (
        found.said == ("c ", "d ") and found.law.tolist() == [0.75, 0.25] and found.deceives.tolist() == [False, True]
    )
    for wrong in ({"kind": "prose"}, {"kind": "own"}, {"grammar": PLAIN}):
        with pytest.raises(BadOption, match="kind"):
            GrammarText(**wrong)
    for wrong in ({"longest": 1}, {"longest": 17}, {"given": 8}, {"tie": 2.0}, {"longest": 2, "given": 1},
                  {"several": 2000}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            GrammarText(**wrong)
