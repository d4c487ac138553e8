"""Rows beside their references: healthy ones are equal through every reset, faults of one row are found in that row."""

import numpy as np
import pytest
from gymnasium.vector import SyncVectorEnv
from lockstep_twin import LateReward, Lives, StaleText, Twin, WrongLevel, reference, rows, text

from rewardlab.benchmarks.lockstep.compare_vector import compare_vector
from rewardlab.benchmarks.lockstep.players import anyone, busy, solver, uniform
from rewardlab.core.errors import BadOption

DOORKEY, LAVA, FETCH = "MiniGrid-DoorKey-5x5-v0", "MiniGrid-LavaGapS5-v0", "MiniGrid-Fetch-5x5-N2-v0"
UNLOCK, DODGE = "BabyAI-UnlockToUnlock-v0", "MiniGrid-Dynamic-Obstacles-5x5-v0"


def run(envs, task, play, *, steps=120, seed=0):
    return compare_vector(envs, lambda: reference(task), play, steps=steps, seed=seed, read=text)


@pytest.mark.parametrize(
    "task", [DOORKEY, LAVA, FETCH, "BabyAI-UnlockToUnlock-v0", "MiniGrid-Dynamic-Obstacles-5x5-v0"]
)
def test_healthy_rows_show_no_difference(task):
    report = run(rows(Twin, task, 3), task, anyone)
    assert report.difference is None
    assert report.steps == 360
    assert report.episodes == 3 + report.successes + report.failures + report.truncations


def test_a_row_whose_player_ends_goes_on():
    report = run(rows(Twin, DOORKEY, 2), DOORKEY, lambda env, rng: iter(()), steps=260)
    assert (report.steps, report.difference) == (520, None)
    assert report.truncations >= 1


@pytest.mark.parametrize(
    ("kind", "task", "play", "what"),
    [
        (LateReward, DOORKEY, solver, "reward"),
        (StaleText, FETCH, busy, "mission"),
        (WrongLevel, FETCH, busy, "image"),
        (Lives, LAVA, busy, "terminated"),
    ],
)
def test_a_fault_of_the_last_row_is_found_there(kind, task, play, what):
    kinds = [Twin, Twin, kind]
    healthy = rows(Twin, task, 3)
    envs = SyncVectorEnv([lambda k=k: k(task) for k in kinds], autoreset_mode=healthy.metadata["autoreset_mode"])
    found = run(envs, task, play, steps=400).difference
    assert found is not None and (found.what, found.row) == (what, 2)


class Late(SyncVectorEnv):
    """The last observation of an episode is the first of the next one."""

    def step(self, actions):
        obs, *rest, info = super().step(actions)
        if "final_obs" in info:
            shown = [{k: v[i] for k, v in obs.items()} for i in range(self.num_envs)]
            info["final_obs"] = np.array([s if info["_final_obs"][i] else None for i, s in enumerate(shown)])
        return obs, *rest, info


def test_a_wrong_final_observation_is_found():
    healthy = rows(Twin, DOORKEY, 2)
    envs = Late([lambda: Twin(DOORKEY)] * 2, autoreset_mode=healthy.metadata["autoreset_mode"])
    found = run(envs, DOORKEY, solver).difference
    assert found is not None and found.what == "final image"


def test_rows_that_reset_a_step_later_are_refused():
    with pytest.raises(BadOption, match="SameStep"):
        run(SyncVectorEnv([lambda: Twin(DOORKEY)]), DOORKEY, uniform)
