"""The throughput program: all parts, the table, the file, and what it exits with."""

import importlib
import json
from pathlib import Path

import pytest

from rewardlab.benchmarks import throughput
from rewardlab.benchmarks.throughput import Throughput, all_scores, main
from rewardlab.benchmarks.throughput_scores import NOTES, Score
from rewardlab.benchmarks.throughput_turns import Laps, Size
from rewardlab.core.errors import BadOption, UnknownName

TASK = "MiniGrid-DoorKey-5x5-v0"
PEER = Laps([1e-4], [1e-4])


def score(ns: float) -> Score:
    return Score.of("x 1024", Laps([ns * 1e-9], [ns * 1e-9]), peer="peer", against=PEER, goal=(500.0, 2000.0))


@pytest.mark.parametrize(("ns", "code", "word"), [(201.0, 1, "FAILS"), (199.0, 0, "holds"), (49.0, 0, "moonshot")])
def test_a_missed_floor_is_an_exit_code(
    ns: float, code: int, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = []
    monkeypatch.setattr(throughput, "all_scores", lambda *of: asked.append(of) or [score(49.0), score(ns)])
    out = tmp_path / "kept" / "throughput.json"
    assert main(Throughput(id=TASK, seconds=0.5, rounds=7, out=out)) == code
    assert asked == [(TASK, Size(seconds=0.5, rounds=7))]
    shown = capsys.readouterr().out
    assert TASK in shown and word in shown and all(note in shown for note in NOTES)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert [s["holds"] for s in written["scores"]] == [True, not code]
    assert written["measured"]["id"] == TASK and written["measured"]["rounds"] == 7 and "envpool" in written["measured"]


def test_all_parts_are_measured_in_the_order_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = ("stepping", "control", "levels", "starting", "memory", "rollouts")
    asked = []
    for k, name in enumerate(parts):
        one = Score(name, "B", k, k)
        monkeypatch.setattr(throughput, name, lambda *of, one=one, **_: asked.append(of[-1]) or [one])
    size = Size(seconds=0.1)
    assert [s.name for s in all_scores(TASK, size)] == list(parts) and asked == [size] * len(parts)


def test_a_missing_floor_is_not_a_missed_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(throughput, "all_scores", lambda *_: [Score("size", "B", 9e9, 9e9)])
    assert main(Throughput(out=tmp_path / "x.json")) == 0


@pytest.mark.parametrize("error", [ImportError, ModuleNotFoundError, FileNotFoundError])
def test_envpool_is_left_out_where_it_cannot_be_imported(error: type, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise error(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    assert throughput.envpool() is None
    monkeypatch.setattr(importlib, "import_module", lambda name: name)
    assert throughput.envpool() == "envpool"


def test_an_id_that_is_not_minigrids_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="MiniGrid-DoorKey-8x8-v0"):
        Throughput(id="MiniGrid-DoorKey-8x8")
    with pytest.raises(UnknownName):
        Throughput(id="CartPole-v1")
    assert Throughput().id == "MiniGrid-DoorKey-8x8-v0"


def test_no_time_is_refused_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(throughput, "all_scores", lambda *_: pytest.fail("measured"))
    with pytest.raises(BadOption, match="seconds"):
        main(Throughput(seconds=0.0, out=tmp_path / "x.json"))


def test_the_file_is_kept_beside_the_other_evidence() -> None:
    assert Throughput().out.parent == Path(throughput.__file__).parent / "evidence"
    assert (Throughput().out.parent / "overhead.json").exists()


def test_the_evidence_is_of_these_scores_and_names_no_path() -> None:
    written = json.loads(throughput.EVIDENCE.read_text(encoding="utf-8"))
    names = {s["name"] for s in written["scores"]}
    assert {"gymnasium.make", "x 1024, 1 thread: make_vec", "memory x 8192: rows"} <= names
    assert written["measured"]["rounds"] == 15 and "/" not in json.dumps(written["machine"])
