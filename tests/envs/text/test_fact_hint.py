"""Hints to a writer: the value of every hint against counting all that the writer may write."""

import itertools
import math

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.fact_hint import FactHint


def enumerated(rules, task, hint):
    """Expected coverage, over all rows of facts that the writer may write about."""
    keys = [k for k, _ in task.truth]
    total = 0.0
    for written in itertools.product(keys, repeat=rules.hints):
        p = 1.0
        for j, key in enumerate(written):
            own = (1 - rules.follow) / len(keys) + rules.follow * (hint[j] == key) if j < len(hint) else 1 / len(keys)
            p *= own
        total += p * len(set(written) & set(task.needed)) / len(task.needed)
    return total


@pytest.mark.parametrize(
    "fields", [{}, {"follow": 0.5, "needed": 1}, {"hints": 2, "needed": 2, "follow": 1.0}], ids=str
)
def test_the_value_of_every_hint_is_exact_and_the_needed_facts_are_the_best(fields):
    rules = FactHint(**{"count": 4, "needed": 2, "hints": 3, "split": "all", **fields})
    task = rules._task(rng_of(0))
    values = {}
    for hint in rules.all_hints(task):
        values[hint] = rules.value(hint, task)
        assert values[hint] == pytest.approx(enumerated(rules, task, hint))
    most = max(values.values())
    assert rules.value(task.needed, task) <= most + 1e-12
    assert rules.needed < rules.hints or rules.value(task.needed, task) == pytest.approx(most)
    sure = FactHint(**{**fields, "count": 4, "needed": rules.needed, "hints": rules.hints, "expected": True})
    assert sure.card().optimal_return == pytest.approx(most)


def test_the_number_of_hints_and_the_gap_to_none_is_that_of_twelve_facts():
    rules = FactHint(split="all")
    task = rules._task(rng_of(1))
    hints = rules.all_hints(task)
    assert len(hints) == sum(math.comb(12, k) for k in range(4)) == 299
    values = np.array([rules.value(h, task) for h in hints])
    assert values[0] == pytest.approx(1 - (11 / 12) ** 3)
    own, other = 1 - 0.9 - 0.1 / 12, 1 - 0.1 / 12
    assert values.max() == pytest.approx(1 - own * other**2) == pytest.approx(rules.value(task.needed, task))
    assert set(hints[values.argmax()]) == set(task.needed) and (values > values.max() - 1e-9).sum() == 1


def test_the_writer_covers_as_much_as_expected_and_writes_the_truth():
    rules = FactHint(split="all")
    task = rules._task(rng_of(2))
    said = rules.expert(task, None, rng_of(0))
    found = [rules.hear(task, None, said, rng_of(k)) for k in range(2000)]
    covered = np.array([h.parts["outcome"] for h in found])
    assert abs(covered.mean() - found[0].columns["value"]) < 4 * covered.std() / np.sqrt(2000)  # 4 standard errors
    followed = np.mean([h.columns["followed"] for h in found]) / 3
    assert abs(followed - (0.9 + 0.1 / 12)) < 4 * np.sqrt(0.09 / 6000)
    true = {task.sentence(k) for k, _ in task.truth}
    assert all(line in true for h in found[:50] for line in h.reply.strip(" .").split(" . "))


def test_pay_in_expectation_has_no_noise_and_facts_that_are_none_are_not_understood():
    rules = FactHint(expected=True, split="all")
    task = rules._task(rng_of(3))
    paid = {rules.hear(task, None, rules.expert(task, None, rng_of(0)), rng_of(k)).parts["outcome"] for k in range(20)}
    assert paid == {rules.card().optimal_return} == {rules.value(task.needed, task)}
    for said in ("", "nothing", "inn what. " + rules.expert(task, None, rng_of(0))):
        assert not rules.hear(task, None, said, rng_of(0)).understood


def test_what_is_out_of_range_is_refused():
    for wrong in ({"count": 13}, {"needed": 4}, {"hints": 0}, {"follow": 1.1}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            FactHint(**wrong)
