"""Designs in whole Python: vetted, trained on, resumed and written, and the trainer never runs a line of them."""

import builtins
import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
from core.sandbox.jail.servers import refusing
from designed_line import BATCH, CONTEXT, GOOD, LAZY, Answers, Train, fenced

from rewardlab.core.errors import BadOption, BadReward, DesignFailed, SandboxUnavailable
from rewardlab.core.sandbox import Signature
from rewardlab.core.sandbox.jail import session
from rewardlab.rewards.language.auto_mc_reward import AutoMCReward
from rewardlab.rewards.language.design.context import Context
from rewardlab.rewards.language.design.loop import design_reward
from rewardlab.rewards.language.design.system import Proposal, System
from rewardlab.rewards.language.reward_file import edited, load_reward, read_head, write_reward

SIGNATURE = Signature.of_batch(BATCH)
PYTHON = replace(CONTEXT, signature=SIGNATURE, language="python")
CLASSES = """import builtins, os
from collections import deque

builtins.PLAYED_HERE = os.getpid()

class Goal:
    def __init__(self): self.at = deque([1.0])
    def away(self, x):
        while True:
            try: return abs(x - self.at[0])
            except IndexError: self.at.append(1.0)

GOAL = Goal()

def reward(obs, action, next_obs, info):
    near = -GOAL.away(next_obs[0])
    return near, {"near": near}
"""
READS = CLASSES + "\nopen('/etc/hostname').read()\n"
COUNTS = "n = [0]\ndef reward(obs):\n    n[0] += 1\n    return n[0]\n"
FORGES = "import os\ndef reward(obs):\n    os.write(3, bytes(99)); return 1.0\n"
HANGS = "def reward(obs):\n    while obs[0] < 9: pass\n"
LATER = """import os
calls = [0]
def reward(next_obs):
    calls[0] += 1
    if calls[0] > 400: DOES
    return -abs(next_obs[0] - 1.0)
"""


@dataclass
class Asks(System):
    """Asks the same question; its programs are what those of any system are."""

    repairs: int = 1
    name: str = "asks"

    def propose(self, run):
        return [Proposal(run.prompt(run.context.text(), i)) for i in range(run.size)]

    def reflect(self, run):
        return f"best {run.best.name if run.best else 'none'}"


def go(by, *, system=None, train=None, context=PYTHON, **options):
    ask = by if isinstance(by, Answers) else Answers(by)
    given = {"rounds": 1, "size": 2, **options}
    return design_reward(system or Asks(), context, ask, train or Train(), BATCH, **given)


def test_a_program_in_whole_python_wins_and_is_played_elsewhere(tmp_path):
    train = Train()
    made = go({0: fenced(LAZY), 1: fenced(CLASSES)}, train=train, transcript=tmp_path / "t.jsonl")
    assert [r.program.open for r in train.trained] == [False, False]
    assert made.best.name == "1.2" and made.best.trained.success == 1.0
    assert not hasattr(builtins, "PLAYED_HERE")
    assert set(made.best.verdict.report["layers"]) >= {"landlock", "seccomp"}
    lines = [json.loads(x) for x in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert lines[0]["settings"] == {"language": "python"}
    assert [x["source"] for x in lines if x["kind"] == "candidate"] == [LAZY, CLASSES]
    assert made.best.analysis is not None and "near" in made.best.analysis.text()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (READS, "PermissionError"),
        (COUNTS, "pay differently"),
        (FORGES, "none"),
        ("import socket\ns = socket.socket()\n" + GOOD, "PermissionError"),
        ("import subprocess\nsubprocess.run(['ls'])\n" + GOOD, "Error"),
        (GOOD.replace("near = ", "near = 1.0 / 0 + "), "ZeroDivisionError"),
        (GOOD.replace("next_obs[0]", "info['gripper']"), "KeyError: 'gripper'"),
        (GOOD.replace("-abs", "float('nan') * abs"), "not finite"),
        ("def reward(obs):\n    return 1.0\n", "constant"),
    ],
)
def test_what_is_wrong_goes_back_to_the_designer_and_is_mended(source, said):
    ask = Answers({0: fenced(source), "0.1": fenced(CLASSES)})
    made = go(ask, size=1)
    assert made.best.repairs == 1 and made.best.source == CLASSES and len(ask.asked) == 2
    assert said in ask.asked[1] and "classes" in ask.asked[0]  # the rules that were told are those of Python


def test_one_that_hangs_costs_its_time_and_no_more(monkeypatch):
    from functools import partial

    from rewardlab.core.sandbox import Limits, vet_python_many

    vet = partial(vet_python_many, limits=Limits(seconds=0.5, seconds_per_row=0.05))
    made = go({0: fenced(HANGS), "0.1": fenced(HANGS), 1: fenced(CLASSES)}, vet=vet)
    assert made.best.name == "1.2" and "did not finish within 0.5 s" in made.candidates[0].verdict.problems[0]


