"""Linear mixture: exact moments, features that plan as the table does, later rewards that pay at most 1."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.mdps import LinearMixtureMDP


def test_moments_are_those_of_the_table():
    rules = LinearMixtureMDP(instance=3)
    P = rules.process.dense()[0]
    U = np.random.default_rng(0).random(8)
    mean, variance = rules.moments(U)
    np.testing.assert_allclose(mean, P @ U, atol=1e-12)
    np.testing.assert_allclose(variance, P @ U**2 - (P @ U) ** 2, atol=1e-12)
    by_hand = (P * (U - mean[..., None]) ** 2).sum(2)
    np.testing.assert_allclose(variance, by_hand, atol=1e-12)
    one = np.eye(4)[2]  # other weights: a single kernel
    np.testing.assert_allclose(rules.moments(U, one)[0], rules.kernel_tables[2] @ U, atol=1e-12)
    assert rules.features(U).shape == (8, 3, 4)
    assert rules.theta.sum() == pytest.approx(1.0) and (rules.theta > 0).all()


@pytest.mark.parametrize("horizon", [1, 10, 160])
def test_later_rewards_pay_at_most_one_and_are_planned_for(horizon):
    rules = LinearMixtureMDP(horizon=horizon)
    tables = rules.later_rewards(20, seed=1)
    assert tables.shape == (20, horizon, 8, 3) and tables.min() >= 0
    assert tables.max((2, 3)).sum(1).max() <= 1 + 1e-12
    assert tables.max((2, 3)).sum(1).min() >= 1 - 1e-9  # and could pay it
    V = np.zeros(8)
    for t in reversed(range(horizon)):
        V = (tables[0, t] + rules.features(V) @ rules.theta).max(1)
    if horizon <= 10:
        assert rules.to_mdp(tables[0]).solve().value == pytest.approx(V[0], abs=1e-10)
    assert 0 < V[0] <= 1
    again = rules.later_rewards(20, seed=1)
    np.testing.assert_array_equal(tables, again)


def test_a_mixture_that_goes_on_has_one_gain():
    rules = LinearMixtureMDP(horizon=None, reward="uniform")
    mdp = rules.to_mdp()
    best = mdp.solve()
    np.testing.assert_allclose(best.V + best.value, (mdp.R + mdp.expect(best.V)).max(1), atol=1e-10)
    assert mdp.R.max() < 1 and best.value > mdp.R.mean()
    assert rules.later_rewards(5).shape == (5, 8, 3)
    envs = WorldVectorEnv(rules, 3)
    envs.reset(seed=0)
    _, _, over, _, info = envs.step(best.policy[[0, 0, 0]])
    assert not over.any() and (info["pseudo_regret"] == 0).all()


def test_the_unpaid_form_pays_nothing_and_ends():
    envs = WorldVectorEnv(LinearMixtureMDP(horizon=4), 6)
    envs.reset(seed=0)
    for t in range(4):
        obs, reward, over, _, info = envs.step(np.full(6, t % 3))
        assert (reward == 0).all() and (over == (t == 3)).all() and "pseudo_regret" not in info
        if t < 3:
            assert ((obs >= (t + 1) * 8) & (obs < (t + 2) * 8)).all()


@pytest.mark.parametrize("options", [{"states": 1}, {"kernels": 0}, {"reward": "normal"}, {"horizon": 0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        LinearMixtureMDP(**options)
