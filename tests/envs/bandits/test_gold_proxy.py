"""Gold and proxy at a table: what is told, exact curves, and the over-optimisation that each law is made for."""

import gymnasium as gym
import numpy as np
import pytest
from scipy.optimize import fsolve

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import best_of_divergence, expected, sigmoid, tilted
from rewardlab.envs import WorldVectorEnv, tables
from rewardlab.envs.bandits import GoldProxy, Responses

IDS = sorted(n for n, table in tables().items() if table["rules"].endswith(":GoldProxy"))


@pytest.mark.parametrize("name", IDS)
def test_known_returns_are_those_of_the_process_and_the_gold_is_told(name):
    rules = gym.make(name).unwrapped.rules
    mdp, card = rules.to_mdp(), rules.card()
    p, k, _ = rules.proxies.shape
    assert mdp.solve().value == pytest.approx(card.optimal_return, abs=1e-12)
    assert rules.gold_mdp().solve().value == pytest.approx(rules.optimal_gold, abs=1e-12)
    assert mdp.evaluate(np.full((p + 1, k), 1 / k)).value == pytest.approx(card.random_return, abs=1e-12)
    envs = WorldVectorEnv(rules, 40, autoreset_mode="NextStep")
    obs, _ = envs.reset(seed=3)
    action = np.arange(40) % k
    _, reward, _, _, info = envs.step(action)
    np.testing.assert_array_equal(info["true_reward"], rules.gold[obs, action])
    np.testing.assert_array_equal(info["proxies"], rules.proxies[obs, action])
    np.testing.assert_allclose(reward, info["proxies"] @ rules.law.weights, atol=1e-12)
    np.testing.assert_allclose(info["regret"], rules.gold.max(1)[obs] - info["true_reward"])
    np.testing.assert_array_equal(info["success"], info["regret"] == 0)
    shown = {key for key in info if not key.startswith("_")} - {"is_success"}
    assert shown == set(card.info)


def test_gold_and_proxies_are_those_of_the_vectors():
    rules = GoldProxy("net", prompts=2, responses=5)
    np.testing.assert_array_equal(rules.law.gold(rules.features), rules.gold)
    np.testing.assert_array_equal(rules.law.proxies(rules.features), rules.proxies)


def test_the_exact_curve_is_that_of_each_policy_by_hand():
    rules = GoldProxy("shortcut", prompts=3, responses=6, skew=1.0)
    found = rules.curve([1.0, 0.3])
    for i, beta in enumerate((1.0, 0.3)):
        w = rules.reference * np.exp(rules.scores / beta)
        pi = w / w.sum(1, keepdims=True)
        assert found["kl"][i] == pytest.approx((pi * np.log(pi / rules.reference)).sum(1).mean(), abs=1e-12)
        assert found["gold"][i] == pytest.approx((pi * rules.gold).sum(1).mean(), abs=1e-12)
        assert found["score"][i] == pytest.approx((pi * rules.scores).sum(1).mean(), abs=1e-12)
    ns = [1, 4, 16]
    best = rules.best_of_curve(ns, score=rules.gold)
    np.testing.assert_array_equal(best["gold"], best["score"])
    assert (np.diff(best["gold"]) > 0).all() and (best["kl"] <= [best_of_divergence(n) + 1e-12 for n in ns]).all()


def test_large_tables_gain_what_the_law_of_the_shortcut_says():
    rules = GoldProxy("shortcut", prompts=200, responses=2000, options={"b": 1.5})
    found = rules.curve([6.0, 3.0, 2.0])
    np.testing.assert_allclose(found["gold"] - rules.gold.mean(), rules.law.gain(found["kl"]), rtol=0.03)


