import dataclasses
import functools

import numpy as np
import pytest

from rewardlab.benchmarks.evaluation import make_vec
from rewardlab.benchmarks.preference_runs import asked, judged, table_of, tabulated, train_preferences
from rewardlab.benchmarks.suites import preferences
from rewardlab.benchmarks.train import TIMES
from rewardlab.rewards.preference import BradleyTerry


def small(env, **change):
    """A case of the suite in little."""
    case = next(c for c in preferences.CASES if c.env == env and c.method == "default")
    options = {**case.reward.keywords, "labels": 20, "rounds": 2, "epochs": 2, **change}
    return dataclasses.replace(case, reward=functools.partial(asked, **options), budget=600, episodes=4)


def test_a_run_learns_a_reward_and_is_judged_by_the_tasks(tmp_path):
    case = small("rewardlab/GridWorld-v0")
    one, two = (train_preferences(case, 3, tmp_path) for _ in range(2))
    assert np.isnan(one.pop("epic")) and np.isnan(two.pop("epic"))  # which no table has
    assert {k: v for k, v in one.items() if k not in TIMES} == {k: v for k, v in two.items() if k not in TIMES}
    assert one["labels"] == 20 and len(one["rounds"]) == 2 and one["rewards"] == ["BradleyTerry"]
    assert 0.3 < one["accuracy"] <= 1 and 0 <= one["starc"] <= 1 and one["curve"][-1][0] >= 600
    assert sum(n for _, _, n in one["reliability"]) <= 500
    plain = next(c for c in preferences.CASES if c.env == case.env and c.method == "none")
    alone = train_preferences(dataclasses.replace(plain, budget=600, episodes=4), 3, tmp_path)
    assert alone["labels"] == 0 and alone["rewards"] == ["Task"] and "accuracy" not in alone


def test_the_true_reward_is_at_no_distance_and_foretells_every_answer():
    case = small("rewardlab/Glucose-v0")
    envs = make_vec(case, 8)
    asking = case.reward(envs, 0)

    class Truth:
        def __call__(self, batch):
            return asking.utility(batch)

        def probabilities(self, pairs):
            gap = asking.utility(pairs).sum(-1) @ [1.0, -1.0]
            return 1 / (1 + np.exp(-50 * gap))[None]

    found = judged(dataclasses.replace(asking, model=Truth()), envs, seed=0)
    assert found["accuracy"] == 1.0 and found["calibration"] < 0.02 and found["starc"] == pytest.approx(0, abs=1e-6)
    against = dataclasses.replace(asking, model=lambda batch: -asking.utility(batch))
    mdp = table_of(envs)
    assert np.allclose(tabulated(against.model, mdp), -tabulated(asking.utility, mdp))


def test_distances_of_a_task_without_a_table_are_sampled():
    case = small("Pendulum-v1")
    envs = make_vec(case, 8)
    asking = case.reward(envs, 0)

    class Truth(BradleyTerry):
        def __call__(self, batch):
            return asking.utility(batch)

    assert table_of(envs) is None
    mine = dataclasses.replace(asking, model=Truth())
    assert judged(mine, envs, seed=0)["epic"] < 0.02
