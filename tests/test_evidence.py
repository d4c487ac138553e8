"""The record of a long run: made by a run, and the one that is kept."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from rewardlab.core.catalogue import ROOT

TESTS = """
import pytest

@pytest.mark.parametrize("k", [1, 2])
def test_good(k):
    pass

def test_bad():
    assert False

@pytest.fixture
def broken():
    raise OSError

def test_unready(broken):
    pass
"""


ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}  # where the copied conftest finds what it imports


def test_a_run_writes_what_it_did(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "test_some.py").write_text(TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--evidence",
        "out.json",
        "-c",
        "/dev/null",
    ]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(tmp_path)], cwd=tmp_path, capture_output=True, env=ENV
    )
    assert done.returncode == 1, done.stdout
    kept = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    outcomes = {name.rpartition("::")[2]: t["outcome"] for name, t in kept["tests"].items()}
    assert outcomes == {
        "test_good[1]": "passed",
        "test_good[2]": "passed",
        "test_bad": "failed",
        "test_unready": "error",
    }
    assert kept["counts"] == {"passed": 2, "failed": 1, "error": 1} and kept["ended_well"] is False
    assert all(t["seconds"] >= 0 for t in kept["tests"].values()) and kept["machine"]["cores"] >= 1


def test_the_last_long_run_is_kept_and_went_well() -> None:
    kept = json.loads((ROOT / "benchmarks/evidence/long.json").read_text(encoding="utf-8"))
    assert kept["ended_well"] and set(kept["counts"]) == {"passed"} and kept["counts"]["passed"] == len(kept["tests"])
    assert re.fullmatch("[0-9a-f]{40}", kept["commit"]) and not kept["changed_since"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", kept["machine"]["date"])
    assert any("[50-50]" in name for name in kept["tests"])  # the sweep that is killed fifty times


def test_the_last_long_run_of_bandits_processes_games_and_dialogues_is_kept_and_went_well() -> None:
    kept = json.loads((ROOT / "benchmarks/evidence/long_contracts.json").read_text(encoding="utf-8"))
    assert kept["ended_well"] and kept["counts"] == {"passed": sum(law["passed"] for law in kept["laws"].values())}
    assert all(re.fullmatch("[0-9a-f]{40}", p["commit"]) and not p["changed_since"] for p in kept["parts"])
    assert len(kept["ids"]) > 200 and all(law["passed"] >= len(kept["ids"]) / 3 for law in kept["laws"].values())
