"""Noisy television: uniform pictures, surprise that never fades, and what a bonus for it does to the task."""

from itertools import pairwise

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.noisy_tv import NoisyTV
from rewardlab.envs.gridworlds.tables.trap import earned
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

K = 32


@pytest.fixture(scope="module")
def rules():
    return NoisyTV()


def test_pictures_change_at_the_button_alone_and_are_uniform_and_independent(rules):
    n = 4096
    envs = WorldVectorEnv(rules, n)
    obs, _ = envs.reset(seed=0)
    first = obs % K
    way = [0, 0, 3]  # from A to B
    for action in way:
        before = obs
        obs, _, _, _, info = envs.step(np.full(n, action))
        np.testing.assert_array_equal(obs % K, before % K)
        assert not info["pressed"].any()
    assert (obs // K == rules.button).all()
    shown = [first]
    for _ in range(10):
        obs, reward, _, _, info = envs.step(np.full(n, 4))
        assert info["pressed"].all() and not reward.any() and (obs // K == rules.button).all()
        shown.append(obs % K)
    for a, b in pairwise(shown):
        pairs = np.bincount(a * K + b, minlength=K * K)
        chi = ((pairs - n / K**2) ** 2 / (n / K**2)).sum()
        assert abs(chi - (K * K - 1)) < 4.5 * np.sqrt(2 * (K * K - 1))
    obs, _, _, _, info = envs.step(np.full(n, 2))
    still, _, _, _, info = envs.step(np.full(n, 4))  # elsewhere the key does nothing
    np.testing.assert_array_equal(obs, still)
    assert not info["pressed"].any()


def test_surprise_is_log_k_at_the_button_and_nothing_elsewhere(rules):
    surprise = rules.surprises()
    at = (rules.states["cell"] == rules.button)[:, None] & (np.arange(5) == 4)
    np.testing.assert_allclose(surprise[at], np.log(K), rtol=1e-12)
    np.testing.assert_allclose(surprise[~at], 0.0, atol=1e-12)
    np.testing.assert_allclose(NoisyTV(pictures=1).surprises(), 0.0, atol=1e-12)


def test_a_model_that_has_learned_everything_still_errs_there(rules):
    """The frequencies of 80,000 presses as a model: its error stays at the entropy, where a walk's goes to zero."""
    n = 4000
    envs = WorldVectorEnv(rules, n)
    obs, _ = envs.reset(seed=1)
    for action in (0, 0, 3):
        obs, *_ = envs.step(np.full(n, action))
    counts = np.zeros((K, K))
    for _ in range(20):
        after, *_ = envs.step(np.full(n, 4))
        np.add.at(counts, (obs % K, after % K), 1)
        obs = after
    model = counts / counts.sum(1, keepdims=True)
    after, *_ = envs.step(np.full(n, 4))
    error = -np.log(model[obs % K, after % K]).mean()
    assert abs(error - np.log(K)) < 0.02


def test_a_bonus_for_surprise_keeps_the_agent_from_the_goal(rules):
    task = rules.to_mdp()
    hack, honest = rules.hack_policy(), rules.honest_policy()
    assert earned(task, honest, 200) == 1.0 and earned(task, hack, 200) == 0.0
    surprise = rules.surprises()
    alone = task.with_reward(surprise)
    np.testing.assert_allclose(alone.evaluate(hack).value, alone.solve().value, rtol=1e-9)
    np.testing.assert_allclose(alone.solve().value, 0.99**3 * np.log(K) / 0.01, rtol=1e-9)
    np.testing.assert_allclose(task.evaluate(honest).value, 0.99**8, rtol=1e-12)  # nine steps
    edge = 0.99**8 / (0.99**3 * np.log(K) / 0.01)
    for beta, reaches in ((0.99 * edge, True), (1.01 * edge, False)):
        policy = task.with_reward(task.R + beta * surprise).solve().policy
        assert earned(task, policy, 200) == (1.0 if reaches else 0.0)


def test_switched_off_the_same_bonus_does_no_harm():
    rules = NoisyTV(pictures=1)
    task = rules.to_mdp()
    policy = task.with_reward(task.R + rules.surprises()).solve().policy
    assert earned(task, policy, 200) == 1.0
    np.testing.assert_allclose(task.solve().value, NoisyTV().to_mdp().solve().value, rtol=1e-12)
    assert "off" in rules.card().summary


def test_every_picture_makes_every_cell_new(rules):
    task = rules.to_mdp()
    seen = task.occupancy(np.full((rules.size, 5), 0.2)).sum(1) > 0
    cells = len(np.unique(rules.states["cell"][seen]))
    assert seen.sum() == cells * K


def test_patterns_of_noise_differ_for_every_number_of_pictures():
    for k in (1, 2, 3, 16, 64):
        noise = NoisyTV(pictures=k)._noise
        assert noise.shape == (k, 49) and len(np.unique(noise, axis=0)) == k
    assert 0.4 < NoisyTV(pictures=64)._noise.mean() < 0.6


def test_text_tells_the_picture():
    env = WorldEnv(NoisyTV(layout="AB.G", pictures=2), render_mode="ansi")
    env.reset(seed=0)
    env.step(1)
    told = set()
    for _ in range(12):
        env.step(4)
        told.add(env.render())
    assert told == {f".A.G\npicture {k} of 2, counted from 0" for k in (0, 1)}


@pytest.mark.parametrize(
    "fields",
    [{"pictures": 0}, {"pictures": 65}, {"layout": "ABG", "pictures": 9}, {"layout": "AB#G"}, {"layout": "A.G"}],
)
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match="NoisyTV"):
        NoisyTV(**fields)
