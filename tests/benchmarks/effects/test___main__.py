"""The command as a person would type it, without a run."""

import runpy
import sys

import pytest


def test_the_command_says_its_budget(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["effects", "--only", "orpo_exact", "--seeds", "2", "--dry"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("rewardlab.benchmarks.effects", run_name="__main__")
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert told.startswith("2 effects, about ") and "orpo_exact_random" in told
