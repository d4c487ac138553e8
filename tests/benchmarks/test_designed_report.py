"""The report of designed rewards: differences by hand, and a page that holds programs, costs and audits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_results import BANDIT, SEA, fill

from rewardlab.benchmarks import designed_report as report
from rewardlab.benchmarks.results import Results, load

DESIGN: dict[str, Any] = {
    "side": "recorded", "source": "def reward():\n    return 1 < 2\n", "author": "hand", "system": "text2reward",
    "winner": "2.1", "success": 0.875, "candidates": 6, "repairs": 1, "refused": 2, "tries": {"1.1": 0.5, "2.1": 0.875},
    "steps": 1234, "answers": 8, "cpu_seconds": 56.7, "held_out": True,
    "audit": {"exact": False, "passed": True, "words": ["note: it pays < 1."]},
}  # fmt: skip


def made(folder: Path, scores: dict[tuple[str, str], list[float]], **changes: Any) -> Results:
    """Results with these scores, in which `recorded` was designed."""
    return load(fill(folder, scores, more={"recorded": {"design": DESIGN | changes}}))


def test_differences_are_of_interquartile_means_over_shared_environments(tmp_path: Path) -> None:
    results = made(tmp_path, {
        ("none", SEA): [0.0, 0.1, 0.2, 0.9], ("recorded", SEA): [0.5, 0.6, 0.8, 1.0],
        ("none", BANDIT): [0.2] * 4, ("recorded", BANDIT): [0.2] * 4, ("RND", BANDIT): [0.7] * 4,
    })  # fmt: skip
    one = report.difference(results, "recorded", "none", [SEA])
    assert one is not None and float(one.value) == pytest.approx(0.7 - 0.15) and one.low < 0.55 < one.high
    both = report.difference(results, "recorded", "none", results.envs)
    mine, theirs = [0.2, 0.2, 0.5, 0.6], [0.2, 0.2, 0.2, 0.2]  # without the lowest and the highest quarter of eight
    assert both is not None and float(both.value) == pytest.approx(np.mean(mine) - np.mean(theirs))
    same = report.difference(results, "recorded", "none", [BANDIT])
    assert same is not None and float(same.value) == float(same.low) == float(same.high) == 0.0
    shared = report.difference(results, "recorded", "RND", results.envs)  # the other environment has no RND
    assert shared is not None and float(shared.value) == pytest.approx(-0.5)
    assert report.difference(results, "recorded", "RND", [SEA]) is None
    lines = report.differences(results)
    assert lines[0] == ("", "recorded − none", "recorded − RND")
    assert [line[0] for line in lines[1:]] == ["DeepSea°", "BernoulliBandit°", "held out", "all"]
    assert lines[1][2] == "–" and lines[1][1].startswith("0.55 [")


@pytest.mark.parametrize(
    ("changes", "name", "verdict"),
    [
        ({}, "DeepSea°, recorded", "passed, from play"),
        (
            {"held_out": False, "audit": {"exact": True, "passed": False, "words": []}},
            "DeepSea, recorded",
            "fault, exact",
        ),
        ({"audit": {"exact": False, "passed": None, "words": ["no audit"]}}, "DeepSea°, recorded", "none, from play"),
    ],
)
def test_costs_say_what_is_known_of_each_design(
    tmp_path: Path, changes: dict[str, Any], name: str, verdict: str
) -> None:
    results = made(tmp_path, {("none", SEA): [0.0, 0.0], ("recorded", SEA): [0.5, 0.6]}, **changes)
    assert report.costs(results)[1:] == [(name, "2.1 (hand)", "0.88", "6", "2", "1", "1,234", "57", verdict)]


def test_the_page_is_every_suites_and_holds_the_programs(tmp_path: Path) -> None:
    made(tmp_path, {("none", SEA): [0.0, 0.1], ("recorded", SEA): [0.5, 0.6]})
    page = report.write(tmp_path).read_text(encoding="utf-8")
    assert "return 1 &lt; 2" in page and "note: it pays &lt; 1." in page and "recorded − none" in page
    assert page.index("Learning curves") < page.index("The winning programs") < page.index("The environments")
    assert "tried: 1.1 0.50, 2.1 0.88" in page
    text = report.table(tmp_path)
    assert "DeepSea°, recorded" in text and "passed, from play" in text and "recorded − none" in text
