"""What a run folder holds."""

import re
from pathlib import Path

import numpy as np
import pytest
from fake_results import BANDIT, SEA, fill, two_methods

from rewardlab.benchmarks import report, results, words
from rewardlab.core.errors import BadStore
from rewardlab.core.store import Store


def test_scores_that_are_no_numbers_count_as_random(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [float("nan"), 0.0, 0.0, 0.0, float("inf")]})
    assert re.search(r"none +0\.00", report.table(tmp_path))
    assert report.write(tmp_path).exists()


def test_names_lose_namespace_and_version() -> None:
    assert [results.short(x) for x in ("rewardlab/DeepSea-v0", "CartPole-v1", "a/b/C-D-v10")] == [
        "DeepSea", "CartPole", "C-D",
    ]  # fmt: skip
    assert words.digits(-0.001) == "0.00"


def test_folders_without_results_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadStore, match="no results here"):
        report.table(tmp_path)
    Store(tmp_path / results.FILE).close()
    with pytest.raises(BadStore, match="no finished run yet"):
        report.write(tmp_path)


def test_cells_curves_and_estimates(tmp_path: Path) -> None:
    r = results.load(two_methods(tmp_path))
    assert r.methods == ["none", "double"] and r.envs == [SEA, BANDIT] and r.seeds == (5, 5)
    assert r.covered("double") == [SEA] and r.estimate("double", BANDIT) is None and r.curve("double", BANDIT) is None
    assert r.beside("double").value == pytest.approx(0.1 / 3) and r.beside("none") is None
    assert (r.asked("double", SEA), r.asked("double", BANDIT), r.unscored) == (5, 0, 0)
    assert r.solved_by(SEA) == ["double"] and r.solved_by(BANDIT) == []
    steps, values = r.curve("none", BANDIT)  # type: ignore[misc]
    np.testing.assert_array_equal(steps, [0, 25, 50, 75, 100])
    np.testing.assert_allclose(values[:, -1], [0.5, 0.6, 0.5, 0.7, 0.6])
    better = r.improvement("double")
    assert better is not None and better.value == 1.0 and r.improvement("none") is None
    whole = r.overall("none")
    assert whole is not None and whole.value == pytest.approx(1.9 / 6)  # 0, 0.1, 0.2, 0.5, 0.5, 0.6
