"""Wrong labels and unclear pairs as the task says, every arm once, and claims that can be decided."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_noise as noise
from rewardlab.benchmarks.effects.program import effects
from rewardlab.rewards import BradleyTerry


def test_pairs_are_as_wrong_and_as_alike_as_the_task_says():
    task = noise.ClosePairs(0, pairs=4000)
    q = task.quality(task.items.obs[:, :, 0])
    assert ((q[:, 0] > q[:, 1]) == (task.truth > 0.5)).all()
    assert task.turned.mean() == pytest.approx(0.2, abs=0.02)
    assert ((task.items.info["label"] != task.truth) == task.turned).all()
    near = np.linalg.norm(task.items.obs[:, 0, 0] - task.items.obs[:, 1, 0], axis=-1) < 1
    assert near.mean() == pytest.approx(0.2, abs=0.03)
    assert np.abs(q[:, 0] - q[:, 1])[near].mean() < np.abs(q[:, 0] - q[:, 1])[~near].mean() / 5


@pytest.mark.parametrize("change", list(noise.CHANGES))
def test_every_change_of_labels_is_learned(change):
    found = noise.relearned(0, change=change, epochs=2)
    assert 55 < found["accuracy"] <= 100 and found["auc"] > 80 and found["precision"] > 60


def test_the_quality_itself_is_always_right():
    task = noise.ClosePairs(1, pairs=50)

    class Truth(BradleyTerry):
        def segment_scores(self, items):
            import torch

            return torch.as_tensor(task.quality(items.obs[:, :, 0]))[None]

    assert task.tested(Truth()) == task.tested(Truth(), scale=2.0, shift=1.0) == 100


def test_a_policy_shifts_and_models_are_tested_elsewhere():
    plain = noise.shifted(0, eta=0.0, rounds=1, epochs=2, prompts=20)
    meta = noise.shifted(0, eta=1.0, rounds=1, epochs=2, prompts=20)
    assert plain != meta and plain == noise.shifted(0, eta=0.0, rounds=1, epochs=2, prompts=20)
    assert plain["fall"] == pytest.approx(plain["accuracy"] - plain["shifted"])
    found = noise.elsewhere(0, make=noise.ContrastiveReward, epochs=2)
    assert found["elsewhere"] != found["accuracy"] > 55


def test_claims_name_sides_and_measures_that_there_are():
    every = noise.effects()
    assert len({e.name for e in every}) == len(every) and all(e.name.startswith("preference_noise_") for e in every)
    for effect in every:
        sides = {a.side for a in effect.arms}
        assert {s for c in effect.claims for s in (c.side, c.against)} <= sides, effect.name
    assert {e.name for e in every} <= {e.name for e in effects()}
    assert sum(e.cost(5) for e in every) < 400