@pytest.mark.parametrize(("does", "said"), [("os._exit(3)", "exit code 3"), ("raise ValueError('enough')", "enough")])
def test_one_that_turns_bad_in_training_is_below_all_others(does, said):
    def fails(reward):
        try:
            for _ in range(20):
                reward(BATCH)
        except BadReward as e:
            return str(e)
        return None

    made = go({0: fenced(LATER.replace("DOES", does)), 1: fenced(LAZY)}, train=Train(fails=fails))
    late, other = made.candidates
    assert late.accepted and said in late.trained.error and made.best is other and made.ranking == (other,)
    with pytest.raises(DesignFailed, match=said):
        go({0: fenced(LATER.replace("DOES", does))}, size=1, train=Train(fails=fails))


def test_a_run_that_was_stopped_goes_on_and_asks_vets_and_trains_nothing_twice(tmp_path):
    def dialogue(p):
        return fenced((CLASSES if p.key[3] else LAZY) + f"# {p.key}\n")

    whole = go(Answers(dialogue), rounds=2, transcript=tmp_path / "whole.jsonl")
    path = tmp_path / "t.jsonl"
    with pytest.raises(KeyboardInterrupt):
        go(Answers(dialogue), rounds=2, transcript=path, train=Train(kill_after=3))
    rest, train = Answers(dialogue), Train()
    again = go(rest, rounds=2, transcript=path, train=train)
    assert not rest.asked and len(train.trained) == 1
    assert again.best.source == whole.best.source and again.reflections == whole.reflections
    with pytest.raises(BadOption, match="language"):  # what was vetted as one language is not gone on with as another
        go(Answers(dialogue), rounds=2, transcript=path, context=replace(PYTHON, language="numeric"))


def test_a_finished_run_plays_again_where_there_are_no_walls_and_an_open_one_stops(tmp_path, monkeypatch):
    path = tmp_path / "t.jsonl"
    made = go({0: fenced(LAZY), 1: fenced(CLASSES)}, transcript=path)
    weak = refusing("seccomp")
    monkeypatch.setattr(session, "server", lambda pid: weak)
    try:
        again = go({}, transcript=path, train=Train(kill_after=0))
        assert again.best.source == made.best.source
        train = Train()
        with pytest.raises(SandboxUnavailable, match="seccomp"):
            go({0: fenced(CLASSES)}, size=1, train=train)
        cut = [x for x in path.read_text().splitlines() if json.loads(x)["kind"] in ("design", "answer", "candidate")]
        path.write_text("\n".join(cut) + "\n")
        with pytest.raises(SandboxUnavailable, match="seccomp"):  # vetted before; not each training a failure
            go({}, transcript=path, train=train)
        assert not train.trained
    finally:
        weak.close()


def test_it_is_a_file_that_the_worker_loads_again(tmp_path):
    made = go({0: fenced(CLASSES)}, size=1)
    task = {"env": "x/Line-v0", "task": "go to 1", "system": "asks", "signature": SIGNATURE}
    path = write_reward(made.best, tmp_path / "reward.py", **task, language="python")
    head, source = read_head(path)
    assert head["language"] == "python" and source == CLASSES and not edited(path)
    loaded = load_reward(path)
    assert np.allclose(loaded(BATCH), -np.abs(BATCH.next_obs[:, 0] - 1.0)) and "seccomp" in loaded.program.layers
    assert not hasattr(builtins, "PLAYED_HERE")
    assert np.array_equal(load_reward(path, SIGNATURE)(BATCH), loaded(BATCH))
    path.write_text(path.read_text().replace("[1.0]", "[0.5]"))
    assert edited(path)


def test_auto_mc_reward_joins_whole_python():
    two = """class Side:
    goal = 1.0

def dense(obs, next_obs):
    try: return abs(obs[0] - Side.goal) - abs(next_obs[0] - Side.goal)
    except TypeError: return 0.0

def sparse(next_obs):
    return 1.0 if next_obs[0] > 0.99 else 0.0
"""
    made = go({0: fenced(two)}, system=AutoMCReward(reviewed=False), size=1)
    assert made.best.trained.success == 1.0 and set(made.best.trained.parts or {}) <= {"dense", "sparse"}


def test_there_are_two_languages():
    with pytest.raises(BadOption, match="perl"):
        Context("x", "y", "z", SIGNATURE, language="perl")
    assert "classes" in PYTHON.text() and "no imports" in replace(PYTHON, language="numeric").text()
