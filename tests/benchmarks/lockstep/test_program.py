"""The program: which ids a pattern means, what the table says, what is repeated and what is not."""

import json
from dataclasses import asdict

import pytest

from rewardlab.benchmarks.lockstep.program import Lockstep, main, matching, table
from rewardlab.benchmarks.lockstep.report import Difference, Report
from rewardlab.core.errors import BadOption, UnknownName


def test_patterns_name_minigrids_ids():
    assert len(matching("*")) == 178
    assert len(matching("BabyAI-*")) == 96 and len(matching("MiniGrid-*")) == 82
    assert matching("MiniGrid-DoorKey-5x5-v0") == ["MiniGrid-DoorKey-5x5-v0"]
    with pytest.raises(UnknownName, match="DoorKye"):
        matching("DoorKye")


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"seed": -1}, {"jobs": 0}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(BadOption, match=next(iter(wrong))):
        Lockstep(**wrong)


def test_the_table_tells_all_four_ends():
    solver = {"solver": Report(successes=20, episodes=21).plain()}
    found = {
        "Same": {**Report(steps=10, successes=21).plain(), "players": solver},
        "Other": {**Report(difference=Difference("image", 4, (1,), "a", "b")).plain(), "players": {}},
        "Gone": {"not_made": "FileNotFoundError: x.png"},
        "Broken": {"failed": "Traceback: boom"},
    }
    lines = table(found).splitlines()
    assert lines[1].split() == ["Same", "10", "0", "21", "20/21", "equal"]
    assert lines[2].endswith("image differs") and lines[3].endswith("not made: FileNotFoundError: x.png")
    assert lines[4].endswith("failed") and "level 4" in table(found) and "boom" in table(found)
    assert lines[-1] == "1 equal, 1 differ, 1 failed, 1 not made by MiniGrid; 10 steps, 21 successes"


def test_a_finished_id_is_not_repeated_and_a_failed_one_is(tmp_path, capsys):
    path = tmp_path / "out.json"
    options = Lockstep(ids="MiniGrid-WFC-[MD]*", steps=10, jobs=1, out=path)
    assert main(options, progress=False) == 0
    written = json.loads(path.read_text())
    assert len(written["ids"]) == 2 and all("not_made" in r for r in written["ids"].values())
    assert main(options, progress=False) == 0
    assert json.loads(path.read_text())["date"] == written["date"]  # nothing was run, nothing was written
    task = "MiniGrid-WFC-MazeSimple-v0"
    written["ids"][task] = {"failed": "killed"}
    path.write_text(json.dumps(written))
    assert main(options, progress=False) == 0
    assert "not_made" in json.loads(path.read_text())["ids"][task]
    assert "2 not made by MiniGrid" in capsys.readouterr().out


def test_a_difference_is_an_exit_status(tmp_path, capsys):
    path, task = tmp_path / "out.json", "MiniGrid-WFC-MazeSimple-v0"
    options = Lockstep(ids=task, steps=10, jobs=1, out=path)
    main(options, progress=False)
    written = json.loads(path.read_text())
    differs = Report(steps=3, difference=Difference("reward", 1, (2,), "1.0", "0.5"))
    written["ids"][task] = {**asdict(differs), "players": {}}
    path.write_text(json.dumps(written))
    assert main(options, progress=False) == 1
    assert "reward differs, level 1" in capsys.readouterr().out
