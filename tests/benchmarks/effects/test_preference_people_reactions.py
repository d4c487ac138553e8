"""All responses and their rates, the optimum of a mixture, and a trained policy that reaches it."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_people_reactions as reactions
from rewardlab.core.responses import divergence, expected, tilted


def test_all_responses_are_listed_and_the_reference_is_a_law():
    assert reactions.COUNTS.shape == (4096, 3) and reactions.REFERENCE.sum() == pytest.approx(1)
    assert expected(reactions.REFERENCE, reactions.GOOD) == pytest.approx(6 * reactions.SHARES[1])
    assert expected(reactions.REFERENCE, reactions.UNSAFE > 0) == pytest.approx(1 - (1 - reactions.SHARES[3]) ** 6)


def test_turns_are_drawn_as_they_say():
    items = reactions.turns(50000, np.random.default_rng(0))
    usual = items.info["annotator"] >= 10
    rate = expected(reactions.REFERENCE, reactions.LOVE)
    assert items.info["reaction"][usual].mean() == pytest.approx(rate, abs=0.006)
    assert items.info["reaction"][~usual].mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("weight", reactions.SWEEP)
def test_the_optimum_of_a_mixture_is_the_tilted_reference_and_training_reaches_it(weight):
    reward = reactions.mixed(reactions.LOVE, weight)
    best, found = tilted(reactions.REFERENCE, reward, 1.0), reactions.trained(reward, 1.0)
    assert 0.5 * np.abs(best - found).sum() < 0.05

    def worth(policy):
        return expected(policy, reward) - divergence(policy, reactions.REFERENCE)

    rng = np.random.default_rng(0)
    others = [best * np.exp(0.1 * rng.normal(size=4096)) for _ in range(5)]
    assert all(worth(best) > worth(p / p.sum()) for p in others)
    assert 0.5 * np.abs(best - reactions.trained(reward, 1.0, steps=1)).sum() > 0.05


def test_with_true_rates_love_alone_is_hacked_and_a_mixture_is_not():
    policies = reactions.policies(reactions.LOVE)
    love, truth = ([expected(p, x) for p in policies] for x in (reactions.LOVE, reactions.TRUTH))
    assert love[1] > 3 * love[0] and truth[1] < truth[0]
    plain, half = (tilted(reactions.REFERENCE, reactions.mixed(reactions.LOVE, w), reactions.BETA) for w in (0.0, 1.0))
    assert expected(half, reactions.LOVE) > 1.2 * expected(plain, reactions.LOVE)
    assert expected(half, reactions.TRUTH) > expected(plain, reactions.TRUTH)


def test_unsafe_responses_are_left():
    best = tilted(reactions.REFERENCE, reactions.mixed(reactions.LOVE, 1.0), reactions.BETA)
    assert expected(best, reactions.UNSAFE > 0) < 1e-3 < expected(reactions.REFERENCE, reactions.UNSAFE > 0)


def test_a_run_is_reproducible():
    model = [reactions.fitted(0, count=2000, epochs=2) for _ in range(2)]
    np.testing.assert_array_equal(*(reactions.chances(m) for m in model))


def test_claims_name_sides_that_there_are():
    (effect,) = reactions.effects()
    assert {s for c in effect.claims for s in (c.side, c.against)} <= {a.side for a in effect.arms}
