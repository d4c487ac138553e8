"""The stochastic bandit: laws of pay, what is shown, exact regret."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from scipy import stats
from stable_baselines3.common.env_checker import check_env as sb3_check_env

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit

IDS = ("rewardlab/BernoulliBandit-v0", "rewardlab/StochasticBandit-v0")


def pulled(rules, arm, n=20_000):
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=0)
    return envs.step(np.full(n, arm))[1]


@pytest.mark.parametrize("arm", [0, 1])
def test_pay_follows_its_law(arm):
    means = (0.3, 0.8)
    coins = pulled(StochasticBandit(means=means, deviation=None), arm)
    assert set(np.unique(coins)) == {0.0, 1.0}
    assert stats.binomtest(int(coins.sum()), len(coins), means[arm]).pvalue > 0.001
    normal = pulled(StochasticBandit(means=means, deviation=2.5), arm)
    assert stats.kstest(normal, "norm", (means[arm], 2.5)).pvalue > 0.001
    assert normal.std() == pytest.approx(2.5, rel=3 / np.sqrt(2 * len(normal)))  # three standard errors
    assert (pulled(StochasticBandit(means=means, deviation=0.0), arm, 5) == means[arm]).all()


@pytest.mark.parametrize("deviation", [None, 1.0])
def test_what_is_shown_is_the_history_in_brief(deviation):
    rules = StochasticBandit(arms=4, deviation=deviation, pulls=30, instance=3)
    envs = WorldVectorEnv(rules, 3)
    obs, _ = envs.reset(seed=1)
    rng = np.random.default_rng(0)
    paid = [[[] for _ in range(4)] for _ in range(3)]
    for t in range(1, 46):
        action = rng.integers(0, 3, 3)  # the last arm is never pulled
        obs, reward, terminated, truncated, info = envs.step(action)
        assert (terminated == (t == 30)).all() and not truncated.any()
        seen = np.stack(info["final_obs"]) if t == 30 else obs
        for i in range(3):
            paid[i][action[i]].append(reward[i])
            np.testing.assert_allclose(seen[i, :4], [len(p) / 30 for p in paid[i]], atol=1e-7)
            np.testing.assert_allclose(seen[i, 4:], [np.mean(p) if p else 0 for p in paid[i]], atol=1e-6)
        if t == 30:
            assert (obs == 0).all()
            paid = [[[] for _ in range(4)] for _ in range(3)]


def test_regret_is_exact_and_success_is_a_best_arm():
    rules = StochasticBandit(means=(0.25, 0.75, 0.5, 0.75), deviation=None, pulls=5)
    envs = WorldVectorEnv(rules, 4)
    envs.reset(seed=0)
    info = envs.step(np.arange(4))[4]
    np.testing.assert_array_equal(info["pseudo_regret"], [0.5, 0.0, 0.25, 0.0])
    np.testing.assert_array_equal(info["success"], [False, True, False, True])
    np.testing.assert_array_equal(info["is_success"], info["success"])
    np.testing.assert_array_equal(info["best_arm"], [1, 1, 1, 1])


@pytest.mark.parametrize("name", IDS)
def test_known_returns_are_those_of_the_table_and_of_play(name):
    rules = gym.make(name, pulls=7).unwrapped.rules
    mdp, card = rules.to_mdp(), rules.card()
    assert mdp.solve().value == pytest.approx(card.optimal_return, abs=1e-12)
    assert mdp.evaluate(np.full((8, 10), 0.1)).value == pytest.approx(card.random_return, abs=1e-12)
    assert (mdp.solve().policy[:7] == rules.best_arm).all()
    envs = WorldVectorEnv(rules, 4000)
    envs.reset(seed=2)
    rng = np.random.default_rng(0)
    for best, known in ((True, card.optimal_return), (False, card.random_return)):
        total = np.zeros(4000)
        for _ in range(7):
            arms = np.full(4000, rules.best_arm) if best else rng.integers(0, 10, 4000)
            total += envs.step(arms)[1]
        assert abs(total.mean() - known) < 3 * total.std() / np.sqrt(4000)


def test_instances_differ_and_episodes_do_not():
    means = [StochasticBandit(instance=i).to_mdp().R[0] for i in (0, 0, 1)]
    np.testing.assert_array_equal(means[0], means[1])
    assert (means[0] != means[2]).all()
    coins = StochasticBandit(deviation=None, arms=50).to_mdp().R[0]
    assert (coins >= 0).all() and (coins <= 1).all() and coins.std() > 0.2


@pytest.mark.parametrize("deviation", [None, 0.7])
def test_torch_steps_as_numpy_does(deviation):
    rules = StochasticBandit(arms=5, deviation=deviation, pulls=6)
    numpy_envs, torch_envs = WorldVectorEnv(rules, 8), WorldVectorEnv(rules, 8, device="cpu")
    a, b = numpy_envs.reset(seed=1)[0], torch_envs.reset(seed=1)[0]
    rng = np.random.default_rng(2)
    for _ in range(15):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-6)
        assert a.dtype == b.numpy().dtype
        action = rng.integers(0, 5, 8)
        (a, *x, first), (b, *y, second) = numpy_envs.step(action), torch_envs.step(torch.as_tensor(action))
        for left, right in zip(x, y, strict=True):
            np.testing.assert_allclose(left, right.numpy(), rtol=1e-12)
        for key in ("pseudo_regret", "success", "best_arm"):
            if key in first:
                np.testing.assert_array_equal(first[key], second[key].numpy())


@pytest.mark.parametrize("name", IDS)
def test_registered_ids_pass_both_checkers(name, recwarn):
    env = gym.make(name, render_mode="rgb_array")
    check_env(env.unwrapped)
    sb3_check_env(env.unwrapped)
    assert [str(w.message) for w in recwarn] == []


def test_the_bounds_of_what_is_shown_hold_at_the_extremes():
    # The farthest normal number that 53 bits can give, through the same formula as the streams'.
    farthest = np.sqrt(-2.0 * np.log(2.0**-53))
    space = StochasticBandit(means=(-1.0, 2.0), deviation=3.0).observation_space
    assert space.high[-1] >= 2.0 + 3.0 * farthest and space.low[-1] <= -1.0 - 3.0 * farthest
    assert space.low[0] == 0.0 and space.high[0] == 1.0


@pytest.mark.parametrize("name", IDS)
def test_pictures_show_bars_and_text_shows_counts(name):
    env = gym.make(name, render_mode="rgb_array", means=(0.5, 0.2, 1.0)).unwrapped
    env.reset(seed=0)
    empty = env.render()
    assert empty.dtype == np.uint8 and empty.shape == (340, 480, 3)
    for arm in (0, 0, 2):
        env.step(arm)
    chart = (env.render() != empty)[44:254, 16:464].any((0, 2))  # without title, names and margins
    assert not np.array_split(chart, 3)[1].any() and np.array_split(chart, 3)[2].any()
    text = gym.make(name, render_mode="ansi", arms=3).unwrapped
    text.reset(seed=0)
    for arm in (0, 0, 2):
        text.step(arm)
    lines = text.render().split("\n")
    assert lines[0] == "pull 3 of 100"
    assert [line.split(":")[1].split()[0] for line in lines[1:]] == ["2", "0", "1"]
    assert lines[1].startswith("arm 0: 2 pulls, paid ") and lines[2] == "arm 1: 0 pulls, not pulled yet"
    assert "true mean" not in text.render()  # it would spoil the game
    for _ in range(97):
        text.step(1)
    told = [line.endswith("(best)") for line in text.render().split("\n")[1:]]
    assert np.flatnonzero(told) == [text.rules.best_arm] and text.render().count("true mean") == 3


@pytest.mark.parametrize(("arms", "gap", "deviation"), [(5, 0.5, None), (20, 0.2, None), (5, 0.5, 1.0)])
def test_a_gap_puts_one_arm_ahead_of_all_others(arms, gap, deviation):
    found = [StochasticBandit(arms=arms, gap=gap, deviation=deviation, instance=i) for i in range(200)]
    for rules in found:
        law = rules.arms_law()
        np.testing.assert_allclose(np.sort(law.means), [*[0.5 - gap / 2] * (arms - 1), 0.5 + gap / 2])
        assert law.gaps.sum() == pytest.approx((arms - 1) * gap)
    where = np.bincount([rules.best_arm for rules in found], minlength=arms)
    assert stats.chisquare(where).pvalue > 0.001


@pytest.mark.parametrize(("tail", "index"), [("student", 2.5), ("pareto", 1.5)])
def test_heavy_tails_hang_on_the_same_means(tail, index):
    rules = StochasticBandit(tail=tail, index=index, means=(0.0, 2.0))
    heavy = pulled(rules, 1)
    # the median is the mean of a symmetric law: its sign test has no need of moments
    assert stats.binomtest(int((heavy > 2.0).sum()), len(heavy), 0.5).pvalue > 0.001
    assert np.abs(heavy - 2.0).max() > 8.6  # no normal number in the world of 53 bits
    assert rules.card().optimal_return == pytest.approx(200.0) and not rules.exact
    assert StochasticBandit(tail=tail).best_arm == StochasticBandit().best_arm
    with pytest.raises(BadOption, match="in arms_law"):
        rules.arms_law()


def test_the_laws_of_the_arms_are_told():
    coins = StochasticBandit(means=(0.3, 0.8), deviation=None).arms_law()
    assert coins.means == (0.3, 0.8) and coins.deviation is None
    assert StochasticBandit(deviation=2.0).arms_law().deviation == 2.0


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"arms": 1}, "1 arms"),
        ({"means": (0.5, 1.5), "deviation": None}, "Bernoulli"),
        ({"means": (0.5, float("nan"))}, "finite"),
        ({"deviation": -1.0}, "deviation=-1.0"),
        ({"pulls": 0}, "pulls=0"),
        ({"gap": 0.0}, "gap=0.0"),
        ({"gap": 1.5, "deviation": None}, "gap=1.5"),
        ({"gap": 0.5, "means": (0.1, 0.2)}, "beside means"),
        ({"tail": "cauchy"}, "tail='cauchy'"),
        ({"tail": "student", "deviation": None}, "no tails"),
        ({"tail": "pareto", "index": 1.0}, "index=1.0"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        StochasticBandit(**fields)
