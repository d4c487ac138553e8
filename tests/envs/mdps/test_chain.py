"""Chains: gains by balance, the book's random walk, distractors that pay at short sight."""

import gymnasium as gym
import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.mdps import Chain
from rewardlab.envs.mdps.birth_death import balance


def made(name, **options):
    return gym.make(f"rewardlab/{name}-v0", **options).unwrapped.rules


@pytest.mark.parametrize("states", [6, 9])
def test_the_gain_of_the_river_is_that_of_balance(states):
    rules = made("RiverSwim", states=states)
    up = np.array([0.6] + [0.35] * (states - 1))
    down = np.array([0.0] + [0.05] * (states - 2) + [0.4])
    law = balance(up, down)
    best = rules.to_mdp().solve()
    assert best.value == pytest.approx(law[-1], abs=1e-12)  # the last state pays 1 for each try to go on
    if states == 6:
        assert best.value == pytest.approx(3601.5 / 8402.5, abs=1e-12)  # weights 1, 12, 84, 588, 4116, 3601.5
    assert (best.policy == 1).all()
    left = rules.to_mdp().evaluate(np.zeros(states, dtype=int))
    assert left.value == pytest.approx(0.005, abs=1e-15)


def test_the_river_of_six_steps_is_that_of_paths():
    """Only left at the bank pays, or all five steps up and a sixth try: 0.6 · 0.35⁴ = 0.0090 against 6 · 0.005."""
    card = made("RiverSwim-H6").card()
    assert card.optimal_return == pytest.approx(0.03, abs=1e-12)
    longer = made("RiverSwim-H20").to_mdp().solve()
    assert longer.value > 20 * 0.005 * 10 and longer.policy[0] == 1


def test_regret_of_a_played_run_is_what_the_gain_says():
    """T g − Σ r = Σ regret + h(s_T) − h(s_0) + noise of mean 0; the sums agree on average over many rows."""
    rules = made("RiverSwim")
    best, n, T = rules.to_mdp().solve(), 4000, 60
    envs = WorldVectorEnv(rules, n)
    obs, _ = envs.reset(seed=0)
    rng, short, regret = np.random.default_rng(0), np.full(n, T * best.value), np.zeros(n)
    for _ in range(T):
        obs, reward, _, _, info = envs.step((rng.random(n) < 0.8).astype(int))
        short, regret = short - reward, regret + info["pseudo_regret"]
    difference = short - best.V[obs] + best.V[0] - regret
    assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(n)
    assert regret.mean() > 10 * difference.std() / np.sqrt(n)


@pytest.mark.parametrize(("name", "inner", "low"), [("RandomWalk", 5, 0.0), ("RandomWalk-19", 19, -1.0)])
def test_random_play_on_the_walk_has_the_values_of_the_book(name, inner, low):
    mdp = made(name).to_mdp()
    V = mdp.evaluate(np.full((inner + 2, 2), 0.5)).V
    np.testing.assert_allclose(V[1:-1], np.linspace(low, 1, inner + 2)[1:-1], atol=1e-12)
    assert made(name).card().random_return == pytest.approx((1 + low) / 2, abs=1e-9)


def test_who_looks_a_short_way_takes_the_distractor():
    rules = made("Chain-Distractor")
    near, far = 0.1, 1.0
    for gamma in (0.8, 0.86, 0.87, 0.99):
        best = rules.to_mdp().with_gamma(gamma).solve()
        left, right = near * gamma, far * gamma**16  # from state 2: two steps down, seventeen up
        assert best.policy[2] == (right > left)
        assert best.value == pytest.approx(max(left, right), abs=1e-12)
    goal = WorldVectorEnv(rules, 2)
    goal.reset(seed=0)
    for _ in range(2):
        shown = goal.step(np.array([0, 1]))
    assert shown[1].tolist() == [0.1, 0.0] and shown[4]["final_info"]["success"][0] == np.False_
    for _ in range(15):
        shown = goal.step(np.array([1, 1]))
    assert shown[1][1] == 1.0 and bool(shown[4]["final_info"]["success"][1])


def test_a_proxy_is_paid_and_the_truth_told():
    rules = Chain(states=4, pay=(0.0, 1.0), truth=(1.0, 0.0), arrival=0.0, ends=(), gamma=None)
    envs = WorldVectorEnv(rules, 2)
    envs.reset(seed=0)
    _, reward, _, _, info = envs.step(np.array([0, 1]))
    assert reward.tolist() == [0.0, 1.0] and info["true_reward"].tolist() == [1.0, 0.0]
    assert rules.to_mdp().solve().policy.tolist() == [1] * 4
    assert rules.true_mdp().solve().policy.tolist() == [0] * 4


def test_text_and_picture():
    env = gym.make("rewardlab/RandomWalk-v0", render_mode="ansi")
    env.reset(seed=0)
    assert env.render().startswith("$..o..$\n")
    rules = made("Chain")
    a, b = (rules.draw({"state": np.array([s])}, 0) for s in (0, 7))
    assert a.shape == (120, 560, 3) and (a != b).any()
    assert "up with 0, down with 1" in str(rules.card())


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"states": 2}, "states=2"),
        ({"up": (0.0, [1.0, 2.0])}, "up="),
        ({"up": (0.5, 0.5), "down": (0.6, 0.5)}, "sum to at most 1"),
        ({"ends": (20,)}, "ends="),
        ({"first": 19}, "first=19"),
        ({"pay": (1.0,)}, "pay for 1 actions"),
        ({"gamma": None}, "average reward with terminal"),
        ({"horizon": 0}, "horizon=0"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        Chain(**options)
