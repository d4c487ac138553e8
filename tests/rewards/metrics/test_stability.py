"""Policy cliffs: bounds that are never violated, flips that are always found, and switch points by a sweep."""

import itertools

import numpy as np
import pytest
from table_rewards import GAMMA, reward, world

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.stability import (
    cliff_index,
    effective_reward,
    flip,
    soft_policy,
    stability,
    switch_points,
)
from rewardlab.rewards.metrics.tables import live


def two_traces(bonus=0.0):
    """A question, two right answers and a wrong one; the second right one is paid a tie-breaker."""
    return TabularMDP(np.ones((1, 3, 1)), np.array([[1.0, 1.0 + bonus, 0.0]]), gamma=0.0)


def tied(seed):
    """A random process in which the best action of the first state has an equal."""
    mdp = world(seed)
    best = int(mdp.solve().policy[0])
    twin = (best + 1) % 3
    P, R = mdp.P.toarray().reshape(8, 3, 8), mdp.R.copy()
    P[0, twin], R[0, twin] = P[0, best], R[0, best]
    return TabularMDP(P, R, gamma=GAMMA)


def test_no_flip_in_1000_changes_below_the_bound():
    tries = 0
    for seed in range(10):
        mdp = world(seed, terminal=seed % 2)
        found, before, acts = stability(mdp), mdp.solve().policy, live(mdp)
        assert not found.cliff and found.gap > 0
        assert found.radius == pytest.approx((1 - GAMMA) * found.gap / 2)
        rng = np.random.default_rng(seed)
        for _ in range(100):
            dr = 0.999 * found.radius * rng.choice([-1.0, 1.0], size=mdp.R.shape)
            np.testing.assert_array_equal(mdp.with_reward(mdp.R + dr).solve().policy[acts], before[acts])
            tries += 1
    assert tries == 1000


def test_the_gap_by_hand_and_the_bound_is_tight_for_a_bandit():
    mdp = TabularMDP(np.ones((1, 3, 1)), np.array([[2.0, 1.4, 0.0]]), gamma=0.0)
    found = stability(mdp)
    assert found.gap == pytest.approx(0.6) and found.radius == pytest.approx(0.3)
    worst = np.array([[-1.0, 1.0, 0.0]])
    assert mdp.with_reward(mdp.R + 0.299 * worst).solve().policy[0] == 0
    assert mdp.with_reward(mdp.R + 0.301 * worst).solve().policy[0] == 1
    assert stability(mdp.with_reward(np.ones((1, 3)))).gap == np.inf  # no action is worse than another


@pytest.mark.parametrize("size", [1e-4, 1e-2, 1.0])
def test_on_a_cliff_every_size_flips_every_choice(size):
    for seed in range(10):
        mdp = tied(seed)
        found = stability(mdp)
        assert found.cliff and found.radius == 0.0 and found.optimal[0].sum() == 2
        for choice in np.flatnonzero(found.optimal[0]):  # whichever of the equals was chosen
            policy = mdp.solve().policy.copy()
            policy[0] = choice
            dr = flip(mdp, policy, size)
            assert np.abs(dr).max() == size
            after = mdp.with_reward(mdp.R + dr).solve().policy
            eye = np.eye(3)
            assert np.abs(eye[after[0]] - eye[policy[0]]).sum() == 2.0
    assert flip(world(0), world(0).solve().policy, size) is None


@pytest.mark.parametrize("tau", [0.01, 0.1, 1.0])
def test_entropy_makes_the_map_lipschitz_at_the_stated_price(tau):
    largest = 0.0
    for seed in range(6):
        mdp = tied(seed) if seed % 2 else world(seed, terminal=1)
        rng, before, acts = np.random.default_rng(seed), soft_policy(mdp, tau), live(mdp)
        for size in (1e-4, 1e-2, 1.0):
            dr = size * rng.choice([-1.0, 1.0], size=mdp.R.shape)
            moved = np.abs(soft_policy(mdp.with_reward(mdp.R + dr), tau) - before)[acts].sum(1).max()
            largest = max(largest, moved / (size / (tau * (1 - GAMMA))))
        loss = (mdp.solve().V - mdp.evaluate(before).V)[acts]
        assert loss.min() > -1e-9 and loss.max() <= tau * np.log(mdp.num_actions) / (1 - GAMMA)
    assert 0 < largest <= 1.0


def test_softmax_itself_comes_near_its_bound_and_never_above():
    rng, largest = np.random.default_rng(0), 0.0
    for _ in range(5000):
        x = rng.normal(size=2) * rng.uniform(0, 1)
        dx = rng.choice([-1.0, 1.0], size=2) * 10 ** rng.uniform(-4, 0)
        p, q = (np.exp(v - v.max()) / np.exp(v - v.max()).sum() for v in (x, x + dx))
        largest = max(largest, np.abs(p - q).sum() / np.abs(dx).max())
    assert 0.98 < largest <= 1.0


