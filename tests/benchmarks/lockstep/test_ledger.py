"""Results stay from run to run as long as nothing they depend on has changed."""

import json

import pytest

from rewardlab.benchmarks.lockstep.ledger import ROOT, Ledger
from rewardlab.core.errors import BadStore


def test_results_come_back_for_the_same_settings_only(tmp_path):
    path = tmp_path / "out.json"
    Ledger(path, {"steps": 5, "seed": 0}).add("A", {"steps": 5})
    again = Ledger(path, {"steps": 5, "seed": 0})
    assert again.ids == {"A": {"steps": 5}}
    again.add("B", {"steps": 6})
    assert Ledger(path, {"steps": 5, "seed": 0}).ids == {"A": {"steps": 5}, "B": {"steps": 6}}
    assert Ledger(path, {"steps": 5, "seed": 1}).ids == {}
    whole = json.loads(path.read_text())
    assert set(whole) == {"date", "machine", "versions", "settings", "ids"}
    assert whole["versions"]["minigrid"] == whole["settings"]["minigrid"]


def test_results_of_other_sources_are_left_behind(tmp_path):
    path = tmp_path / "out.json"
    Ledger(path, {"steps": 5}).add("A", {})
    path.write_text(path.read_text().replace('"sources": "', '"sources": "x'))
    assert Ledger(path, {"steps": 5}).ids == {}


def test_no_file_keeps_nothing_and_is_no_fault(tmp_path):
    ledger = Ledger(None, {})
    ledger.add("A", {"steps": 1})
    assert ledger.ids == {"A": {"steps": 1}} and not any(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "[]", '{"settings": {}}', '{"ids": {}}'])
def test_another_file_is_not_overwritten(tmp_path, text):
    path = tmp_path / "notes.json"
    path.write_text(text)
    with pytest.raises(BadStore, match="not a file of results"):
        Ledger(path, {})
    assert path.read_text() == text


def test_the_evidence_shows_no_difference_and_leaves_nothing_out():
    from contracts.chosen import TABLES

    kept = json.loads((ROOT / "benchmarks" / "evidence" / "lockstep.json").read_text(encoding="utf-8"))
    names = [name.removeprefix("rewardlab/") for name in TABLES]
    ids = {name for name in names if name.startswith(("MiniGrid-", "BabyAI-"))}
    without = {
        "MiniGrid-WFC-ObstaclesAngular-v0",
        "MiniGrid-WFC-ObstaclesHogs3-v0",
    }  # whose levels take minutes to grow
    assert ids - without <= set(kept["ids"]) <= ids and kept["settings"]["steps"] == 20_000
    for name, result in kept["ids"].items():
        assert result["difference"] is None and result["steps"] >= 20_000, name
        assert result["successes"] >= 20 or name == "MiniGrid-Playground-v0", name
    assert "/" not in json.dumps(kept["machine"])
