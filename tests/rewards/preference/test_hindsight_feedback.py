"""A market of three products: who wants a feature hears a statement about each, and buys one or leaves."""

from itertools import product

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards import HindsightFeedback, expected_labels, sometimes_seen, telling_outcomes, trusting_beliefs

PRICES = np.array([0.3, 0.5, 0.7])
PROFILES = np.array(list(product([1, 0, -1], repeat=3)))  # has, nothing said, has not
WORLDS = (np.arange(8)[:, None] >> np.arange(3)) & 1  # [W, N]: which products have the feature
UTILITY = np.concatenate([np.zeros((1, 8)), WORLDS.T - PRICES[:, None]])  # leave, or buy one
TRUE = 4  # only the third has it
SIGNAL = telling_outcomes(UTILITY)
USER = HindsightFeedback(trusting_beliefs(np.full(3, 0.3), PROFILES), UTILITY)


def place(*profile):
    return int(np.flatnonzero((profile == PROFILES).all(-1))[0])


def lies(profiles):
    return ((profiles != 0) & (profiles != np.where(WORLDS[TRUE], 1, -1))).any(-1)


def test_beliefs_take_claims_for_facts_with_the_probability_of_trust():
    assert len(PROFILES) == 27 and list(WORLDS[TRUE]) == [0, 0, 1]
    belief = USER.belief[place(1, -1, 0)] @ WORLDS
    np.testing.assert_allclose(belief, [0.3 + 0.7 * 0.8, 0.3 * 0.2, 0.3])
    by_hand = [np.prod(np.where(w, [0.86, 0.06, 0.3], [0.14, 0.94, 0.7])) for w in WORLDS]
    np.testing.assert_allclose(USER.belief[place(1, -1, 0)], by_hand)


def test_of_all_27_profiles_foresight_wants_the_lie_and_hindsight_the_honest_one():
    rating, utility = USER.foresight, USER.utilities[:, TRUE]
    lie, honest = place(1, -1, -1), place(-1, -1, 1)
    assert rating.max() == pytest.approx(0.56) == rating[lie] and utility[lie] == pytest.approx(-0.3)
    assert rating[honest] == pytest.approx(0.16) and utility[honest] == pytest.approx(0.3) == utility.max()
    best = np.isclose(rating, rating.max())  # all that promise the cheapest one
    assert best.sum() == 9 and (PROFILES[best][:, 0] == 1).all() and np.allclose(utility[best], -0.3)
    after = USER.hindsight(SIGNAL)[:, TRUE]
    np.testing.assert_allclose(after, utility, atol=1e-12)
    best = np.isclose(after, after.max())
    assert best[honest] and best.sum() == 4 and not lies(PROFILES[best]).any() and (PROFILES[best][:, 2] == 1).all()
    only = [y for y in np.flatnonzero(best) if (PROFILES[y] != 0).all()]
    assert only == [honest]  # of those that say something of every product, exactly the honest one


def test_every_profile_is_rated_as_if_worked_out_alone():
    for y, profile in enumerate(PROFILES):
        chance = np.where(profile == 1, 0.86, np.where(profile == -1, 0.06, 0.3))
        values = np.array([0, *(chance - PRICES)])
        action = next(a for a in range(4) if values[a] > values.max() - 1e-9)
        assert USER.choices[y] == action
        assert USER.foresight[y] == pytest.approx(values[action])
        assert USER.utilities[y, TRUE] == pytest.approx([0, -0.3, -0.5, 0.3][action])


@pytest.mark.parametrize(("chance", "honest"), [(0.0, False), (0.39, False), (0.41, True), (1.0, True)])
def test_consequences_that_are_seen_often_enough_make_honesty_pay(chance, honest):
    """The lie is rated 0.56 − 0.86 q, honesty 0.16 + 0.14 q: even at q = 0.4."""
    rating = USER.hindsight(sometimes_seen(SIGNAL, chance))[:, TRUE]
    assert rating[place(1, -1, -1)] == pytest.approx(0.56 - 0.86 * chance)
    assert rating[place(-1, -1, 1)] == pytest.approx(0.16 + 0.14 * chance)
    assert (not lies(PROFILES[[rating.argmax()]])[0]) == honest


def test_nothing_seen_is_foresight_and_in_ones_own_belief_hindsight_is_on_average_foresight():
    blind = USER.hindsight(np.ones((4, 8, 1)))
    np.testing.assert_allclose(blind, np.repeat(USER.foresight[:, None], 8, 1))
    noise = np.random.default_rng(0).dirichlet(np.ones(5), (4, 8))
    for signal in (SIGNAL, noise, sometimes_seen(SIGNAL, 0.3)):
        np.testing.assert_allclose((USER.belief * USER.hindsight(signal)).sum(-1), USER.foresight)


def test_more_is_seen_the_nearer_ratings_are_to_the_truth():
    far = [np.abs(USER.hindsight(sometimes_seen(SIGNAL, q)) - USER.utilities).mean() for q in (0, 0.3, 0.6, 1)]
    assert (np.diff(far) < 0).all() and far[-1] < 1e-12


def test_an_outcome_that_was_thought_impossible_is_believed():
    sure = HindsightFeedback(np.array([[1.0, 0.0]]), np.array([[0.5, -1.0]]))
    np.testing.assert_allclose(sure.hindsight(np.eye(2)[None]), [[0.5, -1.0]])


def test_an_unbiased_simulator_gives_the_labels_of_real_consequences():
    real = np.prod(np.where(WORLDS, 0.3, 0.7), -1)
    rating = USER.hindsight(SIGNAL)
    truth, n = expected_labels(rating, real), 20000
    rng = np.random.default_rng(0)
    drawn = np.bincount(rng.choice(8, n, p=real), minlength=8) / n
    labels = np.stack([expected_labels(rating[:, [w]], np.ones(1)) for w in range(8)], -1)  # [Y, Y, W] in {0, ½, 1}
    error = np.sqrt(labels**2 @ real - truth**2 + 1e-12) / np.sqrt(n)
    far = np.abs(expected_labels(rating, drawn) - truth)
    assert (far <= 3.5 * error + 1e-9).all()  # 351 pairs, all of the same draws
    biased = np.prod(np.where(WORLDS, 0.7, 0.3), -1)
    assert (np.abs(expected_labels(rating, biased) - truth) > 3.5 * error + 1e-9).mean() > 0.3
    np.testing.assert_allclose(truth + truth.T, 1)
    np.testing.assert_allclose(rating @ real, USER.utilities @ real, atol=1e-12)  # so both have the same best message


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="trust=2"):
        trusting_beliefs(np.ones(1), np.ones((1, 1)), trust=2)
    with pytest.raises(BadOption, match="chance=-1"):
        sometimes_seen(SIGNAL, -1)
    with pytest.raises(BadOption, match=r"belief \(1, 2\)"):
        HindsightFeedback(np.ones((1, 2)) / 2, np.ones((3, 3)))
    with pytest.raises(BadOption, match="no distribution"):
        HindsightFeedback(np.ones((1, 3)), np.ones((3, 3)))
    with pytest.raises(BadOption, match=r"signal \(4, 8\)"):
        USER.hindsight(np.ones((4, 8)))
