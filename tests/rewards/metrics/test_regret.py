"""Regret: enumeration, a closed form for bandits, and policies that attain the worst."""

import itertools

import numpy as np
import pytest
from table_rewards import GAMMA, policies, redistribution, reward, shaping, world

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.regret import regret_of, regret_range, worst_regret


def every(mdp):
    return itertools.product(range(mdp.num_actions), repeat=mdp.num_states)


@pytest.mark.parametrize("seed", range(5))
def test_the_regret_of_the_preferred_policy_is_what_enumeration_finds(seed):
    mdp = world(seed, states=4, terminal=seed % 2)
    mdp, other = mdp.with_reward(reward(mdp, seed)), reward(mdp, seed + 50)
    trusted = mdp.with_reward(other)
    J = np.array([[m.evaluate(np.array(p)).value for m in (mdp, trusted)] for p in every(mdp)])
    expected = (J[:, 0].max() - J[J[:, 1] > J[:, 1].max() - 1e-9, 0].max()) / np.ptp(J[:, 0])
    assert regret_of(mdp, other) == pytest.approx(expected, abs=1e-9)


def test_ties_give_a_range():
    P = np.ones((1, 3, 1))
    mdp = TabularMDP(P, np.array([[4.0, 1.0, 0.0]]), gamma=0.5)
    assert regret_range(mdp, np.array([[1.0, 1.0, 0.0]])) == (0.0, pytest.approx(0.75))
    assert regret_range(mdp, np.zeros((1, 3))) == (0.0, 1.0)
    assert regret_of(mdp, np.array([[1.0, 2.0, 0.0]])) == pytest.approx(0.75)
    nothing = mdp.with_reward(np.ones((1, 3)))
    assert regret_range(nothing, mdp.R) == (0.0, 0.0) and worst_regret(nothing, mdp.R) == 0.0


def bandit_worst(r1, r2):
    """The worst regret of a bandit: at a corner one policy is pure and the other mixes two actions at most."""
    A, best = len(r1), 0.0
    pure = np.eye(A)
    mixed = [pure[i] for i in range(A)]
    for (i, j), k in itertools.product(itertools.combinations(range(A), 2), range(A)):
        if r2[i] != r2[j] and 0 <= (w := (r2[k] - r2[j]) / (r2[i] - r2[j])) <= 1:
            mixed.append(w * pure[i] + (1 - w) * pure[j])
    for p, q in itertools.product(mixed, repeat=2):
        if r2 @ q >= r2 @ p - 1e-12:
            best = max(best, r1 @ (p - q))
    return best / np.ptp(r1)


@pytest.mark.parametrize("seed", range(20))
def test_the_worst_regret_of_a_bandit_is_the_best_corner(seed):
    rng = np.random.default_rng(seed)
    r1, r2 = rng.normal(size=(2, 4))
    r2 = r1 + rng.uniform(0, 2) * r2
    mdp = TabularMDP(np.ones((1, 4, 1)), r1[None], gamma=GAMMA)
    assert worst_regret(mdp, r2[None]) == pytest.approx(bandit_worst(r1, r2), abs=1e-8)


@pytest.mark.parametrize("terminal", [0, 1])
def test_the_worst_is_not_below_any_pair_of_policies_nor_the_preferred_one(terminal):
    for seed in range(5):
        mdp = world(seed, states=5, terminal=terminal)
        mdp, other = mdp.with_reward(reward(mdp, seed)), reward(mdp, seed) + reward(mdp, seed + 50)
        trusted, worst = mdp.with_reward(other), worst_regret(mdp, other)
        best, least = mdp.solve().value, -mdp.with_reward(-mdp.R).solve().value
        tried = [*policies(mdp, 100, seed), *map(np.array, itertools.islice(every(mdp), 0, None, 3))]
        J = np.array([[m.evaluate(p).value for m in (mdp, trusted)] for p in tried])
        likes = J[:, None, 1] <= J[None, :, 1]  # [from, to]
        found = np.where(likes, J[:, None, 0] - J[None, :, 0], 0.0).max() / (best - least)
        assert found <= worst + 1e-8 and regret_of(mdp, other) <= worst + 1e-8
        assert worst > found - 0.15  # and not far above what these policies find


def test_equal_orders_have_none_and_the_opposite_loses_all():
    for seed in range(5):
        mdp = world(seed, terminal=seed % 2)
        R = reward(mdp, seed)
        mdp = mdp.with_reward(R)
        same = 3 * R + shaping(mdp, seed) + redistribution(mdp, seed)
        assert worst_regret(mdp, same) < 1e-7 and regret_of(mdp, same) < 1e-9
        assert worst_regret(mdp, -R) == pytest.approx(1.0, abs=1e-8) and regret_of(mdp, -R) == pytest.approx(1.0)
        assert worst_regret(mdp, shaping(mdp, seed)) == 1.0  # which likes all policies alike
        assert worst_regret(mdp.with_reward(1e6 * R), 1e-3 * same) < 1e-7


def test_bad_input_is_named():
    mdp = world(0, terminal=1)
    with pytest.raises(BadOption, match="gamma=1"):
        worst_regret(mdp, mdp.R, gamma=1.0)
    with pytest.raises(BadOption, match="unbounded"):  # round and round: no least return
        regret_of(mdp, mdp.R, gamma=1.0)
    P = np.zeros((2, 3, 2))
    P[:, :, 1] = 1.0
    once = TabularMDP(P, np.array([[3.0, 1.0, 0.0], [0, 0, 0]]), gamma=1.0, terminal=np.array([False, True]))
    assert regret_of(once, np.array([[0.0, 1.0, 0.0], [0, 0, 0]])) == pytest.approx(2 / 3)
    with pytest.raises(BadOption, match="discount"):
        regret_of(world(0).with_gamma(None), mdp.R)
    with pytest.raises(BadOption, match="finite"):
        regret_of(mdp, np.full(mdp.R.shape, np.inf))
