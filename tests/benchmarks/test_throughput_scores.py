"""Scores: ratios, floors, and the table and the file that say the same."""

import json
from pathlib import Path

import pytest

from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.throughput_scores import NOTES, Score, save, table
from rewardlab.benchmarks.throughput_turns import Laps

OURS = Laps([3e-9, 2e-9, 7e-9], [2e-9, 1e-9, 4e-9])
PEERS = Laps([600e-9, 900e-9, 1500e-9], [500e-9, 400e-9, 100e-9])


def test_ratios_are_of_medians_on_each_clock() -> None:
    score = Score.of("step", OURS, peer="peer", against=PEERS)
    assert (score.value, score.least, score.cpu, score.cpu_least) == pytest.approx((3, 2, 2, 1))
    assert (score.peer_value, score.peer_cpu) == pytest.approx((900, 400))
    assert score.ratio == pytest.approx(300) and score.ratio_cpu == pytest.approx(200)
    assert score.holds is None and score.lands is None


@pytest.mark.parametrize(("unit", "value"), [("ns", 3.0), ("µs", 3e-3), ("s", 3e-9), ("ns/level", 3.0)])
def test_units_scale(unit: str, value: float) -> None:
    assert Score.of("step", OURS, unit=unit).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("goal", "holds", "lands"),
    [((301.0, 400.0), False, False), ((299.0, 301.0), True, False), ((200.0, 299.0), True, True)],
)
def test_with_a_peer_a_floor_is_how_many_times_as_fast_by_the_wall_clock(
    goal: tuple[float, float], holds: bool, lands: bool
) -> None:
    score = Score.of("step", OURS, peer="peer", against=PEERS, goal=goal)
    assert (score.holds, score.lands) == (holds, lands)


@pytest.mark.parametrize(
    ("value", "holds", "lands"), [(1024.0, True, False), (1025.0, False, False), (512.0, True, True)]
)
def test_without_a_peer_a_floor_is_the_most_that_it_may_be(value: float, holds: bool, lands: bool) -> None:
    score = Score("memory", "B", value, value, floor=1024.0, moonshot=512.0)
    assert (score.holds, score.lands) == (holds, lands)
    assert score.ratio is None and score.ratio_cpu is None


def test_the_table_says_what_fails() -> None:
    shown = [
        Score.of("slow", OURS, peer="peer", against=PEERS, goal=(500.0, 2000.0)),
        Score.of("fast", OURS, peer="peer", against=PEERS, goal=(200.0, 2000.0)),
        Score.of("faster", OURS, peer="peer", against=PEERS, goal=(200.0, 250.0)),
        Score("big", "B", 2000.0, 2000.0, floor=1024.0),
        Score.of("alone", OURS),
    ]
    head, *lines = table(shown).splitlines()
    assert [line.split()[0] for line in lines] == [s.name for s in shown]
    verdicts = [[w for w in line.split() if w in ("FAILS", "holds", "moonshot")] for line in lines]
    assert verdicts == [["FAILS"], ["holds"], ["moonshot"], ["FAILS"], []]
    assert "300" in lines[0] and "(2)" in lines[0] and "<=1024" in lines[3]
    at = head.index("floor") + len("floor")
    assert lines[0][:at].endswith(" 500") and lines[3][:at].endswith("<=1024")  # columns stand below their names


def test_the_file_holds_scores_machine_versions_and_how(tmp_path: Path) -> None:
    shown = [Score.of("slow", OURS, peer="peer", against=PEERS, goal=(500.0, 2000.0)), Score("big", "B", 2.0, 2.0)]
    file = tmp_path / "new" / "throughput.json"
    save(shown, file, measured={"rounds": 3})
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["scores"] == [s.row() for s in shown] and written["measured"] == {"rounds": 3}
    assert written["scores"][0]["holds"] is False and written["scores"][0]["ratio"] == pytest.approx(300)
    assert written["machine"].keys() == machine().keys() and {"minigrid", "numba"} <= written["versions"].keys()
    assert written["notes"] == list(NOTES) and any("CPU second" in note for note in NOTES)
    assert "/" not in json.dumps(written["machine"])
