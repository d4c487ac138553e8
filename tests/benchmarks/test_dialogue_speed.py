"""The benchmark of dialogues: its times are log-normal with the mean that was asked for, and it measures and writes."""

import json

import numpy as np
import pytest

from rewardlab.benchmarks.dialogue_speed import DialogueSpeed, SlowTool, latencies, main, waiting
from rewardlab.core.errors import BadOption


def test_times_are_log_normal():
    """Mean and deviation of the logarithm of 40,000 draws, within 4 standard errors."""
    x = latencies(np.random.default_rng(0), 40_000, 0.05, 1.0)
    deviation = 0.05 * np.sqrt(np.e - 1)
    assert abs(x.mean() - 0.05) < 4 * deviation / 200 and abs(np.log(x).std() - 1) < 4 / np.sqrt(2 * 40_000)


def test_a_tool_takes_its_time_from_its_seed():
    tool = SlowTool(3, 0.001, 1.0)
    assert tool.reset(seed=5)[1]["reply"] == tool.reset(seed=5)[0]
    first = tool.waits.copy()
    tool.reset(seed=5)
    assert np.array_equal(first, tool.waits)
    assert [tool.step("a")[2] for _ in range(3)] == [False, False, True]
    options = DialogueSpeed(rows=4, turns=3, mean=0.01)
    table = np.array([_waits(s) for s in range(4)])
    assert waiting(options) == (pytest.approx(table.max(0).sum()), pytest.approx(table.sum(1).max()))


def _waits(seed):
    tool = SlowTool(3, 0.01, 1.0)
    tool.reset(seed=seed)
    return tool.waits


def test_it_measures_and_writes(tmp_path):
    out = tmp_path / "speed.json"
    main(DialogueSpeed(repeats=1, rows=3, turns=2, answer=2, mean=0.02, sequences=4, tokens=3, out=out))
    found = json.loads(out.read_text())
    measured = found["measured"]
    assert measured["in step, s"] >= measured["in step, s in tools"] > 0
    assert measured["asynchronous, s"] >= measured["slowest dialogue, s in tools"] > 0
    assert measured["parameters"] < 2_000_000 and measured["tokens a second"] > 0
    assert found["setting"]["rows"] == 3 and set(found["reached"]) == set(found["goals"])
    for name in ("repeats", "threads"):
        with pytest.raises(BadOption, match=name):
            DialogueSpeed(**{name: 0})
