"""The overhead benchmark: every number exists, every goal is measured, and memory is flat."""

import json
from pathlib import Path

import numpy as np
import pytest

from rewardlab.benchmarks import overhead
from rewardlab.benchmarks.figures import Figure, table
from rewardlab.benchmarks.programs import Size

EVIDENCE = Path(overhead.__file__).parent / "evidence" / "overhead.json"


@pytest.fixture(scope="module")
def found() -> list[Figure]:
    return overhead.figures(Size(repeats=1, steps=10, rows=1_000_000))


def test_every_figure_is_a_number_with_a_unit(found: list[Figure]) -> None:
    assert len({f.name for f in found}) == len(found) == 19
    for f in found:
        assert np.isfinite(f.value) and f.unit, f.name
        assert f.peer_value is None or (f.peer and np.isfinite(f.peer_value)), f.name


def test_every_goal_is_measured(found: list[Figure]) -> None:
    goals = [(f.unit, f.at_least, f.at_most) for f in found if f.holds is not None and f.at_most != f.peer_value]
    assert set(goals) == {
        ("million rows/s", 20.0, None),
        ("ns/row", None, 30.0),
        ("% of the iteration", None, 5.0),
        ("% above the bare step", None, 30.0),
        ("s", None, 0.15),
        ("bytes/row", None, 2.0),
        ("MB", None, 2.0),
        ("more", None, 0.0),
    }


def test_the_bridge_is_held_against_the_loop_of_stable_baselines(found: list[Figure]) -> None:
    held = [f for f in found if f.peer == "SB3 DummyVecEnv"]
    assert len(held) == 3 and all(f.at_most == f.peer_value for f in held)


def test_a_million_paid_rows_leave_nothing_behind(found: list[Figure]) -> None:
    last = [f for f in found if f.unit in ("bytes/row", "MB", "more")]
    assert len(last) == 4 and all(f.holds for f in last), table(last)


def test_the_evidence_is_of_these_figures_and_names_no_path(found: list[Figure]) -> None:
    text = EVIDENCE.read_text(encoding="utf-8")
    written = json.loads(text)
    short = {f.name.replace("1e6", "1e7") for f in found}
    assert {f["name"] for f in written["figures"]} == short
    assert written["machine"]["processor"] and "/" not in json.dumps(written["machine"])


def test_a_missed_goal_is_an_exit_code(
    found: list[Figure], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    slow = Figure("slow thing", 3.0, "s", at_most=1.0)
    for shown, code in (([slow], 1), ([Figure("fast thing", 0.5, "s", at_most=1.0)], 0)):
        monkeypatch.setattr(overhead, "figures", lambda size, shown=shown: shown)
        assert overhead.main(overhead.Overhead(quick=True, out=tmp_path)) == code
        assert shown[0].name in capsys.readouterr().out
    assert (tmp_path / "overhead.json").exists()
