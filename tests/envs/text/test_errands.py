"""Errands: plans that work, none of whose calls can be left out, and families drawn by their weights."""

from collections import Counter

import numpy as np
import pytest

from rewardlab.envs.text.desk import PRIVATE, settled
from rewardlab.envs.text.errands import FAMILIES, PACES, drawn
from rewardlab.envs.text.tool_world import ToolWorld

RULES = ToolWorld()


def several(family, count=60):
    rng = np.random.default_rng(FAMILIES.index(family))
    return [drawn(tuple(float(f == family) for f in FAMILIES), 0.0, rng) for _ in range(count)]


def played(errand, lines):
    memory, log, rng = RULES.toolbox.begin(), [], np.random.default_rng(0)
    for line in lines:
        calls, fault = RULES.toolbox.read(line)
        assert not fault, (line, fault)
        answers, memory = RULES.toolbox.use(calls, errand, memory, rng)
        log += zip(calls, answers, strict=True)
    return log


@pytest.mark.parametrize("family", ["plan", "recover"])
def test_a_plan_leads_to_what_is_due_and_rests_on_every_call(family):
    for errand in several(family):
        log = played(errand, errand.plan)
        notes, bookings = settled(errand.world, log)
        assert notes == dict(errand.notes) and bookings == set(errand.bookings)
        assert not any(answer.startswith("error") for _, answer in log)
        later = [*errand.plan, errand.last]
        for k, (call, answer) in enumerate(log):
            changes = settled(errand.world, log[:k]) != settled(errand.world, log[: k + 1])
            told = any(a in " ".join(later[k + 1 :]) for a in answer.split())
            assert changes or told, call  # a call finds out something that is used, or changes something
        assert errand.family == family and errand.asked.lower() != errand.short


def test_every_plan_has_something_to_change():
    for errand in [*several("plan", 1500), *several("recover", 100)]:
        due = (dict(errand.notes), set(errand.bookings))
        assert due != (dict(errand.world.notes), set(errand.world.bookings)), errand.asked


def test_what_is_private_is_refused_and_what_only_looks_so_is_not():
    refused = Counter()
    for errand in several("refuse", 200):
        refused[errand.last] += 1
        assert (PRIVATE in errand.short) == (errand.last == "refuse")
        if errand.last == "refuse":
            assert errand.notes == errand.world.notes and not errand.plan
    assert refused["refuse"] > refused["done"] > 20


def test_what_cannot_be_done_has_no_tool_or_one_that_is_out_of_service():
    kinds = Counter()
    for errand in several("cannot", 100):
        kinds[bool(errand.world.down)] += 1
        assert errand.last == "cannot" and errand.notes == errand.world.notes
        if errand.world.down:
            assert [answer for _, answer in played(errand, errand.plan)] == ["error: out of service today"]
    assert min(kinds.values()) > 25


def test_families_come_as_often_as_they_weigh():
    rng, weights = np.random.default_rng(0), (3.0, 0.0, 1.0, 2.0)
    count = Counter(drawn(weights, 0.1, rng).family for _ in range(1200))
    # a plan that finds nothing to work on falls back to another plan, never to another family
    for family, weight in zip(FAMILIES, weights, strict=True):
        p = weight / 6
        assert abs(count[family] / 1200 - p) <= 4 * np.sqrt(p * (1 - p) / 1200)  # four standard errors


def test_the_pace_is_a_power_of_two_for_each_call():
    paces = [p for errand in several("plan", 40) for p in errand.pace]
    assert len(paces) == 40 * PACES and set(paces) <= {1, 2, 4, 8, 16}
    logs = np.log2(paces)
    assert abs(logs.mean() - 1.6) < 4 * np.sqrt(0.96 / len(paces))  # binomial(4, 0.4), four standard errors
