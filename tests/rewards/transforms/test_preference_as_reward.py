"""PAR: the win rate as the reward, and the other shapers beside it on a table with planted hacks."""

import math

import numpy as np
import pytest
from transforms_hacked import HACKS, HONEST, steps, table

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import beats, divergence, expected, sigmoid, tilted
from rewardlab.rewards import (
    Centred,
    Clip,
    ClipBand,
    LateGrowth,
    LogSigmoidCentred,
    MinMax,
    PreferenceAsReward,
    Sigmoid,
    Standardise,
    Task,
)

RNG = np.random.default_rng(2)


def test_it_is_the_bradley_terry_win_rate_against_the_references():
    proxy, refs = RNG.normal(size=(3, 5)), RNG.normal(size=(3, 7))
    paid = PreferenceAsReward()(steps(proxy, refs))
    whole = beats(np.concatenate([proxy, refs], axis=-1))[:, :5, 5:].mean(-1)
    np.testing.assert_allclose(paid, whole, rtol=1e-12)
    assert ((paid > 0) & (paid < 1)).all()


def test_a_reference_itself_earns_a_half_and_shifts_are_forgotten():
    refs = RNG.normal(size=(3, 1))
    np.testing.assert_allclose(PreferenceAsReward()(steps(refs, refs)), 0.5)
    proxy = RNG.normal(size=(3, 5))
    moved = PreferenceAsReward()(steps(proxy + 7.0, refs + 7.0))
    np.testing.assert_allclose(moved, PreferenceAsReward()(steps(proxy, refs)), atol=1e-12)


def test_one_reference_is_unbiased_for_many():
    proxy, refs = RNG.normal(size=(1, 4)), RNG.normal(size=(1, 20_000))
    many = PreferenceAsReward()(steps(proxy, refs))
    single = np.stack([PreferenceAsReward()(steps(proxy, refs[:, [m]])) for m in range(0, 20_000, 10)])
    np.testing.assert_allclose(single.mean(0), many, atol=3 * 0.25 / math.sqrt(2000))


def test_the_odds_of_a_hack_are_those_of_the_closed_form():
    batch = steps(np.array([[8.0, 3.0]]), np.zeros((1, 1)))
    odds = {}
    for name, shaper in {"raw": Centred(), "par": PreferenceAsReward()}.items():
        p = tilted(np.array([[0.5, 0.5]]), shaper(batch), 0.1)[0]
        odds[name] = p[0] / p[1]
    assert odds["raw"] == pytest.approx(math.exp(50), rel=1e-6)
    assert odds["par"] == pytest.approx(math.exp((sigmoid(8.0) - sigmoid(3.0)) / 0.1), rel=1e-9)
    assert round(float(odds["par"]), 1) == 1.6


def shaped(shaper):
    proxy, true = table()
    batch = steps(proxy, proxy[:, :10])
    shaper.update(batch)
    return shaper(batch), true


def hack_mass(reward, beta=0.1):
    policy = tilted(np.full(reward.shape, 1 / reward.shape[-1]), reward, beta)
    return policy[:, HONEST:].sum(-1).mean(), policy


def test_the_raw_proxy_is_hacked_and_the_preference_is_not():
    raw, true = shaped(Task())
    par, _ = shaped(PreferenceAsReward())
    assert hack_mass(raw)[0] > 0.99
    mass, policy = hack_mass(par)
    assert mass < 0.5 and expected(policy, true).mean() > 0.1 > -1.9 > expected(hack_mass(raw)[1], true).mean()


def test_far_below_its_range_of_beta_saturation_no_longer_protects():
    par, _ = shaped(PreferenceAsReward())
    masses = [hack_mass(par, beta)[0] for beta in (1.0, 0.1, 0.03, 0.01, 0.003)]
    assert masses == sorted(masses) and masses[0] < 2.2 * HACKS / (HONEST + HACKS) and masses[-1] > 0.8


def gold_at(shaper, kl):
    """The true reward of the policy that is best for the shaped proxy at this mean divergence from the prior."""
    reward, true = shaped(shaper)
    prior = np.full(true.shape, 1 / true.shape[-1])
    low, high = 1e-4 * np.ptp(reward), 1e3 * np.ptp(reward)
    for _ in range(50):
        beta = math.sqrt(low * high)
        policy = tilted(prior, reward, beta)
        low, high = (beta, high) if divergence(policy, prior).mean() > kl else (low, beta)
    return expected(policy, true).mean()


@pytest.mark.parametrize(
    "other", [Task(), Standardise(), MinMax(), Centred(), LateGrowth(), Clip(-1e9, 5.0)], ids=lambda r: type(r).__name__
)
def test_at_the_same_divergence_it_is_truly_better_than_what_does_not_saturate(other):
    for kl in (0.25, 0.5, 1.0, 1.5):
        assert gold_at(PreferenceAsReward(), kl) > gold_at(other, kl) + 0.2


def test_the_raw_proxy_only_loses_and_the_preference_gains_first():
    raw, par = (
        [gold_at(shaper, kl) for kl in (0.05, 0.25, 0.5, 1.0, 2.0)] for shaper in (Task(), PreferenceAsReward())
    )
    assert raw[1:] == sorted(raw[1:], reverse=True) and raw[-1] < -1.0
    assert par[0] < par[1] < par[2] and max(par) > 0.55


def test_solved_exactly_its_relatives_that_saturate_at_the_mean_do_no_worse():
    # Published comparisons train networks and find it the best; with exact optima these are ahead, by so much.
    lead = {type(r).__name__: gold_at(r, 0.5) - gold_at(PreferenceAsReward(), 0.5) for r in (ClipBand(), Sigmoid())}
    assert all(0.1 < x < 0.3 for x in lead.values()), lead
    assert abs(gold_at(LogSigmoidCentred(), 0.5) - gold_at(PreferenceAsReward(), 0.5)) < 0.2


def test_a_slope_must_be_positive():
    with pytest.raises(BadOption, match="slope"):
        PreferenceAsReward(slope=0.0)
