"""A design whose process is killed at once, wherever it stood: no answer is lost, none is asked for twice."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from designed_line import BATCH, CONTEXT, GOOD, LAZY, Answers, Scripted, Train, fenced, vet

from rewardlab.rewards.language.design.loop import design_reward

TESTS = Path(__file__).parents[3]
CHILD = """
import os, signal, sys
from test_killed import Answers, dialogue, go
from rewardlab.rewards.language.design import transcript

moment, lines = int(sys.argv[2]), 0
class Killed(transcript.Transcript):
    def add(self, kind, key, **what):
        global lines
        lines += 1
        if lines > moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().add(kind, key, **what)

import rewardlab.rewards.language.design.loop as loop
loop.Transcript = Killed
go(Answers(dialogue), sys.argv[1])
"""


def dialogue(p):
    return fenced((GOOD if p.key[3] else LAZY) + f"# {p.key}\n")


def go(ask, path):
    return design_reward(Scripted(), CONTEXT, ask, Train(), BATCH, rounds=2, size=2, vet=vet, transcript=path)


def kinds(path):
    return [(x["kind"], x["key"]) for x in map(json.loads, path.read_text().splitlines())]


@pytest.mark.parametrize("moment", [0, 2, 4, 7, 11, 16])
def test_a_kill_repeats_nothing(tmp_path, moment):
    whole, path = tmp_path / "whole.jsonl", tmp_path / "t.jsonl"
    made = go(Answers(dialogue), whole)
    place = {"PYTHONPATH": f"{TESTS}:{Path(__file__).parent}", "PATH": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", CHILD, path, str(moment)], env=place, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    kept = path.read_bytes() if path.exists() else b""
    rest = Answers(dialogue)
    again = go(rest, path)
    assert path.read_bytes().startswith(kept) and kinds(path) == kinds(whole) and len(kinds(path)) > moment
    answered = [k for kind, k in map(tuple, kinds(whole)) if kind == "answer"][: kept.count(b'"kind": "answer"')]
    assert [list(p.key) for p in rest.asked] == [
        k for kind, k in kinds(whole) if kind == "answer" and k not in answered
    ]
    assert again.best.source == made.best.source and again.reflections == made.reflections
