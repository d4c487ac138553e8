"""The benchmark of what was read: both sides play the same, one reads less, and it measures and writes."""

import json
from dataclasses import replace

import pytest

from rewardlab.benchmarks import reading_speed
from rewardlab.benchmarks.reading_speed import TASKS, WHOLE, Anew, ReadingSpeed, main
from rewardlab.benchmarks.token_runs import played, warmed
from rewardlab.core.errors import BadOption


def test_the_side_that_reads_anew_reads_more():
    task = replace(TASKS["TextHouse"], demonstrations=4, epochs=1, turns=4)
    policy, read = warmed(task, 0), list[int]()
    policy.model.register_forward_pre_hook(lambda m, a, k: read.append(k["input_ids"].numel()), with_kwargs=True)
    kept = played(task, policy, 3, 0)
    before = sum(read)
    anew = played(task, Anew(policy.model, policy.vocabulary), 3, 0)
    assert kept.messages == anew.messages and sum(read) - before > 1.5 * before


def test_it_measures_and_writes(tmp_path, monkeypatch):
    out = tmp_path / "speed.json"
    monkeypatch.setattr(reading_speed, "TASKS", {WHOLE: replace(TASKS[WHOLE], turns=2)})
    main(ReadingSpeed(repeats=1, groups=2, group_size=2, demonstrations=3, out=out))
    found = json.loads(out.read_text())
    numbers = found["measured"][WHOLE]
    assert numbers["turns"] == 2 and numbers["tokens of a dialogue"] > 50
    times = numbers["playing anew, s"] / numbers["playing, s"]
    assert numbers["playing, times as fast"] == pytest.approx(times) and found["reached"] == {WHOLE: times >= 2}
    with pytest.raises(BadOption, match="repeats=0"):
        ReadingSpeed(repeats=0)
