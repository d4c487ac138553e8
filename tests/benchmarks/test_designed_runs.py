"""Runs of the suite of designed rewards: what a side pays, and what a record says of a design."""

import dataclasses
import json
from functools import partial

import numpy as np
import pytest

from rewardlab.benchmarks import designed_runs as runs
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.designed_tasks import TASKS
from rewardlab.core.reward import Task

TASK = next(t for t in TASKS if "Maze" in t.env)
SOURCE = 'def reward(obs, action, next_obs, info):\n    return -0.01 * info["distance"]\n'
SIGNATURE = json.dumps({
    "obs": {"shape": [4], "kind": "float"},
    "action": {"shape": [2], "kind": "float"},
    "info": {"parts": {"distance": {"shape": [], "kind": "float"}}},
})  # fmt: skip


def case_of(reward, method="recorded"):
    return Case(
        env=TASK.env, method=method, reward=reward, agent=partial(runs.ppo, budget=128, recipe=TASK.recipe),
        budget=128, seeds=(0,), num_envs=TASK.rows, evaluations=1, episodes=2, scale=TASK.scale, update_every=8,
    )  # fmt: skip


def test_a_designed_side_pays_its_program_beside_the_task(tmp_path, monkeypatch):
    held = {"source": SOURCE, "signature": SIGNATURE, "author": "hand", "success": 0.5, "audit": {"passed": True}}
    path = tmp_path / "designs.json"
    path.write_text(json.dumps({runs.title(TASK.env, "recorded"): held}), encoding="utf-8")
    monkeypatch.setattr(runs.designs, "__defaults__", (path,))
    record = runs.train_designed(case_of(partial(runs.recorded, source=SOURCE, signature=SIGNATURE)), 0, tmp_path)
    assert record["design"]["author"] == "hand" and record["design"]["side"] == "recorded"
    assert record["rewards"] == ["Task", "Programmed"] and "signature" not in record["design"]
    pay = record["pay"]
    assert pay["paid"] == pytest.approx(pay["task"] + pay["programmed"]) and pay["programmed"] < 0
    other = SOURCE.replace("0.01", "0.02")
    changed = runs.train_designed(case_of(partial(runs.recorded, source=other, signature=SIGNATURE)), 0, tmp_path)
    assert changed["design"] == {"side": "recorded", "source": other}  # nothing is claimed of another program


def test_the_other_sides_pay_what_they_are_called():
    envs = TASK.recipe.make(TASK.env, rows=2)
    assert runs.none(envs, 0) is None
    hand = runs.by_hand(envs, 0, shaping=TASK.shaping)
    curious = runs.curious(envs, 0, weight=0.25)
    assert repr(hand).startswith(repr(Task())) and "Progress" in repr(hand) and "RND" in repr(curious)
    assert "0.25" in repr(curious)
    envs.close()
    plain = dataclasses.asdict(case_of(runs.none, "none"))
    assert plain["method"] == "none"


def test_programs_are_the_same_for_each_seed():
    envs = TASK.recipe.make(TASK.env, rows=2)
    made = [runs.evolved(envs, seed, source=SOURCE, signature=SIGNATURE) for seed in (0, 1)]
    envs.close()
    assert repr(made[0]) == repr(made[1])


def test_without_a_file_there_are_no_designs(tmp_path):
    assert runs.designs(tmp_path / "none.json") == {} and np.size(list(runs.designs())) >= 0
