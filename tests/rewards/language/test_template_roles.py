"""The three roles by rules: each cause of failure calls for its predicate, and the code pays what it says."""

import re

import numpy as np
import pytest
from contracts.sheets import REACH, reach, sheet_of

from rewardlab.core.oracle import Prompt
from rewardlab.rewards.language.auto_mc_reward import ANALYZER, CRITIC, DESIGNER, joined
from rewardlab.rewards.language.template_roles import TemplateRoles

BATCH = reach()
ROLES = TemplateRoles(sheet_of(REACH, BATCH))


def ask(text, system=DESIGNER, candidate=0, round=0):
    return ROLES([Prompt(text, system=system, key=("env", "auto_mc_reward", round, candidate))])[0]


def code(answer):
    return re.fullmatch(r"```python\n(.*)```\n", answer, re.DOTALL)[1]


def run(source, name):
    space = {"np": np}
    exec(source, space)  # the library's own text
    rows = [BATCH.rows(i) for i in range(len(BATCH))]
    extra = (lambda r: (r.terminated,)) if "terminated" in source else (lambda r: ())
    more = extra if name == "sparse" else (lambda r: ())
    return np.array([float(space[name](r.obs, r.action, r.next_obs, r.info, *more(r))) for r in rows])


def test_the_first_code_has_the_worthiest_predicates_and_no_hazard():
    first, second = code(ask("Write.")), code(ask("Write.", candidate=1))
    assert first.count("    # ") == 1 and second.count("    # ") == 2
    assert "terminated" not in first and "avoid" not in first
    np.testing.assert_array_equal(run(first, "sparse"), BATCH.info["success"])


@pytest.mark.parametrize(
    ("histogram", "predicates"),
    [
        ("7 of 10 failed episodes: death", ["die"]),
        ("7 of 10 failed episodes: death\non the step of a death: length_difference <= 1 (in 90%)",
         ["die", "avoid length_difference"]),
        ("3 of 3 failed episodes: time, never fell", ["reach fell"]),
    ],
)  # fmt: skip
def test_each_cause_calls_for_its_predicate_and_the_next_code_has_it(histogram, predicates):
    advice = ask(histogram, ANALYZER)
    assert advice.splitlines() == [f"Missing predicate: {p}" for p in predicates]
    old = code(ask("Write."))
    text = f"The code so far:\n```python\n{old}```\n\nAdvice of the Analyzer:\n{advice}"
    new = code(ask(text, round=1))
    assert all(f"    # {p}\n" in new and f"# {p}\n" not in old for p in predicates)
    assert all(line in new for line in re.findall(r"# .*", old))  # what was there stays
    assert f"# {predicates[0]}" not in ask(f"{histogram}\n```python\n{new}```", ANALYZER)


def test_predicates_pay_what_they_say():
    text = "Advice of the Analyzer:\nMissing predicate: {}"
    far = [np.linalg.norm(o[:, 1:], axis=-1) for o in (BATCH.obs, BATCH.next_obs)]
    for predicate, pay in (
        ("approach length_difference", np.sign(far[0] - far[1])),
        ("avoid length_difference", -2.0 * (far[1] <= 1)),
        ("finish progress", 0.1 * (BATCH.info["progress"] - 1)),
        ("reach fell", 0.1 * (BATCH.info["fell"] - 1.0)),
    ):
        np.testing.assert_allclose(run(code(ask(text.format(predicate))), "dense"), pay, atol=1e-12)
    died = code(ask(text.format("die")))
    won = BATCH.info["success"]
    np.testing.assert_array_equal(run(died, "sparse"), won - 1.0 * BATCH.terminated * (1.0 - won))
    assert "terminated" in joined(died)


def test_the_critic_accepts_and_features_that_do_not_exist_are_not_used():
    assert ask("The code", CRITIC) == "accept"
    assert "luck" not in ask("Advice of the Analyzer:\nMissing predicate: reach luck")
