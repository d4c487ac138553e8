"""The grammar as an oracle: fenced programs, the same under the same key, near the best and unlike the worst."""

import re

from contracts.sheets import REACH, reach, sheet_of

from rewardlab.core.oracle import Prompt, answers
from rewardlab.core.sandbox import Signature
from rewardlab.rewards.language.evolution.asking import EvolutionAsk
from rewardlab.rewards.language.evolution.grammar import Design, Term, read_design

SHEET = sheet_of(REACH, reach())
ASK = EvolutionAsk(SHEET)


def read(answer):
    design = read_design(re.fullmatch(r"```python\n(.*)```\n", answer, re.DOTALL)[1], SHEET)
    assert design is not None
    return design


def prompts(text, n=12, round=0):
    return [Prompt(text, key=("env", "system", round, i)) for i in range(n)]


def test_answers_are_programs_signed_and_repeatable():
    first = answers(ASK, prompts("Write a reward."))
    assert len({read(a) for a in first}) > 8 and {a.author for a in first} == {"evolution"}
    assert first == answers(ASK, prompts("Write a reward, in other words."))  # the key counts
    assert first != answers(EvolutionAsk(SHEET, seed=1), prompts("Write a reward."))
    assert first == answers(EvolutionAsk.of(REACH, Signature.of_batch(reach())), prompts("Write a reward."))
    assert ASK(["plain text"]) == ASK(["plain text"]) != ASK(["another"])


def test_a_program_in_the_prompt_is_the_parent():
    parent = Design((Term("holds", "success", 0.777), Term("near", "length_difference", 0.333, 2.0)))
    text = f"Your last program:\n```python\n{parent.source(SHEET)}```\nImprove it."
    kept = [len(read(a).kinds & parent.kinds) > 0 for a in ASK(prompts(text, 30, 1))]
    assert sum(kept) > 20 and all(read(a) != parent for a in ASK(prompts(text, 30, 1)))


def test_what_is_called_the_worst_is_shunned():
    best = Design((Term("holds", "success", 1.0),))
    worst = Design((Term("holds", "fell", 1.0),))
    text = f"The best:\n```python\n{best.source(SHEET)}```\nThe worst:\n```python\n{worst.source(SHEET)}```\n"
    made = [read(a) for a in ASK(prompts(text, 60, 1))]
    assert sum(worst.terms[0].what in d.kinds for d in made) <= 3  # only by a fresh draw of a mutation
    assert sum(best.terms[0].what in d.kinds for d in made) > 40


def test_programs_of_another_hand_are_no_parents():
    text = "```python\ndef reward(obs, action, next_obs, info):\n    return 1.0\n```\n"
    assert [read(a) for a in ASK(prompts(text))] == [read(a) for a in ASK(prompts("nothing"))]
