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
    table = report.table(tmp_path)
    assert "no ranking is claimed" in table and "from the worst to the" in table
    said = words.summary(results.load(tmp_path))
    assert "ranks no method" in said and "highest" not in said and "beat" not in said and "double 0.93 (0.15)" in said


def test_the_summary_is_made_from_the_numbers(folder: Path, tmp_path: Path) -> None:
    said = words.summary(results.load(folder))
    assert said.startswith("Two ways of paying an agent, on two environments, with 5 seeds each: 15 runs")
    assert "by the whole interval: double" in said and "DeepSea is solved with double alone" in said
    assert "double 0.95 (0.03)" in said  # in the one environment that both have, not 0.32 over two
    assert "Nothing here solves BernoulliBandit" in said
    worse = fill(tmp_path / "w", {("none", SEA): [0.9] * 5, ("double", SEA): [0.0] * 5})
    said = words.summary(results.load(worse))
    assert "No method beats “none”" in said and "do harm: double" in said


def test_what_an_environment_shows_is_counted(tmp_path: Path) -> None:
    scores = {"none": [0.1, 0.2, 0.9], "far": [0.96, 1.0, 0.97], "near": [0.91, 0.92, 0.93], "low": [0.0, 0.04, 0.03]}
    r = results.load(fill(tmp_path, {(m, SEA): x for m, x in scores.items()}))
    assert words.learned(r, SEA) == (
        "Runs that scored above 0.8: 3 of 3 with far and near, 1 of 3 with “none”, 0 of 3 with low. "
        "All runs with far scored more than all with “none”, by 0.05 at least. "
        "All runs with low scored less than all with “none”, by 0.05 at least."
    )
    same = results.load(fill(tmp_path / "same", {("none", SEA): [0.5] * 3, ("near", SEA): [0.52] * 3}))
    assert words.learned(same, SEA).endswith("No method's runs lie apart from those with “none”.")
    alone = results.load(fill(tmp_path / "alone", {("near", SEA): [0.5]}))
    assert words.learned(alone, SEA) == "Runs that scored above 0.8: 0 of 1 with near."


def test_one_run_has_no_interval(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [0.1], ("double", SEA): [0.9]})
    table = report.table(tmp_path)
    assert "[" not in table and table.count("one run") >= 4  # two cells, two averages
    report.write(tmp_path)


def test_scores_that_are_not_finite_are_told_of(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [0.1, float("nan"), 0.3]})
    assert "one run ended without a finite score" in report.table(tmp_path)


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


def test_a_line_is_written_at_once(capsys):
    words.show("one")
    words.show("two\n")
    assert capsys.readouterr().out == "one\ntwo\n"
