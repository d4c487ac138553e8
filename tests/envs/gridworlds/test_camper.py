"""Camper: rules against a slow soldier, the value of camping in closed form, and where it breaks even."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.camper import Camper
from rewardlab.envs.gridworlds.tables.trap import earned
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

GAMMA, NEAR, FAR = 0.99, 3, 13  # steps from the start to the coin and to the flag


@pytest.mark.parametrize("respawn", [1, 3])
def test_rows_move_as_a_slow_soldier_does(respawn):
    rules = Camper(respawn=respawn)
    lines = rules.layout.split("\n")
    envs = WorldVectorEnv(rules, 48, autoreset_mode="NextStep")
    obs, _ = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    place, ready = [(2, 1)] * 48, [0] * 48  # the step from which a coin lies there
    over, coins, wins = np.zeros(48, dtype=bool), 0, 0
    for t in range(1, 400):
        action = rng.choice(5, 48, p=[0.2, 0.2, 0.25, 0.25, 0.1])
        obs, reward, terminated, _, info = envs.step(action)
        for i in range(48):
            if over[i]:
                place[i], ready[i] = (2, 1), 0
                assert obs[i] // (respawn + 1) == 2 * 7 + 1
                continue
            down, right = ((-1, 0), (0, 1), (1, 0), (0, -1), (0, 0))[action[i]]
            r, c = place[i][0] + down, place[i][1] + right
            if 0 <= r < 7 and 0 <= c < 7 and lines[r][c] != "#":
                place[i] = (r, c)
            taken = place[i] == (0, 0) and t >= ready[i]
            ready[i] = t + respawn if taken else ready[i]
            won = place[i] == (6, 0)
            assert reward[i] == 0.25 * taken + won and info["coin"][i] == taken
            assert info["true_reward"][i] == won - 0.01 and terminated[i] == info["success"][i] == won
            assert obs[i] == (place[i][0] * 7 + place[i][1]) * (respawn + 1) + max(ready[i] - t, 0)
            coins, wins = coins + taken, wins + won
        over = terminated.copy()
    assert coins > 100 and wins > 10


def test_both_returns_are_closed_forms():
    rules = Camper()
    paid = rules.to_mdp()
    true = paid.with_reward(rules.true_rewards())
    hack, honest = rules.hack_policy(), rules.honest_policy()
    np.testing.assert_allclose(paid.evaluate(hack).value, 0.25 * GAMMA ** (NEAR - 1) / (1 - GAMMA**3), rtol=1e-12)
    np.testing.assert_allclose(paid.evaluate(honest).value, GAMMA ** (FAR - 1), rtol=1e-12)
    np.testing.assert_allclose(true.evaluate(hack).value, -0.01 / (1 - GAMMA), rtol=1e-12)
    np.testing.assert_allclose([earned(true, p, 100) for p in (hack, honest)], [-1.0, 1 - 0.01 * FAR], rtol=1e-12)
    np.testing.assert_allclose([earned(paid, p, 100) for p in (hack, honest)], [0.25 * 33, 1.0], rtol=1e-12)


@pytest.mark.parametrize("respawn", [1, 4])
def test_camping_breaks_even_where_the_formula_says(respawn):
    """Once at the coin: coin / (1 − γ^m) now and ever after, or one coin and γ^(d − 1) for the flag d steps away."""
    wide = Camper(layout="AC...F", respawn=respawn)
    away = 4
    edge = GAMMA ** (away - 1) * GAMMA / (GAMMA**respawn / (1 - GAMMA**respawn))
    for share, camps in ((0.99, False), (1.01, True)):
        rules = Camper(layout=wide.layout, coin=share * edge, respawn=respawn)
        paid = rules.to_mdp()
        policy = paid.solve().policy
        won = earned(paid.with_reward(rules.true_rewards() + rules.hurry), policy, 100)
        assert won == (0.0 if camps else 1.0)


def test_without_the_coin_the_pay_is_honest():
    rules = Camper(coin=0.0)
    true = rules.to_mdp().with_reward(rules.true_rewards())
    policy = rules.to_mdp().solve().policy
    np.testing.assert_allclose(true.evaluate(policy).value, true.solve().value, rtol=1e-9)


def test_the_best_within_a_time_limit_camps_as_long_as_the_hack_or_leaves_in_time():
    rules = Camper()
    sums = rules.to_mdp().with_gamma(1.0)
    for steps in (13, 16, 40, 100):
        best = sums.solve(horizon=steps).value
        assert best >= max(earned(sums, rules.hack_policy(), steps), earned(sums, rules.honest_policy(), steps))
    assert sums.solve(horizon=13).value == 1.0


def test_text_counts_down():
    env = WorldEnv(Camper(layout="AC.F", respawn=2), render_mode="ansi")
    env.reset(seed=0)
    shown = [env.render()]
    for action in (1, 3, 4, 1):
        env.step(action)
        shown.append(env.render())
    assert shown == ["AC.F\ncoin in 0", ".A.F\ncoin in 2", "Ac.F\ncoin in 1", "AC.F\ncoin in 0", ".A.F\ncoin in 2"]


@pytest.mark.parametrize(
    "fields",
    [
        {"coin": -0.1},
        {"hurry": float("nan")},
        {"respawn": 0},
        {"respawn": 21},
        {"layout": "AC#F"},
        {"layout": "AF#C"},
        {"layout": "ACFF"},
    ],
)
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match="Camper"):
        Camper(**fields)
