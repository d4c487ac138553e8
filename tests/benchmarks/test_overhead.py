"""The overhead benchmark: every number exists, the table and the files say the same, and memory is flat."""

import json
from pathlib import Path

import numpy as np
import pytest

from rewardlab.benchmarks import overhead
from rewardlab.benchmarks.figures import Figure, save, table
from rewardlab.benchmarks.measure import growth, holdings, interleaved, machine
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


def test_a_million_paid_rows_leave_nothing_behind(found: list[Figure]) -> None:
    last = [f for f in found if f.unit in ("bytes/row", "MB", "more")]
    assert len(last) == 4 and all(f.holds for f in last), table(last)


def test_a_leak_is_seen() -> None:
    kept: list[np.ndarray] = []
    leaky = growth(
        lambda: kept.append(np.ones(500_000)), rows_per_step=1000, rows=12_000, warm=2000, every=5000
    )  # 4 MB a step
    assert leaky.bytes_per_row > 1000 and leaky.bytes > 20e6
    files: list[object] = []
    leaky = growth(
        lambda: files.append(Path(__file__).open()),  # noqa: SIM115
        rows_per_step=1,
        rows=8,
        warm=2,
        every=6,
    )
    assert leaky.descriptors == 6
    for file in files:
        file.close()  # type: ignore[attr-defined]
    assert holdings().threads >= 1


def test_programs_take_turns() -> None:
    order: list[str] = []
    times = interleaved({k: (lambda k=k: order.append(k)) for k in "abc"}, repeats=3)
    assert "".join(order) == "abc" + "abc" + "bca" + "cab"
    assert set(times) == set("abc") and all(t.cpu >= 0 and t.wall > 0 for t in times.values())


def test_goals() -> None:
    assert Figure("x", 3.0, "s").holds is None
    assert Figure("x", 3.0, "s", at_most=3.0).holds is True
    assert Figure("x", 3.1, "s", at_most=3.0).holds is False
    assert Figure("x", 3.1, "s", at_least=3.0, at_most=4.0).holds is True
    assert Figure("x", 2.9, "s", at_least=3.0, at_most=4.0).holds is False
    assert Figure("x", 3.0, "s", peer="y", peer_value=2.0).ratio == 1.5


def test_the_table_and_the_files_say_the_same(tmp_path: Path) -> None:
    shown = [Figure("slow thing", 3.0, "s", 4.0, "fast thing", 2.0, at_most=1.0), Figure("flat thing", 0.0, "MB")]
    text = table(shown)
    assert "slow thing" in text and "FAILS" in text and "1.5" in text and "fast thing" in text
    save(shown, tmp_path / "new", "overhead", size={"repeats": 1})
    written = json.loads((tmp_path / "new" / "overhead.json").read_text(encoding="utf-8"))
    assert written["figures"][0] == shown[0].row() and written["size"] == {"repeats": 1}
    assert written["machine"].keys() == machine().keys()
    assert (tmp_path / "new" / "overhead.png").read_bytes().startswith(b"\x89PNG")


def test_the_evidence_is_of_these_figures_and_names_no_path(found: list[Figure]) -> None:
    text = EVIDENCE.read_text(encoding="utf-8")
    written = json.loads(text)
    short = {f.name.replace("1e6", "1e7") for f in found}
    assert {f["name"] for f in written["figures"]} == short
    assert written["machine"]["processor"] and "/" not in json.dumps(written["machine"])