def test_the_soft_policy_is_the_fixed_point_of_its_equation():
    for tau in (0.01, 0.1, 1.0):
        mdp = world(1, terminal=1)
        V = np.zeros(8)
        for _ in range(600):
            Q = mdp.R + GAMMA * mdp.expect(V)
            top = Q.max(1)
            V = np.where(mdp.terminal, 0.0, top + tau * np.log(np.exp((Q - top[:, None]) / tau).sum(1)))
        p = np.exp((Q - Q.max(1, keepdims=True)) / tau)
        np.testing.assert_allclose(soft_policy(mdp, tau), p / p.sum(1, keepdims=True), atol=1e-9)
    for wrong in (0.0, -1.0, np.nan):
        with pytest.raises(BadOption, match="tau"):
            soft_policy(world(0), wrong)


def test_the_cliff_index_grows_without_bound_on_a_cliff_and_keeps_its_bound_with_entropy():
    flat = two_traces()
    for size in (1e-4, 1e-2):
        assert cliff_index(flat, tau=0.0, size=size, directions=20) == pytest.approx(2.0 / size)
    curve = [cliff_index(flat, tau=tau, size=1e-4, directions=200) for tau in (0.01, 0.1, 1.0)]
    assert curve[0] > 5 * curve[1] > 25 * curve[2]
    assert all(0.5 / tau < index <= 1.0 / tau for index, tau in zip(curve, (0.01, 0.1, 1.0), strict=True))
    safe = world(2)
    assert cliff_index(safe, tau=0.0, size=0.9 * stability(safe).radius, directions=50) == 0.0


def test_a_tie_breaker_decides_without_entropy_and_hardly_shows_with_it():
    share = {b: soft_policy(two_traces(b), 0.1)[0] for b in (0.0, 0.01)}
    right = {b: p[1] / (p[0] + p[1]) for b, p in share.items()}
    assert right[0.0] == pytest.approx(0.5) and abs(right[0.01] - right[0.0]) < 0.1  # 2.5 points
    assert right[0.01] == pytest.approx(1 / (1 + np.exp(-0.1)))
    assert two_traces(0.01).solve().policy[0] == 1 and two_traces(-0.01).solve().policy[0] == 0


def test_the_effective_reward_is_the_mixture_and_its_weights_have_cliffs():
    rewards = np.array([[[1.0, 0.0]], [[0.0, 3.0]]])  # two domains, one state
    np.testing.assert_allclose(effective_reward(np.array([0.75, 0.25]), rewards), [[0.75, 0.75]])
    two_states = np.tile(rewards, (1, 2, 1))
    mixed = effective_reward(np.array([[1.0, 0.0], [0.0, 1.0]]), two_states)
    np.testing.assert_allclose(mixed, [[1.0, 0.0], [0.0, 3.0]])
    mdp = TabularMDP(np.ones((1, 2, 1)), np.zeros((1, 2)), gamma=0.5)
    assert switch_points(mdp, rewards[0], rewards[1]) == pytest.approx([0.25])
    assert stability(mdp.with_reward(effective_reward(np.array([0.75, 0.25]), rewards))).cliff
    for wrong in ([0.5, 0.6], [1.0], [-1.0, 2.0]):
        with pytest.raises(BadOption, match="weights"):
            effective_reward(np.array(wrong), rewards)


def test_a_sweep_of_weights_crosses_each_switch_point_within_its_resolution():
    crossed = 0
    for seed in range(6):
        mdp = world(seed, states=5)
        first, second = reward(mdp, seed), reward(mdp, seed + 7)
        points = switch_points(mdp, first, second)
        assert (np.diff(points) > 0).all() and ((points > 0) & (points < 1)).all()
        grid = np.linspace(0, 1, 401)
        R1, R2 = (mdp.with_reward(R).R for R in (first, second))
        seen = [mdp.with_reward((1 - w) * R1 + w * R2).solve().policy[live(mdp)].tobytes() for w in grid]
        jumps = np.flatnonzero([a != b for a, b in itertools.pairwise(seen)])
        wide = grid[1] - grid[0]
        assert all(((grid[jumps] - wide <= p) & (p <= grid[jumps] + 2 * wide)).any() for p in points)
        assert all((np.abs(points - (grid[j] + wide / 2)) <= 2 * wide).any() for j in jumps)
        crossed += len(points)
    assert crossed >= 10


def test_opposite_and_equal_rewards_and_ties_at_the_ends():
    mdp = world(3)
    R = reward(mdp, 3)
    assert switch_points(mdp, R, -R) == pytest.approx([0.5])
    assert len(switch_points(mdp, R, 2 * R)) == 0
    bandit = TabularMDP(np.ones((1, 3, 1)), np.zeros((1, 3)), gamma=0.0)
    # The first likes two alike: just inside, the second has decided between them, and the third wins later.
    assert switch_points(bandit, np.array([[1.0, 1.0, 0.0]]), np.array([[0.0, 1.0, 3.0]])) == pytest.approx([1 / 3])


def test_a_process_without_a_discount_is_refused():
    for call in (stability, lambda m: soft_policy(m, 0.1), lambda m: flip(m, m.R.argmax(1), 0.1)):
        with pytest.raises(BadOption, match="discount"):
            call(world(0).with_gamma(None))
