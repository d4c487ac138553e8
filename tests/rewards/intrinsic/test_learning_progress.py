from dataclasses import dataclass

import numpy as np
import pytest
from novelty_worlds import visits_of
from steps import steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards import CountBonus, EpisodicCount, LearningProgress


def told(region, errors):
    """Steps whose error is their reward."""
    n = len(errors)
    return steps(n, obs=np.full(n, region) if np.ndim(region) == 0 else np.asarray(region), reward=errors)


@pytest.mark.parametrize("sizes", [[1] * 60, [7] * 9, [60], [3, 50, 1, 2]])
def test_it_is_the_fall_between_the_halves_of_the_last_errors_of_a_region(sizes):
    rng, reward, plain = np.random.default_rng(0), LearningProgress(Task(), window=4), {}
    for n in sizes:
        region, error = rng.integers(0, 3, n), rng.normal(size=n)
        reward.update(told(region, error))
        for r, e in zip(region.tolist(), error.tolist(), strict=True):
            plain.setdefault(r, []).append(e)
        expected = []
        for r in range(4):
            last = plain.get(r, [])[-8:]
            h = len(last) // 2
            expected.append(np.mean(last[-2 * h : -h]) - np.mean(last[-h:]) if h else 0.0)
        np.testing.assert_allclose(reward(visits_of(np.arange(4))), expected, rtol=1e-9, atol=1e-12)


@dataclass
class Surprise(Reward):
    """-log of the Laplace estimate of P(s' | s), learned from counts: a forward model of a small world."""

    states: int

    def __post_init__(self):
        self.seen = np.ones((self.states, self.states))

    def __call__(self, batch):
        chance = self.seen / self.seen.sum(1, keepdims=True)
        return -np.log(chance[batch.obs, batch.next_obs])

    def update(self, batch):
        np.add.at(self.seen, (batch.obs.ravel(), batch.next_obs.ravel()), 1)
        return {}


def test_noise_pays_error_for_ever_and_progress_hardly_at_all():
    rng, reward = np.random.default_rng(1), LearningProgress(Surprise(12), window=50)
    lasting = {"noise": [], "rule": []}
    progress = {"noise": [], "rule": []}
    for t in range(1000):
        rows = {"noise": np.zeros(2, int), "rule": np.ones(2, int)}
        after = {"noise": rng.integers(0, 12, 2), "rule": np.full(2, 5)}
        for k in rows:
            batch = steps(2, obs=rows[k], next_obs=after[k])
            if t > 100:
                lasting[k].append(reward.error(batch).mean())
                progress[k].append(reward(batch).mean())
        for k in rows:
            reward.update(steps(2, obs=rows[k], next_obs=after[k]))
        if t == 30:
            assert reward(steps(1, obs=np.array([1])))[0] > 0.3  # the rule is being learned
    assert np.mean(lasting["noise"]) > 2.4 and np.mean(lasting["rule"]) < 0.2
    assert abs(np.mean(progress["noise"])) < 0.02 and abs(progress["rule"][-1]) < 0.01


def test_the_error_is_noted_before_it_learns_and_a_state_can_be_taken_over():
    reward = LearningProgress(CountBonus(), window=2)
    for _ in range(4):
        reward.update(visits_of(np.array([0])))
    paid = reward(visits_of(np.array([0])))[0]
    assert paid == pytest.approx((1 + 1 / np.sqrt(2)) / 2 - (1 / np.sqrt(3) + 1 / np.sqrt(4)) / 2)
    reward.update(visits_of(np.array([3, 1, 2, 2, 2, 2])))
    other = LearningProgress(CountBonus(), window=2)
    other.load_state_dict(reward.state_dict())
    for _ in range(5):
        batch = visits_of(np.random.default_rng(2).integers(0, 6, 20))
        np.testing.assert_array_equal(other(batch), reward(batch))
        assert other.update(batch) == reward.update(batch)


def test_regions_are_bounded_and_may_be_given():
    reward = LearningProgress(Task(), window=1, most=2)
    for error in (1.0, 0.0):
        reward.update(told([0, 1, 2, 3], [error] * 4))
    assert sorted(reward(visits_of(np.arange(4))).tolist()) == [0.0, 0.0, 1.0, 1.0]
    coarse = LearningProgress(Task(), lambda b: b.action, window=1)
    coarse.update(steps(2, obs=np.array([4, 5]), action=np.array([1, 1]), reward=[3.0, 1.0]))
    assert coarse(steps(2, obs=np.array([6, 7]), action=np.array([1, 0]))).tolist() == [2.0, 0.0]


def test_bad_options_states_and_errors():
    with pytest.raises(BadOption, match="window="):
        LearningProgress(Task(), window=0)
    with pytest.raises(BadOption, match="episode memory"):
        LearningProgress(EpisodicCount())
    with pytest.raises(BadCheckpoint, match="errors of shape"):
        LearningProgress(Task(), window=3).load_state_dict(LearningProgress(Task(), window=2).state_dict())
    reward = LearningProgress(Task(), lambda b: b.obs[..., 0] > 0)
    batch = steps(2, obs=np.array([[np.nan], [1.0]]))
    assert np.isnan(reward(batch)).tolist() == [True, False]
    for bad in (batch, steps(1, obs=np.zeros((1, 1)), reward=[np.inf])):
        with pytest.raises(BadBatch, match="NaN or infinite"):
            reward.update(bad)
