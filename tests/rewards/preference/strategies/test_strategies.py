"""Strategies of asking: scores against enumeration, covers against brute force."""

from itertools import combinations, product

import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadOption, Diverged
from rewardlab.rewards.preference import (
    Disagreement,
    Diverse,
    Entropy,
    ExpectedChange,
    InformationGain,
    KCentre,
    Shortlist,
    Uniform,
    ValueIncentivised,
)
from rewardlab.rewards.preference.strategies.k_centre import furthest_first
from rewardlab.rewards.preference.strategies.kernel import binary_entropy, pair_distances, standardised

SCORED = (Disagreement, Entropy, ExpectedChange, InformationGain, ValueIncentivised)
ALL = (
    *(s() for s in SCORED),
    KCentre(),
    Uniform(),
    Diverse(InformationGain()),
    Shortlist(Disagreement(), KCentre(), 2),
)


class Members:
    """Members whose scores of segments are linear in the observation, w [K, D]."""

    def __init__(self, w):
        self.w = np.asarray(w, dtype=float)

    def segment_scores(self, items):
        return np.moveaxis(np.asarray(items.obs) @ self.w.T, -1, 0).sum(-1)

    def probabilities(self, items):
        s = self.segment_scores(items)
        return 1 / (1 + np.exp(s[..., 1] - s[..., 0]))


class Table:
    """Members whose probabilities are given, [K, C]."""

    def __init__(self, p):
        self.p = np.asarray(p, dtype=float)

    def probabilities(self, items):
        return self.p


def candidates(count, *, features=2, seed=0):
    return steps((count, 2, 3), obs=np.random.default_rng(seed).normal(size=(count, 2, 3, features)))


def pick(strategy, p, count=1, seed=0):
    return strategy(candidates(np.shape(p)[1]), Table(p), count, np.random.default_rng(seed))


@pytest.mark.parametrize("strategy", ALL)
@pytest.mark.parametrize("count", [0, 1, 7, 20])
def test_picks_are_distinct_positions_and_a_seed_decides(strategy, count):
    batch, model = candidates(20), Members(np.random.default_rng(1).normal(size=(4, 2)))
    a, b = (strategy(batch, model, count, np.random.default_rng(5)) for _ in range(2))
    assert a.shape == (count,) and len(set(a.tolist())) == count and (a == b).all()
    assert count == 0 or (a.min() >= 0 and a.max() < 20)
    assert (strategy(as_torch(batch), model, count, np.random.default_rng(5)) == a).all()


@pytest.mark.parametrize("strategy", ALL)
def test_more_than_there_are_and_things_that_are_no_pairs_are_refused(strategy):
    with pytest.raises(BadOption, match="count=21"):
        strategy(candidates(20), Members(np.ones((2, 2))), 21, np.random.default_rng(0))
    with pytest.raises(BadBatch, match="pairs"):
        strategy(steps((5, 3, 2)), Members(np.ones((2, 2))), 1, np.random.default_rng(0))


@pytest.mark.parametrize("strategy", [Disagreement(), Entropy(), InformationGain(), Diverse(Entropy())])
def test_a_model_that_gives_nan_is_named(strategy):
    with pytest.raises(Diverged, match="candidate 1 is NaN"):
        pick(strategy, [[0.5, np.nan, 0.5]])


def test_information_is_that_of_the_joint_law_of_member_and_answer():
    p = np.random.default_rng(0).random((5, 40))
    p[:, 0], p[:, 1] = [0, 1, 0, 1, 1], 0.5  # sure and opposed; all call it a coin
    joint = np.stack([p, 1 - p]) / 5  # [answer, member, C]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = joint * np.log(joint / (joint.sum(0) * joint.sum(1)[:, None]))
    exact = np.nan_to_num(terms).sum((0, 1))
    got = InformationGain().scores(candidates(40), Table(p))
    np.testing.assert_allclose(got, exact, atol=1e-14)
    assert got[1] == pytest.approx(0, abs=1e-15) and got[0] == got.max() == pytest.approx(binary_entropy(np.array(0.4)))
    assert (got <= Entropy().scores(candidates(40), Table(p)) + 1e-15).all()


def test_the_gain_is_what_the_posterior_loses_on_average():
    """Expected drop of the entropy of the belief over members, by Bayes' rule for both answers."""
    p = np.random.default_rng(1).uniform(0.05, 0.95, (3, 6))
    drop = np.zeros(6)
    for answer in (p, 1 - p):
        posterior = answer / answer.sum(0)
        drop += answer.mean(0) * (np.log(3) + (posterior * np.log(posterior)).sum(0))
    np.testing.assert_allclose(InformationGain().scores(candidates(6), Table(p)), drop, atol=1e-14)


def test_entropy_has_the_order_of_the_removed_volume():
    p = np.random.default_rng(2).random((7, 30))
    removed = np.minimum((1 - p).mean(0), p.mean(0))  # of the worse answer, whichever it will be
    assert (np.argsort(Entropy().scores(candidates(30), Table(p))) == np.argsort(removed)).all()


def test_strategies_that_differ_pick_differently():
    p = np.array([[0.5, 0.0, 0.4], [0.5, 1.0, 0.7]])  # a coin; an open question; neither
    assert pick(InformationGain(), p)[0] == 1 and pick(Disagreement(), p)[0] == 1
    assert set(pick(Entropy(), p, 2)) == {0, 1}  # which it cannot tell apart
    np.testing.assert_allclose(Disagreement().scores(candidates(3), Table(p)), [0, 0.25, 0.0225])


