"""Two loops beside each other: intervals with known answers, the table, the file."""

import json
from pathlib import Path

import numpy as np
import pytest

from rewardlab.benchmarks import learning
from rewardlab.benchmarks.learning import Learning, Parity, budget, interval, label, merged, parities, table
from rewardlab.benchmarks.results import Results
from rewardlab.benchmarks.suites import learning as suite
from rewardlab.core.errors import UnknownName

ENV = "CartPole-v1"


def record(method: str, seed: int, final: float, cpu: float) -> dict:
    return {"method": method, "env": ENV, "seed": seed, "final": final, "cpu_seconds": cpu, "curve": [[0, final, None]]}


def results(finals: dict[str, list[float]]) -> Results:
    runs = [record(m, k, x, 4.0 if "SB3" in m else 2.0) for m, xs in finals.items() for k, x in enumerate(xs)]
    return Results(Path("x"), {"metric": "score"}, {}, runs)


def test_intervals_of_constants_are_points_and_of_draws_cover() -> None:
    assert interval([3.0, 3.0]) == (3.0, 3.0, 3.0) and interval([3.0] * 4, [1.0] * 2) == (2.0, 2.0, 2.0)
    draws = np.random.default_rng(0).normal(size=400)
    value, low, high = interval(draws)
    assert value == pytest.approx(draws.mean()) and high - low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    _, low, high = interval(draws, draws[::-1])
    assert high - low == pytest.approx(2 * 1.96 * 2**0.5 / 20, rel=0.15)


def test_loops_that_differ_are_told_from_loops_that_do_not() -> None:
    (same,) = parities(results({"PPO, ours": [400, 500, 450], "PPO, SB3": [420, 480, 470], "DQN, ours": [1]}).records)
    assert same.same and same.cpu == 2.0 and same.seeds == (3, 3) and (same.algorithm, same.env) == ("PPO", ENV)
    (worse,) = parities(results({"PPO, ours": [100, 120, 110], "PPO, SB3": [420, 480, 470]}).records)
    assert not worse.same and worse.difference[0] == pytest.approx(110 - 1370 / 3)
    text = table([same, worse]).splitlines()
    assert len(text) == 3 and text[1].startswith("PPO CartPole") and "differs" not in text[1] and "differs" in text[2]


def test_the_budget_is_printed_first_and_a_dry_run_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(learning.harness, "run", lambda *_, **__: pytest.fail("ran"))
    assert learning.main(Learning(dry=True)) == 0
    assert f"{5 * len(suite.CASES)} runs, about {budget():.1f} core-hours" in capsys.readouterr().out
    assert 0 < budget() < 3
    assert learning.main(Learning(dry=True, only=("DQN/Acrobot",))) == 0
    some = [case for case in suite.CASES if label(case) == "DQN/Acrobot"]
    assert f"10 runs, about {budget(some):.1f} core-hours" in capsys.readouterr().out
    with pytest.raises(UnknownName, match="Hoper"):
        Learning(only=("PPO/Hoper",))


def test_runs_of_other_trainings_stay_and_those_of_the_same_go() -> None:
    fresh = [record("PPO, ours", 0, 5.0, 1.0), record("PPO, SB3", 0, 6.0, 1.0)]
    held = [
        record("PPO, ours", 1, 1.0, 1.0),
        {**record("PPO, ours", 3, 2.0, 1.0), "env": "Acrobot-v1"},
        {**record("PPO, ours", 4, 2.0, 1.0), "env": "Gone-v1"},
        record("DQN, ours", 2, 3.0, 1.0),
    ]
    assert [(r["method"], r["env"], r["seed"]) for r in merged(fresh, held)] == [
        ("PPO, ours", ENV, 0), ("PPO, SB3", ENV, 0), ("PPO, ours", "Acrobot-v1", 3), ("DQN, ours", ENV, 2),
    ]  # fmt: skip


def test_the_file_holds_parity_and_curves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = results({"PPO, ours": [400, 500], "PPO, SB3": [420, 480]})
    monkeypatch.setattr(learning.harness, "run", lambda *_, **__: tmp_path)
    monkeypatch.setattr(learning, "load", lambda place: found)
    monkeypatch.setattr(learning.report, "table", lambda place: "TABLE")
    monkeypatch.setattr(learning.report, "write", lambda place: place / "report.html")
    assert learning.main(Learning(out=tmp_path / "kept" / "l.json")) == 0
    assert "TABLE" in capsys.readouterr().out
    written = json.loads((tmp_path / "kept" / "l.json").read_text(encoding="utf-8"))
    assert written["parity"][0]["same"] and len(written["runs"]) == 4
    assert all(r["source"] == written["versions"]["source"] and r["date"] for r in written["runs"])
    assert Parity(**{k: v for k, v in written["parity"][0].items() if k != "same"}).env == ENV


def test_a_report_of_what_is_finished_runs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(learning.harness, "run", None)
    monkeypatch.setattr(learning, "load", lambda place: results({"PPO, ours": [400, 500], "PPO, SB3": [420, 480]}))
    monkeypatch.setattr(learning.report, "table", lambda place: "TABLE")
    monkeypatch.setattr(learning.report, "write", lambda place: place / "report.html")
    assert learning.main(Learning(report=True, folder=tmp_path, out=tmp_path / "l.json")) == 0
    assert (tmp_path / "l.json").exists()
