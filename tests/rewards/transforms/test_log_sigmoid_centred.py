"""LSC: probabilities that a response is good, and their posterior."""

import numpy as np
import pytest
from transforms_hacked import HONEST, steps, table

from rewardlab.core.algebra import Scale
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import divergence, expected, sigmoid, tilted
from rewardlab.rewards import LogSigmoidCentred, Task
from rewardlab.rewards.transforms.references import log_sigmoid

RNG = np.random.default_rng(1)


def test_it_is_the_log_probability_of_beating_the_bar():
    proxy, refs = RNG.normal(size=(4, 6)), RNG.normal(size=(4, 9))
    paid = LogSigmoidCentred()(steps(proxy, refs))
    bar = np.quantile(refs, 0.85, axis=-1)[:, None]
    np.testing.assert_allclose(paid, np.log(sigmoid(proxy - bar)), rtol=1e-9)
    assert (paid <= 0).all()


def test_it_forgets_what_is_added_to_a_whole_prompt():
    proxy, refs, shift = RNG.normal(size=(4, 6)), RNG.normal(size=(4, 9)), 100 * RNG.normal(size=(4, 1))
    one = LogSigmoidCentred()(steps(proxy, refs))
    np.testing.assert_allclose(LogSigmoidCentred()(steps(proxy + shift, refs + shift)), one, atol=1e-12)


def test_a_sum_of_them_at_gamma_1_gives_the_bayes_posterior():
    first, second = RNG.normal(size=(2, 5, 8))
    refs = {"a": RNG.normal(size=(5, 16)), "b": RNG.normal(size=(5, 16))}
    prior = RNG.dirichlet(np.ones(8), size=5)
    batch = steps(first, refs["a"], a=np.repeat(refs["a"][:, None], 8, 1), b=np.repeat(refs["b"][:, None], 8, 1))
    one = LogSigmoidCentred("a", 0.5)(batch)
    two = LogSigmoidCentred("b", 0.5)(batch.paying(second))
    good = np.ones_like(prior)
    for r, name in ((first, "a"), (second, "b")):
        good = good * sigmoid(r - np.quantile(refs[name], 0.5, axis=-1)[:, None])
    posterior = prior * good / (prior * good).sum(-1, keepdims=True)
    np.testing.assert_allclose(tilted(prior, one + two, 1.0), posterior, atol=1e-12)


def test_its_slope_falls_from_one_to_nothing():
    x = np.array([-20.0, 0.0, 20.0])
    slope = (log_sigmoid(x + 1e-6) - log_sigmoid(x - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope, [1.0, 0.5, 0.0], atol=1e-6)


def test_two_properties_are_met_more_often_than_by_the_raw_sum_at_the_same_divergence():
    # Two proxies whose errors grow in the upper tail: the raw sum buys one property with the other.
    rng = np.random.default_rng(3)
    true = rng.normal(size=(2, 50, 200))
    proxy = true + 0.8 * np.maximum(true + rng.normal(size=true.shape), 0) ** 2
    prior = np.full((50, 200), 1 / 200)
    bar = [np.quantile(t, 0.7, axis=-1, keepdims=True) for t in true]
    terms = [LogSigmoidCentred(quantile=0.7)(steps(p, p[:, :64])) for p in proxy]

    def both(reward, kl):
        betas = np.geomspace(1e-2, 1e3, 400)
        policies = [tilted(prior, reward, b) for b in betas]
        found = min(policies, key=lambda p: abs(divergence(p, prior).mean() - kl))
        return expected(found, (true[0] > bar[0]) & (true[1] > bar[1])).mean()

    for kl in (0.5, 1.0, 2.0):
        assert both(terms[0] + terms[1], kl) > both(proxy[0] + proxy[1], kl) + 0.01


def test_hacks_earn_next_to_nothing_more_than_the_best():
    proxy, _ = table()
    paid = LogSigmoidCentred()(steps(proxy, proxy[:, :10]))
    assert (paid[:, -1] - np.sort(paid[:, :HONEST], axis=-1)[:, -1] < 0.7).all()


def test_it_is_a_stage_and_its_quantile_is_checked():
    assert isinstance(0.5 * Task().then(LogSigmoidCentred()), Scale)
    with pytest.raises(BadOption, match="quantile"):
        LogSigmoidCentred(quantile=1.5)
