import itertools

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from novelty_worlds import paid_walks
from steps import steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import NGU, CountBonus, EpisodicCount


def step(a, b, **more):
    return steps(1, obs=np.array([[float(a)]]), next_obs=np.array([[float(b)]]), **more)


def by_hand(points, mean, *, epsilon=1e-4, cluster=0.008, c=1e-3, k=10):
    """e_t of the last of some points on a line, given the mean squared distance."""
    *before, x = points
    near = sorted((p - x) ** 2 for p in before)[:k]
    kernel = [epsilon / (max(d / mean - cluster, 0.0) + epsilon) for d in near]
    return 1 / (np.sqrt(sum(kernel)) + c)


def test_four_states_by_hand():
    reward = NGU()
    reward.reset(np.ones(1, dtype=bool))
    # 0 -> 1: one distance, 1, which is also the mean; 1 -> 3: distances 9 and 4; 3 -> 0: 0, 1, 9
    paid = [reward(step(a, b))[0] for a, b in ((0, 1), (1, 3), (3, 0))]
    means = [1.0, (1 + 9 + 4) / 3, (1 + 9 + 4 + 0 + 1 + 9) / 6]
    assert paid[0] == pytest.approx(1 / (np.sqrt(1e-4 / (1 - 0.008 + 1e-4)) + 1e-3), rel=1e-6)
    assert paid[1] == pytest.approx(by_hand([0, 1, 3], means[1]), rel=1e-6)
    assert paid[2] == pytest.approx(by_hand([0, 1, 3, 0], means[2]), rel=1e-6)
    assert paid[2] == pytest.approx(1.0, abs=0.01) and paid[1] > 50  # been there, and never


def test_the_mean_of_the_distances_is_learned_and_outlives_the_episode():
    reward = NGU()
    reward.reset(np.ones(1, dtype=bool))
    for a, b in ((0, 1), (1, 3), (3, 0)):
        reward(step(a, b))
    before = reward.state_dict()["distances"]["total"]
    reward.reset(np.ones(1, dtype=bool))
    logs = reward.update(step(0, 0))
    assert before.tolist() == [0.0, 0.0]
    assert logs["ngu/distance"] == pytest.approx((1 + 9 + 4) / 3)  # the last step of an episode is left out
    assert reward(step(0, 2))[0] == pytest.approx(by_hand([0, 2], (14 + 4) / 4), rel=1e-6)


def test_only_the_k_nearest_count_and_the_alike_pay_nothing():
    few, walk = NGU(k=2), [0, 5, 9, 20, 4]
    few.reset(np.ones(1, dtype=bool))
    paid = [few(step(a, b))[0] for a, b in itertools.pairwise(walk)]
    met = [25, 81, 16, 225, 121, 1, 16]  # the two nearest of each step
    assert paid[-1] == pytest.approx(by_hand(walk, np.mean(met), k=2), rel=1e-6)
    crowded = NGU(most_alike=1.5)
    crowded.reset(np.ones(1, dtype=bool))
    assert [float(crowded(step(0, 0))[0]) for _ in range(4)] == pytest.approx([1 / 1.001, 1 / (2**0.5 + 1e-3), 0, 0])


def test_the_lifelong_part_multiplies_between_one_and_the_limit():
    episodic, whole = NGU(), NGU(Task(), limit=3.0)
    whole.update(steps(4, obs=np.zeros((4, 1)), reward=[1.0, 3.0, 1.0, 3.0]))  # mean 2, deviation 1
    for reward, factor in ((0.0, 1.0), (2.0, 1.0), (3.5, 2.5), (9.0, 3.0)):
        for r in (episodic, whole):
            r.reset(np.ones(1, dtype=bool))
        alone = episodic(step(0, 1))[0]
        assert whole(step(0, 1, reward=[reward]))[0] == pytest.approx(factor * alone)


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_in_each_autoreset_mode_the_memory_holds_the_running_episode(mode):
    reward = NGU(CountBonus(), c=0.5, epsilon=1.0, cluster=0.0)
    played, seen = paid_walks(reward, mode, update_every=10**9), [[] for _ in range(3)]
    sums, last, ended = np.zeros((3, 2)), np.zeros((3, 2)), np.zeros(2)
    for one in played:
        if one["moved"].any():  # else nothing is asked of the reward
            for i in np.flatnonzero(~one["moved"]):
                ended, last[i] = ended + last[i], 0.0
        for i in np.flatnonzero(one["moved"]):
            seen[i] = seen[i] or [one["before"][i]]
            near = np.sort(((np.array(seen[i]) - one["after"][i]) ** 2).sum(1))[:10]
            before, last[i] = sums[i].copy(), (near.sum(), len(near))
            sums[i] += last[i]
            mean = sums[i, 0] / sums[i, 1] or 1.0
            assert one["paid"][i] == pytest.approx(1 / (np.sqrt((1 / (near / mean + 1)).sum()) + 0.5), rel=1e-5)
            seen[i].append(one["after"][i])
            if one["done"][i]:
                seen[i], sums[i], ended = [], 0.0, ended + before
        assert not one["paid"][~one["moved"]].any()
    # Steps that reset a row leave no trace in what the mean is made of; nor do last steps that could be such.
    np.testing.assert_allclose(reward.state_dict()["distances"]["ended"], ended, rtol=1e-5)


def test_the_memory_is_bounded():
    reward = NGU(size=5)
    reward.reset(np.ones(2, dtype=bool))
    for t in range(30):
        reward(steps(2, obs=np.full((2, 1), t * 1.0), next_obs=np.full((2, 1), t + 1.0)))
    assert reward.state_dict()["episode"]["points"].shape == (5, 1, 2)


def test_bad_options_states_and_nan():
    for given in ({"k": 0}, {"epsilon": 0.0}, {"c": 0.0}, {"limit": 0.5}, {"size": 0}, {"bonus": EpisodicCount()}):
        with pytest.raises(BadOption):
            NGU(**given)
    with pytest.raises(BadCheckpoint, match="without its distances"):
        NGU().load_state_dict({**NGU().state_dict(), "episode": {}})
    reward = NGU(CountBonus())
    assert np.isnan(reward(step(0, np.nan))[0]) and np.isfinite(reward(step(0, 1))[0])
    with pytest.raises(BadBatch, match="NaN"):
        reward.update(step(0, np.nan))
