"""Means that move: pay, regret and returns against the course itself."""

import numpy as np
import pytest
import torch

import rewardlab  # noqa: F401
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DriftingBandit, PiecewiseBandit, SwingingBandit

RULES = (
    PiecewiseBandit(pulls=40, changes=3),
    PiecewiseBandit(pulls=40, changes=3, deviation=0.5),
    DriftingBandit(pulls=40, step=0.2),
    SwingingBandit(pulls=40, period=17.0),
)
every = pytest.mark.parametrize("rules", RULES, ids=lambda r: f"{type(r).__name__} {r.pay.deviation}")


@every
def test_regret_and_best_arm_are_those_of_the_moment(rules):
    envs = WorldVectorEnv(rules, rules.arms)
    envs.reset(seed=0)
    for t in range(2 * rules.pulls):  # a second episode begins at the first round again
        _, _, ended, _, info = envs.step(np.arange(rules.arms))
        now = rules.course[t % rules.pulls]
        info = info["final_info"] if ended.all() else info
        np.testing.assert_array_equal(info["pseudo_regret"], now.max() - now)
        np.testing.assert_array_equal(info["best_arm"], now.argmax())
        np.testing.assert_array_equal(info["success"], now == now.max())
        assert ended.all() == ended.any() == ((t + 1) % rules.pulls == 0)


@every
def test_known_returns_are_those_of_the_table_and_of_play(rules):
    mdp, card = rules.to_mdp(), rules.card()
    best = rules.course.argmax(1)
    assert mdp.solve().value == pytest.approx(card.optimal_return, abs=1e-9)
    assert mdp.evaluate(np.full((41, rules.arms), 1 / rules.arms)).value == pytest.approx(card.random_return, abs=1e-9)
    assert rules.best_fixed_value == pytest.approx(max(sum(mean) for mean in rules.course.T), abs=1e-9)
    assert rules.best_fixed_value <= card.optimal_return
    n, dice = 3000, np.random.default_rng(1)
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=2)
    for known, plan in (
        (card.optimal_return, lambda t: np.full(n, best[t])),
        (card.random_return, lambda t: dice.integers(0, rules.arms, n)),
        (rules.best_fixed_value, lambda t: np.full(n, rules.course.sum(0).argmax())),
    ):
        total = sum(envs.step(plan(t))[1] for t in range(40))
        assert abs(total.mean() - known) < 3.5 * total.std() / np.sqrt(n)


@every
def test_what_is_shown_is_the_last_pull(rules):
    envs = WorldVectorEnv(rules, 2)
    obs, _ = envs.reset(seed=3)
    assert (obs == 0).all()
    for t in range(1, 20):
        arms = np.array([t % rules.arms, 0])
        obs, reward, *_ = envs.step(arms)
        np.testing.assert_array_equal(obs[:, : rules.arms], np.eye(rules.arms)[arms])
        np.testing.assert_array_equal(obs[:, -2], reward.astype(np.float32))
        np.testing.assert_allclose(obs[:, -1], t / 40)


@every
def test_torch_steps_as_numpy_does(rules):
    a, b = WorldVectorEnv(rules, 4), WorldVectorEnv(rules, 4, device="cpu")
    a.reset(seed=1), b.reset(seed=1)
    dice = np.random.default_rng(2)
    for _ in range(45):
        action = dice.integers(0, rules.arms, 4)
        (x, *left, first), (y, *right, second) = a.step(action), b.step(torch.as_tensor(action))
        np.testing.assert_allclose(x, y.numpy(), rtol=1e-6)
        for p, q in zip(left, right, strict=True):
            np.testing.assert_allclose(p, q.numpy(), rtol=1e-12)
        for key in {"pseudo_regret", "best_arm", "success"} & first.keys():
            np.testing.assert_array_equal(first[key], second[key].numpy())


@every
def test_pictures_and_words_show_pulls(rules):
    envs = WorldVectorEnv(rules, 1, render_mode="rgb_array")
    envs.reset(seed=0)
    empty = envs.render()[0]
    envs.step([1])
    assert (envs.render()[0] != empty).any()
    text = rules.text(envs.get_state()["state"], 0).splitlines()
    assert text[0] == "pull 1 of 40" and text[2].startswith("arm 1: 1 pull, paid ") and "true mean" not in str(text)
