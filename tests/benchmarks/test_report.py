"""The table, and what is written beside it."""

import re
from pathlib import Path

import pytest
from fake_results import SEA, fill, two_methods

from rewardlab.benchmarks import metrics, report
from rewardlab.core.errors import BadStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return two_methods(tmp_path)


def test_the_table_shows_the_numbers(folder: Path) -> None:
    text = report.table(folder)
    lines = text.splitlines()
    assert re.search(r"DeepSea +Bernoulli +average +none there +beats none", text)
    none = next(i for i, line in enumerate(lines) if line.startswith("none"))
    double = next(i for i, line in enumerate(lines) if line.startswith("double"))
    assert none < double  # the baseline first, whatever the order of cases
    assert re.fullmatch(r"none +0\.03 +0\.57 +0\.32 +– +–", lines[none])  # by hand: 0.1 / 3, 1.7 / 3, 1.9 / 6
    assert re.fullmatch(r"double +0\.95 ✓ +– +0\.95 \* +0\.03 +1\.00", lines[double])
    e = metrics.stratified_bootstrap([[0.5, 0.6, 0.5, 0.7, 0.6]])
    assert f"[{e.low:.2f}, {e.high:.2f}]" in lines[none + 1]
    assert "no ranking" not in text and "✓ solved" in text


def test_other_metrics_fill_the_table(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [0.4] * 5}, metric="area")
    assert re.search(r"none +0\.20", report.table(tmp_path)) and "averaged over training" in report.table(tmp_path)
    report.write(tmp_path)


def test_an_earlier_page_survives_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = report.write(folder).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BadStore, match="No space left"):
        report.write(folder)
    monkeypatch.undo()
    assert (folder / "report.html").read_bytes() == before
    assert not list(folder.rglob("*.tmp"))
