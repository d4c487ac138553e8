"""Contextual bandits: each link against its formula, and what the best arms are worth."""

import numpy as np
import pytest
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import ContextBandit


def test_vectors_are_spread_alike_over_the_sphere():
    rules = ContextBandit(size=4, arms=5, tasks=2)
    x = WorldVectorEnv(rules, 2000).reset(seed=0)[0]
    assert x.shape == (2000, 2, 5, 4)
    np.testing.assert_allclose(np.linalg.norm(x, axis=-1), 1.0, atol=1e-6)
    along = x.reshape(-1, 4) @ np.array([0.5, -0.5, 0.5, 0.5])
    assert stats.kstest(along, lambda t: stats.beta(1.5, 1.5).cdf((1 + t) / 2)).pvalue > 0.001


def test_linear_pay_is_what_least_squares_finds():
    rules = ContextBandit(arms=2, size=6, noise=0.0, instance=4)
    envs = WorldVectorEnv(rules, 50)
    obs, _ = envs.reset(seed=0)
    found, *_ = np.linalg.lstsq(obs[:, 0].astype(float), envs.step(np.zeros(50, dtype=int))[1], rcond=None)
    np.testing.assert_allclose(found, rules.weights[0], atol=1e-9)
    assert np.linalg.norm(rules.weights) == pytest.approx(1.0)
    assert np.linalg.norm(ContextBandit(scale=3.0, tasks=2).weights, axis=1) == pytest.approx([3.0, 3.0])


def test_links_are_their_formulas():
    x = np.random.default_rng(0).normal(size=(7, 3, 4, 5))
    logistic = ContextBandit("logistic", tasks=3, arms=4, size=5, scale=2.0)
    score = np.einsum("bmnd,md->bmn", x, logistic.weights)
    np.testing.assert_allclose(logistic.mean_pay(x), 1 / (1 + np.exp(-score)), atol=1e-12)
    maps = ContextBandit("maps", tasks=3, arms=4, size=5, features=2, maps=6, instance=1)
    features = [np.tanh(x @ B.T) / np.sqrt(2) for B in maps.matrices]
    assert maps.matrices.shape == (6, 2, 5)
    np.testing.assert_allclose(
        maps.mean_pay(x), np.einsum("bmnk,mk->bmn", features[maps.true_map], maps.weights), atol=1e-12
    )
    for j in range(6):  # what a learner that searches the class needs
        np.testing.assert_allclose(maps.phi(x, j), features[j], atol=1e-12)
    assert len({ContextBandit("maps", instance=i).true_map for i in range(30)}) > 20
    net = ContextBandit("net", tasks=3, arms=4, size=5, features=2, hidden=8)
    assert np.abs(net.mean_pay(x) + net.mean_pay(-x)).max() < 1e-12  # odd, so that random play gains nothing
    features = net.phi(x).reshape(-1, 2)
    assert np.linalg.norm(features, axis=1).max() <= 1.0
    linear, *_ = np.linalg.lstsq(x.reshape(-1, 5), features, rcond=None)
    assert np.abs(x.reshape(-1, 5) @ linear - features).max() > 0.1  # and yet no linear map


@pytest.mark.parametrize(
    "fields", [{}, {"size": 2, "arms": 3}, {"link": "logistic", "scale": 5.0}, {"tasks": 3, "size": 4}]
)
def test_the_optimum_is_that_of_play_of_the_best_arms(fields):
    n, rules = 3000, ContextBandit(pulls=5, **fields)
    card = rules.card()
    envs, dice = WorldVectorEnv(rules, n), np.random.default_rng(0)
    for best in (True, False):
        envs.reset(seed=1)
        total = 0.0
        for _ in range(5):
            means = rules.means(envs.get_state()["state"])
            arms = means.argmax(-1) if best else dice.integers(0, means.shape[-1], means.shape[:2])
            total = total + envs.step(arms[:, 0] if rules.tasks == 1 else arms)[1]
        known = card.optimal_return if best else card.random_return
        assert abs(total.mean() - known) < 3.5 * total.std() / np.sqrt(n)


def test_the_largest_of_two_on_a_circle_is_known_in_closed_form():
    # E max(cos a, cos b) = E |cos a - cos b| / 2 = 4 / pi^2
    assert ContextBandit(size=2, arms=2, pulls=1).optimal_value == pytest.approx(4 / np.pi**2, abs=1e-8)
    assert ContextBandit("maps").optimal_value is None and ContextBandit("net").card().optimal_return is None


def test_instances_are_drawn_from_their_seed():
    one, same, other = (ContextBandit("maps", instance=i) for i in (1, 1, 2))
    np.testing.assert_array_equal(one.matrices, same.matrices)
    np.testing.assert_array_equal(one.weights, same.weights)
    assert (one.weights != other.weights).all() and (one.matrices != other.matrices).all()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"link": "logit"}, "link='logit'"),
        ({"arms": 1}, "arms=1"),
        ({"size": 1}, "size=1"),
        ({"tasks": 0}, "tasks=0"),
        ({"maps": 0}, "maps=0"),
        ({"scale": 0.0}, "scale=0.0"),
        ({"noise": -1.0}, "noise=-1.0"),
        ({"noise": float("nan")}, "noise=nan"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        ContextBandit(**fields)
