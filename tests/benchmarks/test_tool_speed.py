"""The cost of tools: what is timed is answered rightly, and the file tells what was reached."""

import json

import pytest

from rewardlab.benchmarks import tool_speed
from rewardlab.benchmarks.tool_speed import GOALS, GROUPED, QUERY, Talk, ToolSpeed, main, towns
from rewardlab.core.errors import BadOption
from rewardlab.envs.text.tools import SQL, Calculator


def test_what_is_timed_is_an_answer() -> None:
    talk = Talk(SQL(), towns())
    lines = talk(QUERY).splitlines()
    assert lines[0] == "name | people" and lines[-1] == "(5 rows)"
    assert talk(GROUPED).splitlines()[0] == "river | count(*) | sum(people)"
    talk.tool.close()
    assert Talk(Calculator())("3+4") == "7"
    with pytest.raises(RuntimeError, match="division by zero"):
        Talk(Calculator())("1/0")


def test_the_file_tells_figures_goals_and_what_was_reached(tmp_path, capsys) -> None:
    code = main(ToolSpeed(repeats=1, out=tmp_path / "e" / "t.json"))
    kept = json.loads((tmp_path / "e" / "t.json").read_text(encoding="utf-8"))
    assert set(GOALS) < set(kept["measured"]) and all(v > 0 for v in kept["measured"].values())
    assert kept["reached"] == {k: kept["measured"][k] <= goal for k, goal in GOALS.items()}
    assert code == (0 if all(kept["reached"].values()) else 1)
    assert "replay of ten calls, ms" in capsys.readouterr().out


def test_what_is_missed_is_an_exit_code(tmp_path, monkeypatch) -> None:
    values = dict.fromkeys(GOALS, 1.0)
    monkeypatch.setattr(tool_speed, "measured", lambda repeats: values)
    assert main(ToolSpeed(out=tmp_path / "a")) == 1  # a call of 1 ms
    values.update({"SQL call, ms": 0.5, "Python call, ms": 0.3})
    assert main(ToolSpeed(out=tmp_path / "a")) == 0
    with pytest.raises(BadOption, match="repeats=0"):
        ToolSpeed(repeats=0)
