import numpy as np
import pytest
from steps import random_steps, steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import CountBonus, EnsembleMean, Milestones, WorstCase


class Head(Task):
    def __init__(self, i):
        self.i = i

    def __call__(self, batch):
        return batch.column("heads")[..., self.i]


def heads(values):
    values = np.asarray(values, dtype=float)
    return steps(values.shape[:-1], heads=values)


def test_fitted_members_have_zero_mean_and_unit_deviation_on_the_reference():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(500, 3)) * [1.0, 50.0, 0.01] + [0.0, -7.0, 3.0]
    ensemble = EnsembleMean(tuple(map(Head, range(3))))
    np.testing.assert_array_equal(ensemble.scores(heads(values)), values.T)  # unscaled before
    ensemble.fit(heads(values))
    scores = ensemble.scores(heads(values))
    np.testing.assert_allclose(scores.mean(-1), 0, atol=1e-12)
    np.testing.assert_allclose(scores.std(-1), 1, atol=1e-12)
    assert ensemble.scores(heads(rng.normal(size=(4, 5, 3)))).shape == (3, 4, 5)


def test_normalising_lets_every_member_speak():
    """Of two normal heads with scales 1 and 1000 the first has a say only if both are fitted: then as in min(a, b)."""
    values = np.random.default_rng(1).normal(size=(20_000, 2)) * [1.0, 1000.0]
    raw, fair = WorstCase((Head(0), Head(1))), WorstCase((Head(0), Head(1)))
    fair.fit(heads(values))
    assert np.corrcoef(raw(heads(values)), values[:, 0])[0, 1] < 0.03
    closed = 0.5 / np.sqrt(1 - 1 / np.pi)  # cov(min(a, b), a) = 1/2, var(min(a, b)) = 1 - 1/π
    assert np.corrcoef(fair(heads(values)), values[:, 0])[0, 1] == pytest.approx(closed, abs=0.02)


def test_a_fitted_ensemble_is_kept():
    ensemble, other = EnsembleMean((Head(0), CountBonus())), EnsembleMean((Head(0), CountBonus()))
    batch = random_steps(12, np.random.default_rng(2))
    batch = batch.paying(batch.reward, heads=np.random.default_rng(3).normal(size=(12, 1)))
    ensemble.update(batch.rows(slice(0, 6)))
    ensemble.fit(batch)
    other.load_state_dict(ensemble.state_dict())
    np.testing.assert_array_equal(other(batch), ensemble(batch))
    with pytest.raises(BadCheckpoint, match="centre"):
        other.load_state_dict({**ensemble.state_dict(), "centre": np.zeros(3)})


def test_reference_samples_must_tell_and_members_must_stand_alone():
    batch = random_steps(6, np.random.default_rng(4))
    with pytest.raises(BadBatch, match=r"member 1: the same pay everywhere"):
        EnsembleMean((Task(), CountBonus())).fit(batch)
    with pytest.raises(BadBatch, match=r"member 0: a pay that is NaN"):
        EnsembleMean((Task(),)).fit(steps(2, reward=[1.0, np.nan]))
    with pytest.raises(BadOption, match="remembers the episode"):
        EnsembleMean((Milestones({"stage": 1.0}),)).fit(batch)
    with pytest.raises(BadOption, match="members"):
        EnsembleMean(())