def test_equal_scores_are_picked_by_chance():
    first = [pick(Disagreement(), np.full((2, 4), 0.5), seed=s)[0] for s in range(400)]
    counts = np.bincount(first, minlength=4)
    assert ((counts - 100) ** 2 / 100).sum() < 16.3  # χ² with 3 degrees, 0.1 %
    assert (np.bincount([pick(Uniform(), np.ones((1, 4)), seed=s)[0] for s in range(400)]) > 60).all()


def test_expected_change_is_the_mean_length_of_the_gradient():
    batch, model = candidates(8, seed=3), Members(np.random.default_rng(4).normal(size=(1, 2)))
    phi = batch.obs.mean(2)
    p = model.probabilities(batch)[0]
    exact = sum(
        q * np.linalg.norm((y - p)[:, None] * (phi[:, 0] - phi[:, 1]), axis=-1) for y, q in ((1, p), (0, 1 - p))
    )
    np.testing.assert_allclose(ExpectedChange().scores(batch, model), exact, rtol=1e-12)


def test_value_and_doubt_both_count():
    batch = steps((3, 2, 1), obs=np.array([[[5, 0], [5, 0.1]], [[0, 4], [0, -4]], [[5, 4], [5, -4]]])[:, :, None])
    doubt = Members([[1, 1], [1, -1]])  # sure of the first feature, not of the second
    rng = np.random.default_rng(0)
    assert ValueIncentivised(0.0).scores(batch, doubt).tolist() == [5, 0, 5]
    assert ValueIncentivised(1.0)(batch, doubt, 3, rng).tolist() == [2, 1, 0]
    np.testing.assert_allclose(ValueIncentivised(0.5).scores(batch, doubt), [5 + 0.05, 4, 9])
    with pytest.raises(BadOption, match="beta"):
        ValueIncentivised(-1.0)


def distance(a, b):
    """Between two pairs [2, D], from the definition."""
    return min(np.linalg.norm(a - b), np.linalg.norm(a - b[::-1]))


def test_distances_are_a_metric_that_does_not_know_first_from_second():
    phi = np.random.default_rng(0).normal(size=(6, 2, 3))
    d = np.array([pair_distances(phi, i) for i in range(6)])
    exact = [[distance(a, b) for b in phi] for a in phi]
    np.testing.assert_allclose(d, exact, atol=1e-12)
    assert all(d[i, k] <= d[i, j] + d[j, k] + 1e-12 for i, j, k in product(range(6), repeat=3))
    flipped = phi.copy()
    flipped[2:4] = phi[2:4, ::-1]
    np.testing.assert_allclose([pair_distances(flipped, i) for i in range(6)], d, atol=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_the_cover_is_within_twice_the_best_one(seed):
    phi = np.random.default_rng(seed).normal(size=(10, 2, 2))
    d = np.array([pair_distances(phi, i) for i in range(10)])
    for k in (2, 3, 4):
        best = min(d[list(c)].min(0).max() for c in combinations(range(10), k))
        for first in range(10):
            assert d[furthest_first(phi, k, first)].min(0).max() <= 2 * best + 1e-12


def test_copies_are_picked_last():
    obs = np.repeat(np.array([[0.0, 1.0], [5.0, 2.0], [0.0, 9.0]]), 3, 0)[:, :, None, None]  # three of each
    batch = steps((9, 2, 1), obs=obs)
    assert set(KCentre()(batch, None, 3, np.random.default_rng(0)) // 3) == {0, 1, 2}
    p = np.tile(np.linspace(0.9, 1.0, 9), (2, 1)) * [[0.1], [1.0]]
    assert set(Diverse(Disagreement())(batch, Table(p), 3, np.random.default_rng(0)) // 3) == {0, 1, 2}
    assert set(Disagreement()(batch, Table(p), 3, np.random.default_rng(0)) // 3) == {2}


def test_the_product_is_greedy_in_score_times_distance():
    batch, rng = candidates(12, seed=5), np.random.default_rng(0)
    p = rng.random((3, 12))
    got = Diverse(Disagreement())(batch, Table(p), 5, rng)
    score, phi = p.var(0) - p.var(0).min(), standardised(batch.obs.mean(2))
    want = [int(score.argmax())]
    while len(want) < 5:
        near = np.min([[distance(a, phi[j]) for a in phi] for j in want], 0)
        want.append(max((i for i in range(12) if i not in want), key=lambda i: score[i] * near[i]))
    assert got.tolist() == want


def test_a_shortlist_holds_the_best_and_the_second_chooses():
    p = np.random.default_rng(6).random((3, 12))
    got = Shortlist(Disagreement(), Uniform(), times=2)(candidates(12), Table(p), 3, np.random.default_rng(0))
    assert set(got) <= set(np.argsort(-p.var(0))[:6])
    one = Shortlist(Disagreement(), Uniform(), times=1)(candidates(12), Table(p), 3, np.random.default_rng(0))
    assert set(one) == set(np.argsort(-p.var(0))[:3])
    with pytest.raises(BadOption, match="times=0"):
        Shortlist(Uniform(), Uniform(), times=0)
