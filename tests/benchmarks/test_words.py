"""Words made from numbers: no claim that the numbers do not bear."""

from pathlib import Path

import pytest
from fake_results import SEA, fill, two_methods

from rewardlab.benchmarks import report, results, words


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return two_methods(tmp_path)


def test_few_seeds_claim_no_ranking(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [0.1, 0.2], ("double", SEA): [0.9, 0.95]})
    assert "no ranking is claimed" in report.table(tmp_path)
    said = words.summary(results.load(tmp_path))
    assert "claims no ranking" in said and "highest" not in said and "none 0.15" in said


def test_the_summary_is_made_from_the_numbers(folder: Path, tmp_path: Path) -> None:
    said = words.summary(results.load(folder))
    assert said.startswith("Two ways of paying an agent, on two environments, with 5 seeds each: 15 runs")
    assert "whole interval above one half: double" in said and "DeepSea is solved by double alone" in said
    assert "Nothing here solves BernoulliBandit" in said
    worse = fill(tmp_path / "w", {("none", SEA): [0.9] * 5, ("double", SEA): [0.0] * 5})
    said = words.summary(results.load(worse))
    assert "No method beats none" in said and "do harm: double" in said


@pytest.mark.parametrize(("value", "text"), [(-0.001, "0.00"), (0.005, "0.01"), (-0.25, "-0.25"), (1, "1.00")])
def test_numbers_have_two_decimals_and_zero_has_no_sign(value: float, text: str) -> None:
    assert words.digits(value) == text


def test_lists_read_as_phrases() -> None:
    assert [words.listed(x) for x in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_the_title_is_the_question(tmp_path: Path) -> None:
    asked = fill(tmp_path / "a", {("none", SEA): [0.1]}, text="Does it help? Two tasks.\n\nMore.")
    named = fill(tmp_path / "b", {("none", SEA): [0.1]}, text="A name.\n\nMore.")
    bare = fill(tmp_path / "c", {("none", SEA): [0.1]})
    titles = [words.title(results.load(f)) for f in (asked, named, bare)]
    assert titles == ["Does it help?", "A name", "Benchmark “made”"]