def test_planted_responses_take_all_of_a_raw_optimum_and_hardly_more_of_a_bounded_one():
    rules = GoldProxy("hack", prompts=100, responses=50)
    planted = rules.responses_table.columns["planted"]
    assert planted.sum() == 200
    raw = tilted(rules.reference, rules.scores, 0.1)
    assert expected(raw, planted).min() > 0.99
    # The proxy against each reference response, as a chance to win: 8 and 3 above them are nearly the same.
    odds = np.exp((sigmoid(8.0) - sigmoid(3.0)) / 0.1)
    assert odds == pytest.approx(1.6, abs=0.01) and np.exp(5 / 0.1) > 5e21
    wins = sigmoid(rules.scores[:, :, None] - rules.scores[:, None, :]).mean(-1)
    bounded = tilted(rules.reference, wins, 0.1)

    def odds_of_a_hack(policy):  # against the honest response that looks best
        honest = np.where(planted, -np.inf, rules.scores).argmax(1)
        rows = np.arange(100)
        return policy[rows, planted.argmax(1)] / policy[rows, honest]

    assert odds_of_a_hack(raw).min() > 1e15 and odds_of_a_hack(bounded).max() < 10
    honest = np.where(planted, -np.inf, rules.scores).argmax(1)
    gap = wins[np.arange(100), planted.argmax(1)] - wins[np.arange(100), honest]
    np.testing.assert_allclose(odds_of_a_hack(bounded), np.exp(gap / 0.1), rtol=1e-9)
    assert expected(bounded, rules.gold).mean() > expected(raw, rules.gold).mean() + 1.0


def test_two_proxies_have_the_exact_constrained_optimum_that_was_measured_elsewhere():
    rules = GoldProxy("two", prompts=1, responses=200)
    q, gold = rules.proxies[0], rules.gold[0]

    def policy(mu):
        return tilted(rules.reference[0], q @ mu, 1.0)

    mu = fsolve(lambda mu: policy(mu) @ q - [1.0, 0.8], np.ones(2))
    np.testing.assert_allclose(mu, [1.060, 0.232], atol=1e-3)
    pi = policy(mu)
    assert pi @ np.log(200 * pi) == pytest.approx(0.671, abs=1e-3)
    assert pi @ gold == pytest.approx(-1.868, abs=1e-3)
    np.testing.assert_allclose(rules.curve([2.0, 0.5, 0.05])["gold"], [-2.04, -4.13, -5.27], atol=6e-3)
    assert rules.curve([1.38])["gold"][0] == pytest.approx(-1.861, abs=1e-3)


def test_upper_errors_make_the_raw_sum_fall_and_a_saturating_one_fall_less():
    rules = GoldProxy("upper", prompts=50, responses=200)
    betas = np.geomspace(5, 0.005, 50)
    raw = rules.curve(betas)
    centred = rules.proxies - np.quantile(rules.proxies, 0.85, axis=1, keepdims=True)
    squashed = rules.curve(betas, score=np.log(sigmoid(centred)).sum(-1))
    lost = [c["gold"].max() - c["gold"][-1] for c in (raw, squashed)]
    assert lost[0] > 0.15 > 0 and lost[1] < lost[0]
    at = np.linspace(0.5, 4.5, 9)
    ahead = np.interp(at, squashed["kl"], squashed["gold"]) - np.interp(at, raw["kl"], raw["gold"])
    assert (ahead > 0.05).all()


def test_a_table_of_ones_own_needs_gold():
    table = Responses(np.array([[1.0, 2.0]]), gold=np.array([[1.0, 0.0]]))
    rules = GoldProxy(table=table)
    assert rules.optimal_value == 2.0 and rules.optimal_gold == 1.0 and rules.law is None
    with pytest.raises(BadOption, match="without gold"):
        GoldProxy(table=Responses(np.array([[1.0, 2.0]])))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"errors": "gauss"}, "did you mean 'gaussian'"),
        ({"options": {"k": 2}}, "options of this law: members, s"),
        ({"prompts": 0}, "prompts=0"),
        ({"skew": -1.0}, "skew=-1.0"),
        ({"errors": "hack", "responses": 2}, "2 planted of 2"),
        ({"weights": (1.0,)}, "5 finite numbers"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        GoldProxy(**fields)


def test_instances_differ_and_episodes_do_not():
    a, b, c = (GoldProxy(prompts=2, responses=3, instance=i) for i in (0, 0, 1))
    np.testing.assert_array_equal(a.gold, b.gold)
    assert (a.gold != c.gold).all()
