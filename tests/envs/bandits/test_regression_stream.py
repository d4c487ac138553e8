"""The regression stream: targets around their mean, turns on time, regret by its definition."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import RegressionStream


def test_targets_stand_around_the_mean_of_their_input_and_regret_is_the_squared_distance_from_it():
    rules = RegressionStream(dimension=3, noise=0.7, every=2, rounds=5)
    n = 20_000
    envs = WorldVectorEnv(rules, n)
    obs, _ = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    for t in range(4):
        action = rng.uniform(-1, 1, (n, 1)).astype(np.float32)
        x = envs.get_state()["state"]["x"]
        np.testing.assert_allclose(obs, x, atol=1e-6)
        mean = rules.mean(x, t // 2)
        obs, reward, *_, info = envs.step(action)
        np.testing.assert_allclose(info["mean"], mean, atol=1e-12)
        np.testing.assert_allclose(info["pseudo_regret"], (rules.limit * action[:, 0] - mean) ** 2, atol=1e-6)
        wrong = info["target"] - mean
        assert abs(wrong.mean()) < 4 * 0.7 / np.sqrt(n) and wrong.std() == pytest.approx(0.7, rel=4 / np.sqrt(2 * n))
        # minus the squared error falls short of minus the variance by the regret, in the mean
        gap = -reward - 0.7**2 - info["pseudo_regret"]
        assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(n)
        assert (info["segment"] == t // 2).all()
        assert np.abs(mean).max() <= rules.limit


def test_a_turn_rotates_the_inputs_and_leaves_the_rule():
    rules = RegressionStream(dimension=4, every=5000, rounds=20_000, instance=3)
    assert len(rules.rotations) == 4
    for R in rules.rotations:
        np.testing.assert_allclose(R @ R.T, np.eye(4), atol=1e-12)
    z = np.random.default_rng(0).normal(size=(500, 4))
    # g(R_j x) of x = R_jᵀ z is g(z) for every j
    each = [rules.mean(z @ R, j) for j, R in enumerate(rules.rotations)]
    for other in each[1:]:
        np.testing.assert_allclose(other, each[0], atol=1e-12)
    before, after = rules.mean(z, 0), rules.mean(z, 1)
    assert before.std() > 0.3 and ((after - before) ** 2).mean() > 0.5 * before.var()


def test_one_who_knows_the_rule_earns_the_best_return():
    rules = RegressionStream(dimension=2, every=10, rounds=40)
    envs = WorldVectorEnv(rules, 500)
    envs.reset(seed=1)
    total = np.zeros(500)
    for t in range(40):
        guess = rules.mean(envs.get_state()["state"]["x"], t // 10) / rules.limit
        _, reward, terminated, *_ = envs.step(guess[:, None].astype(np.float32))
        total += reward
    assert terminated.all()
    assert abs(total.mean() - rules.card().optimal_return) < 4 * total.std() / np.sqrt(500)  # four standard errors


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"dimension": 0}, "dimension=0"),
        ({"units": 0}, "units=0"),
        ({"every": 0}, "every=0"),
        ({"every": 1, "rounds": 20_000}, "20000 turns"),
        ({"noise": -1.0}, "noise=-1.0"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        RegressionStream(**fields)
