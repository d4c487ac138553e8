import numpy as np
import pytest

from rewardlab.benchmarks.effects import language_vision
from rewardlab.benchmarks.effects.effect import decide
from rewardlab.benchmarks.effects.language_vision import distance, effects, measured, paying, states_only
from rewardlab.benchmarks.effects.language_vision_scenes import Room
from rewardlab.core.reward import Reward


class Labels(Reward):
    """The predicate, scaled and moved."""

    def __call__(self, batch):
        return 3.0 * Room.label(batch.next_obs) - 1.0


class Column(Reward):
    """Something else."""

    def __call__(self, batch):
        return batch.next_obs[:, 4]


def test_the_distance_is_0_for_the_truth_and_pearsons_for_what_sees_states_alone():
    assert distance(Room, Labels(), 0, chooses=False) == pytest.approx(0.0, abs=1e-6)
    x = Room.states(language_vision.LABELLED, np.random.default_rng([0, 3]))
    rho = np.corrcoef(x[:, 4], Room.label(x))[0, 1]
    assert distance(Room, Column(), 0, chooses=False) == pytest.approx(np.sqrt((1 - rho) / 2), abs=1e-9)
    assert distance(Room, Column(), 0, chooses=True) != distance(Room, Column(), 0, chooses=False)
    np.testing.assert_array_equal(paying(Labels())(x), Labels()(states_only(x)))


def test_an_encoder_is_measured_with_an_alpha_above_0(monkeypatch):
    monkeypatch.setattr(language_vision, "LABELLED", 30)
    language_vision.reward.cache_clear()
    language_vision.chosen.cache_clear()
    found = measured(Room, "", 5)
    language_vision.chosen.cache_clear()
    assert set(found) == {"distance", "alpha", "success"}
    assert 0 < found["alpha"] <= 1
    assert 0 <= found["distance"] <= 1
    assert 0 <= found["success"] <= 1


def test_every_claim_names_sides_that_measure_it():
    for effect in effects():
        assert effect.name.startswith("language_vision_")
        measures = {"distance": 0.4, "alpha": 0.5, "success": 0.5, "correlation": 0.1}
        table = decide(effect, [[measures] * 3 for _ in effect.arms])
        assert len(table["claims"]) == len(effect.claims)
        assert {c["verdict"] for c in table["claims"]} <= {"undecided", "shown", "contradicted", "tie"}
