"""One run: judged on the true reward, the same bits every time, logged where TensorBoard finds it."""

import dataclasses
import json
import sys

import fake_training
import numpy as np
import pytest

from rewardlab.benchmarks import harness, suites
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.results import FILE
from rewardlab.benchmarks.train import TIMES, train_one
from rewardlab.core.errors import BadOption
from rewardlab.core.store import Store

fake_training.register()
SLOW = pytest.mark.slow
CASE = Case(
    fake_training.PROXY, "none", fake_training.none, fake_training.script,
    budget=30, seeds=(0, 1), num_envs=3, evaluations=4, episodes=3,
)  # fmt: skip
SEA = Case(
    "rewardlab/DeepSea-v0", "bonus", fake_training.bonus, fake_training.ppo,
    env_kwargs={"size": 4}, budget=160, seeds=(0, 1), num_envs=2, evaluations=4, episodes=2,
)  # fmt: skip


def same(record):
    return {k: v for k, v in record.items() if k not in TIMES}


def test_the_record_counts_true_reward_of_first_episodes(tmp_path):
    r = train_one(CASE, 1, tmp_path)
    # Rows do action 0, 1, 2 for ever: true returns 3, 0, -3; only the third ends with success.
    assert [p[1] for p in r["curve"]] == [0.0] * 5
    assert [p[2] for p in r["curve"]] == [pytest.approx(1 / 3)] * 5
    assert [p[0] for p in r["curve"]] == [0, 9, 15, 24, 30]  # 7, 15, 22 and 30, in whole steps of three rows
    assert r["final"] == 0.0 and r["score"] == r["area"] == -0.5  # (0 - random 1) / (3 - 1)
    assert (r["random_return"], r["optimal_return"], r["base_seed"]) == (1.0, 3.0, 10**6)
    assert r["pay"] == {"paid": pytest.approx(10 / 3), "task": pytest.approx(10 / 3), "true": pytest.approx(-2 / 3),
                        "task_part": pytest.approx(10 / 3)}  # fmt: skip
    assert r["versions"]["numpy"] == np.__version__ and len(r["versions"]["source"]) == 12
    assert json.loads(json.dumps(r)) == r


def test_a_scaled_task_is_told_apart_from_the_task(tmp_path):
    pay = train_one(dataclasses.replace(CASE, method="half", reward=fake_training.half), 0, tmp_path)["pay"]
    assert pay["paid"] == pay["task_part"] == pytest.approx(5 / 3) and pay["task"] == pytest.approx(10 / 3)


def test_training_and_evaluation_leave_each_other_alone(tmp_path):
    # An agent that is evaluated more often learns the same.
    smoke = suites.load("smoke").cases[1]
    few, many = (train_one(dataclasses.replace(smoke, evaluations=n, budget=2000), 0, tmp_path) for n in (2, 10))
    assert few["curve"][-1] == many["curve"][-1] and few["pay"] == many["pay"]


def test_a_factory_that_gives_no_reward_is_named(tmp_path):
    with pytest.raises(BadOption, match=r"the reward factory gave 3\.0"):
        train_one(dataclasses.replace(CASE, reward=fake_training.no_reward), 0, tmp_path)


@pytest.mark.parametrize(("seeds", "budget"), [((0, 2), 1000), pytest.param(tuple(range(9)), 8000, marks=SLOW)])
def test_stored_runs_come_out_again_bit_by_bit(tmp_path, seeds, budget):
    smoke = suites.load("smoke").cases
    cases = [dataclasses.replace(c, budget=budget, evaluations=4, seeds=seeds) for c in smoke]
    stored = {}
    for k, part in enumerate((cases, [SEA])):  # in workers that have no torch at first
        harness.run(part, tmp_path / f"{k}", jobs=1, progress=False)
        with Store(tmp_path / f"{k}" / FILE) as s:
            stored |= s.results()
    assert len(stored) == 2 * len(seeds) + 2
    for case in [*cases, SEA]:
        for seed in case.seeds:
            again = train_one(case, seed, tmp_path / "b")
            assert same(again) == same(stored[case.key(seed)])
    assert stored[SEA.key(0)]["pay"] != stored[SEA.key(1)]["pay"]  # and another seed is another run


def test_stable_baselines_learns_in_one_go_with_its_schedule(tmp_path, monkeypatch):
    from stable_baselines3 import PPO

    seen = []
    before = PPO._update_current_progress_remaining
    monkeypatch.setattr(
        PPO,
        "_update_current_progress_remaining",
        lambda self, done, total: (seen.append(1 - done / total), before(self, done, total))[1],
    )
    r = train_one(SEA, 0, tmp_path)
    assert seen == pytest.approx([0.8, 0.6, 0.4, 0.2, 0.0])  # five rollouts of 32 of 160, falling once
    assert [p[0] for p in r["curve"]] == [0, 40, 80, 120, 160]
    assert r["agent_class"] == "PPO" and r["rewards"] == ["Task", "CountBonus"]
    assert "stable_baselines3" in sys.modules
