"""Play behind the designer loop: recipes, varied batches, recorded episodes that equal the evaluation's."""

import numpy as np
import pytest

from rewardlab.benchmarks.design_play import Recipe, record, recorded_batch
from rewardlab.benchmarks.evaluation import evaluate
from rewardlab.rewards.language.design.trajectories import analyse

REACHER, DOOR, SEA = "rewardlab/SparseReacher-v0", "rewardlab/MiniGrid-DoorKey-5x5-v0", "rewardlab/DeepSea-v0"


def test_the_zoo_comes_first_and_spaces_decide_elsewhere():
    door = Recipe.of(DOOR)
    assert door.rows == 64 and door.env_kwargs == {"observation": "flat"} and door.zoo is not None
    assert Recipe.of(SEA).arguments["ent_coef"] > 0 == Recipe.of(REACHER).arguments["ent_coef"]
    envs = Recipe.of(SEA).make(SEA, rows=3)
    assert envs.num_envs == 3
    envs.close()


def test_a_batch_holds_what_is_rare_and_no_hidden_column():
    batch = recorded_batch(REACHER, rows=400, most=12_800)
    assert len(batch) == 400 and set(batch.info) == {"distance", "fingertip", "target", "success"}
    won = batch.info["success"].astype(bool)
    assert 5 <= won.sum() <= 50 and np.all(batch.reward[won] == 1.0) and batch.done.sum() >= 50
    again = recorded_batch(REACHER, rows=400, most=12_800)
    assert np.array_equal(again.obs, batch.obs) and np.array_equal(again.action, batch.action)
    assert not np.array_equal(recorded_batch(REACHER, rows=400, most=12_800, seed=1).obs, batch.obs)


class Same:
    """An agent that always does the same."""

    def __init__(self, action):
        self.action = action

    def predict(self, obs, **_):
        return np.full(len(obs), self.action), None


@pytest.mark.parametrize("action", [0, 1])
def test_what_is_recorded_is_what_was_evaluated(action):
    envs = Recipe.of(SEA).make(SEA, rows=6)
    value, success = evaluate(Same(action), envs, seed=3, episodes=6)
    steps = record(Same(action), envs, seed=3)
    envs.close()
    found = analyse(steps)
    assert found.task_return == pytest.approx(value) and found.success == success and found.episodes == 6
