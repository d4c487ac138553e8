import math

import numpy as np
import pytest
from gymnasium import spaces
from novelty_worlds import dives, ring_walk, visits_of
from scipy.stats import spearmanr
from steps import steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption, BadSpace
from rewardlab.rewards import CountBonus, PseudoCount


def density(seen, x, sizes, alpha):
    """ρ(x) of independent tables after the states `seen`, in plain numbers."""
    out = 1.0
    for d, size in enumerate(sizes):
        out *= (sum(s[d] == x[d] for s in seen) + alpha) / (len(seen) + alpha * size)
    return out


@pytest.mark.parametrize("alpha", [0.5, 0.01])
def test_the_pseudo_count_is_rho_times_one_minus_rho_prime_over_their_difference(alpha):
    rng, sizes = np.random.default_rng(0), [3, 4, 2]
    reward = PseudoCount(spaces.MultiDiscrete(sizes), alpha=alpha)
    seen = [tuple(int(rng.integers(k)) for k in sizes) for _ in range(20)]
    reward.update(visits_of_rows(seen))
    every = [(a, b, c) for a in range(3) for b in range(4) for c in range(2)]
    expected = []
    for x in every:
        rho, after = density(seen, x, sizes, alpha), density([*seen, x], x, sizes, alpha)
        expected.append(rho * (1 - after) / (after - rho))
    np.testing.assert_allclose(reward.counts(np.array(every), (24,)), expected, rtol=1e-9)
    np.testing.assert_allclose(reward(visits_of_rows(every)), 0.05 / np.sqrt(np.array(expected) + 0.01), rtol=1e-9)


def visits_of_rows(rows):
    return steps(len(rows), obs=np.array(rows))


def test_with_one_part_it_is_the_exact_count_and_the_prior():
    reward, seen = PseudoCount(spaces.Discrete(6), alpha=0.5), np.array([0, 0, 0, 1, 1, 5])
    assert reward.counts(np.arange(6), (6,)).tolist() == pytest.approx([0.5] * 6)
    reward.update(visits_of(seen))
    assert reward.counts(np.arange(6), (6,)).tolist() == pytest.approx([3.5, 2.5, 0.5, 0.5, 0.5, 1.5])


@pytest.mark.parametrize("world", ["sea", "ring"])
def test_it_ranks_the_states_as_exact_counts_do(world):
    n = 26 if world == "sea" else 40
    pseudo, exact = PseudoCount(spaces.Discrete(n)), CountBonus()
    for u in range(20):
        batch = visits_of(dives(5, 10, 8, seed=u) if world == "sea" else ring_walk(n, 20, 8, seed=u)[1:])
        pseudo.update(batch)
        exact.update(batch)
    paid, expected = pseudo(visits_of(np.arange(n))), exact(visits_of(np.arange(n)))
    assert spearmanr(paid, expected).statistic == pytest.approx(1.0, abs=1e-12)
    assert len(np.unique(expected)) > 8


def test_a_new_whole_of_known_parts_is_less_new_than_one_of_new_parts():
    reward = PseudoCount(spaces.MultiDiscrete([5, 5]))
    reward.update(visits_of_rows([(0, 0)] * 10 + [(1, 1)] * 10))
    known, parts, new = reward.counts(np.array([[0, 0], [0, 1], [2, 2]]), (3,))
    assert known == pytest.approx(parts)  # independent tables: the price of the model
    assert parts > 10 * new


def test_many_parts_do_not_run_out_of_numbers():
    reward, rng = PseudoCount(spaces.MultiBinary(5000)), np.random.default_rng(1)
    seen = rng.integers(0, 2, (4, 5000))
    reward.update(visits_of_rows(seen))
    counts = reward.counts(np.concatenate([seen, 1 - seen]), (8,))
    assert np.isfinite(counts).all() and (counts >= 0).all() and np.isfinite(reward(visits_of_rows(seen))).all()
    one = PseudoCount(spaces.Discrete(1))
    one.update(visits_of(np.zeros(3, dtype=np.int64)))
    assert one.counts(np.array([0]), (1,)).tolist() == [3.5]


def test_it_counts_the_state_that_was_reached_and_calls_count_nothing():
    reward = PseudoCount(spaces.Discrete(3))
    reward.update(steps(4, obs=np.zeros(4, int), next_obs=np.ones(4, int)))
    assert reward.counts(np.arange(3), (3,)).tolist() == pytest.approx([0.5, 4.5, 0.5])
    batch = steps((2, 2), obs=np.zeros((2, 2), int), next_obs=np.ones((2, 2), int))
    assert (reward(batch) == reward(batch)).all() and reward(batch).shape == (2, 2)


def test_bad_spaces_options_states_and_nan():
    with pytest.raises(BadSpace, match="bounded Box"):
        PseudoCount(spaces.Box(-math.inf, math.inf, (1,)))
    for given in ({"bins": 1}, {"bins": 2.5}, {"alpha": 0.0}, {"alpha": math.nan}):
        with pytest.raises(BadOption):
            PseudoCount(spaces.Discrete(3), **given)
    with pytest.raises(BadCheckpoint, match="table of shape"):
        PseudoCount(spaces.Discrete(3)).load_state_dict(PseudoCount(spaces.Discrete(4)).state_dict())
    reward, batch = PseudoCount(spaces.Box(0.0, 1.0, (1,))), steps(2, obs=np.array([[np.nan], [0.5]]))
    assert np.isnan(reward(batch)).tolist() == [True, False]
    with pytest.raises(BadBatch, match="1 observations with NaN"):
        reward.update(batch)
