"""The program of the training speeds: tables, file, floors, and what it refuses."""

import json
from pathlib import Path

import pytest

from rewardlab.benchmarks import training_speed as program
from rewardlab.benchmarks.throughput_scores import Score
from rewardlab.benchmarks.throughput_turns import Laps
from rewardlab.benchmarks.training_speed import TrainingSpeed, compared, main, speeds, to_target
from rewardlab.benchmarks.training_speed_targets import Reached
from rewardlab.core.errors import BadOption, UnknownName

PEER = Laps([4e-4], [8e-4])
RUNS = {
    "ours": [Reached(k, 1000, 2.0, 3.0, True) for k in range(3)],
    "SB3": [Reached(k, 2000, 12.0, 15.0, k < 2) for k in range(3)],
}


def score(us: float) -> Score:
    return Score.of(
        "PPO x: ours", Laps([us * 1e-6], [2 * us * 1e-6]), unit="µs", peer="SB3", against=PEER, goal=(4.0, 10.0)
    )


@pytest.mark.parametrize(("us", "code", "word"), [(101.0, 1, "FAILS"), (99.0, 0, "holds"), (39.0, 0, "moonshot")])
def test_tables_file_and_exit_code(
    us: float, code: int, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = []
    monkeypatch.setattr(program, "steps", lambda size, contests, told: asked.append(contests) or [score(us)])
    monkeypatch.setattr(program, "races", lambda task, seeds: asked.append((task, seeds)) or RUNS)
    out = tmp_path / "kept" / "x.json"
    assert main(TrainingSpeed(algorithms=("SAC",), seeds=7, out=out)) == code
    assert [c.algorithm for c in asked[0]] == ["SAC"] and asked[1:] == [(task, 7) for task in program.TASKS]
    shown = capsys.readouterr().out
    assert word in shown and "2/3" in shown and all(task in shown for task in program.TASKS)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["scores"][0]["holds"] is not bool(code) and written["machine"]["cores"] >= 1
    assert written["targets"][program.TASKS[0]]["ratios"]["SB3"]["cpu"]["ratio"] == pytest.approx(6.0)
    assert len(written["targets"][program.TASKS[1]]["runs"]["ours"]) == 3
    assert main(TrainingSpeed(algorithms=("SAC",), targets=False, out=out)) == code and len(asked) == 4
    assert json.loads(out.read_text(encoding="utf-8"))["targets"] == written["targets"]


def test_a_quick_look_writes_nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "EVIDENCE", Path("/nowhere/x.json"))
    monkeypatch.setattr(program, "steps", lambda *_, **__: [])
    seeds = []
    monkeypatch.setattr(program, "races", lambda task, n: seeds.append(n) or RUNS)
    assert main(TrainingSpeed(quick=True)) == 0 and seeds == [2, 2]
    assert TrainingSpeed(quick=True).size.rounds == 2 < TrainingSpeed().size.rounds


def test_ratios_say_how_many_times_as_much_the_peer_needs() -> None:
    found = compared(RUNS)
    assert found.keys() == {"SB3"}
    assert [found["SB3"][k]["ratio"] for k in ("steps", "cpu", "wall")] == pytest.approx([2.0, 6.0, 5.0])
    text = to_target("T", RUNS).splitlines()
    assert text[-1].split()[:5] == ["SB3", "2000", "12.00", "15.00", "2/3"]
    assert "2.00 [2.00, 2.00], 6.00 [6.00, 6.00]" in text[-1]


def test_speeds_are_steps_per_second_of_both_clocks_each_once() -> None:
    lines = speeds([score(100.0), score(100.0)]).splitlines()
    assert len(lines) == 2 and lines[1].split() == ["PPO", "x:", "ours", "10000", "5000"]


def test_mistakes_are_refused() -> None:
    with pytest.raises(BadOption, match="seeds"):
        TrainingSpeed(seeds=0)
    with pytest.raises(UnknownName, match="PPO"):
        TrainingSpeed(algorithms=("PPo",))
