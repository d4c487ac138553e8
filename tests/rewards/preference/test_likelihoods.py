"""Likelihoods: they sum to 1, agree where they must, stay finite, and their gradients are right."""

from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.special import expit, softmax
from scipy.stats import norm

from rewardlab.rewards.preference import likelihoods as lik
from rewardlab.rewards.preference.kernel import preference_loss

RNG = np.random.default_rng(0)
PAIRS = RNG.normal(size=(3, 40, 2)) * 3  # [K, P, 2]
LISTS = RNG.normal(size=(3, 10, 4)) * 2  # [K, P, G]
FAR = np.array([[1e4, -1e4], [-1e4, 1e4], [800.0, 0.0], [0.0, 0.0]])
CUTS = np.array([-1.0, 0.2, 2.0])
ETA, NU = np.array([0.1, 0.7, 2.0])[:, None], np.log([0.2, 1.0, 3.0])[:, None]
ANSWERS = {
    "logistic": lik.logistic_logs,
    "thurstone": lik.thurstone_logs,
    "rao_kupper": lambda s: lik.rao_kupper_logs(s, ETA if s.ndim == 3 else np.array(0.5)),
    "davidson": lambda s: lik.davidson_logs(s, NU if s.ndim == 3 else np.array(0.5)),
    "ordinal": lambda s: lik.ordinal_logs(s, CUTS),
}


def rankings(g):
    return np.array(list(permutations(range(g))))


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_all_answers_together_are_sure_near_and_far(answers):
    for scores in (PAIRS, FAR):
        logs = answers(scores)
        np.testing.assert_allclose(np.exp(logs).sum(-1), 1, rtol=1e-12)
        assert np.isfinite(logs).all()  # even of what is as good as impossible


@pytest.mark.parametrize("loss", [lik.plackett_luce_loss, lik.best_worst_loss])
@pytest.mark.parametrize("g", [2, 3, 4])
def test_all_rankings_together_are_sure(loss, g):
    scores = RNG.normal(size=(5, 1, g)) * 3
    every = rankings(g)
    if loss is lik.best_worst_loss:  # who is neither best nor worst does not matter
        every = np.unique(np.where(every == 0, 0, np.where(every == g - 1, 2, 1)), axis=0)
    chance = np.exp(-loss(scores, every))
    np.testing.assert_allclose(chance.sum(-1), 1, rtol=1e-12)


def test_partial_rankings_are_sums_of_whole_ones():
    every = rankings(4)
    whole = np.exp(-lik.plackett_luce_loss(LISTS[:, :1], every))  # [K, 24]
    for part in ([0, 1, 1, 1], [1, 0, 2, 2], [2, 2, 1, 0], [2, 0, 1, 3]):
        part = np.array(part)
        top = part < part.max()
        fits = [bool((order[top] == part[top]).all()) for order in every]
        found = np.exp(-lik.plackett_luce_loss(LISTS[:, :1], part[None]))[:, 0]
        np.testing.assert_allclose(found, whole[:, fits].sum(-1), rtol=1e-12)
    best = np.exp(-lik.plackett_luce_loss(LISTS[:, :1], np.array([[1, 1, 0, 1]])))[:, 0]
    np.testing.assert_allclose(best, softmax(LISTS[:, 0], -1)[:, 2], rtol=1e-12)


def test_what_was_not_in_the_list_does_not_matter():
    rank = np.array([[2, -1, 0, 1]])
    with_it, without = (
        lik.plackett_luce_loss(LISTS, rank),
        lik.plackett_luce_loss(LISTS[..., [0, 2, 3]], rank[:, [0, 2, 3]]),
    )
    np.testing.assert_allclose(with_it, without, rtol=1e-12)


def test_two_in_a_list_are_a_pair():
    label = RNG.integers(0, 2, 40).astype(float)
    rank = np.stack([1 - label, label], -1).astype(int)
    pairs = preference_loss(PAIRS[..., 0] - PAIRS[..., 1], label)
    np.testing.assert_allclose(lik.plackett_luce_loss(PAIRS, rank), pairs, rtol=1e-12, atol=1e-14)
    halves = lik.best_worst_loss(PAIRS / 2, rank)  # it weighs the same gap twice: once as best, once as worst
    np.testing.assert_allclose(halves, pairs, rtol=1e-12, atol=1e-14)


def test_without_ties_both_tie_models_are_bradley_terry():
    label, logistic = RNG.integers(0, 2, 40).astype(float), lik.logistic_logs(PAIRS)
    for logs in (lik.rao_kupper_logs(PAIRS, np.zeros(1)), lik.davidson_logs(PAIRS, np.full(1, -np.inf))):
        np.testing.assert_allclose(logs[..., :2], logistic, rtol=1e-12, atol=1e-14)
        assert (np.exp(logs[..., 2]) == 0).all()
        np.testing.assert_allclose(lik.tie_loss(logs, label), lik.pair_loss(logistic, label), rtol=1e-12, atol=1e-14)


def test_pairs_have_the_probabilities_of_their_papers():
    worth = np.exp(PAIRS)
    one, two = worth[..., 0], worth[..., 1]
    theta, nu = np.exp(ETA), np.exp(NU)
    tied = (theta**2 - 1) * one * two / ((one + theta * two) * (theta * one + two))
    kupper = np.stack([one / (one + theta * two), two / (two + theta * one), tied], -1)
    np.testing.assert_allclose(np.exp(lik.rao_kupper_logs(PAIRS, ETA)), kupper, rtol=1e-9)
    root = nu * np.sqrt(one * two)
    davidson = np.stack([one, two, root], -1) / (one + two + root)[..., None]
    np.testing.assert_allclose(np.exp(lik.davidson_logs(PAIRS, NU)), davidson, rtol=1e-9)
    np.testing.assert_allclose(np.exp(lik.thurstone_logs(PAIRS))[..., 0], norm.cdf(PAIRS[..., 0] - PAIRS[..., 1]))
    edges = np.concatenate([[-np.inf], CUTS, [np.inf]])
    ratings = np.diff(expit(edges - PAIRS[..., None]), axis=-1)
    np.testing.assert_allclose(np.exp(lik.ordinal_logs(PAIRS, CUTS)), ratings, rtol=1e-9)


def test_a_margin_is_a_tie_that_nobody_tells():
    margin = np.array(0.7)
    won, lost = (np.exp(-lik.margin_loss(PAIRS, np.full(40, y), margin)) for y in (1.0, 0.0))
    np.testing.assert_allclose(won + lost + np.exp(lik.rao_kupper_logs(PAIRS, margin))[..., 2], 1, rtol=1e-12)
    assert (won + lost < 1).all()


def test_soft_labels_are_mixtures():
    logs = lik.davidson_logs(PAIRS, NU)
    first, second, tie = (lik.tie_loss(logs, np.full(40, y)) for y in (1.0, 0.0, 0.5))
    np.testing.assert_allclose(lik.tie_loss(logs, np.full(40, 0.8)), 0.6 * first + 0.4 * tie)
    np.testing.assert_allclose(lik.tie_loss(logs, np.full(40, 0.1)), 0.8 * second + 0.2 * tie)
    np.testing.assert_allclose(first, -logs[..., 0])


def test_ratings():
    scores, rating = LISTS, RNG.integers(0, 4, (10, 4))
    np.testing.assert_allclose(lik.squared_loss(scores, rating), ((scores - rating) ** 2).sum(-1))
    logs = lik.ordinal_logs(scores, CUTS)
    expected = -np.take_along_axis(logs, np.broadcast_to(rating, scores.shape)[..., None], -1)[..., 0]
    np.testing.assert_allclose(lik.ordinal_loss(scores, rating, CUTS), expected)
    cuts = lik.ordered(np.array([-1.0]), np.log([1.2, 1.8]))
    np.testing.assert_allclose(cuts, CUTS)


LABEL = np.array([1.0, 0.0, 0.5, 0.8])
RANK = np.array([[0, 1, 2, 3], [1, 0, 1, 1], [2, -1, 0, 1], [3, 2, 0, 1]])
LOSSES = {
    "logistic": (2, lambda s, t: lik.pair_loss(lik.logistic_logs(s), t(LABEL))),
    "thurstone": (2, lambda s, t: lik.pair_loss(lik.thurstone_logs(s), t(LABEL))),
    "margin": (2, lambda s, t: lik.margin_loss(s, t(LABEL), t(np.arange(4.0)))),
    "scaled": (2, lambda s, t: lik.scaled_loss(s, t(LABEL), t(np.arange(4.0)))),
    "rao_kupper": (2, lambda s, t: lik.tie_loss(lik.rao_kupper_logs(s, t(np.array(0.4))), t(LABEL))),
    "davidson": (2, lambda s, t: lik.tie_loss(lik.davidson_logs(s, t(np.array(0.4))), t(LABEL))),
    "plackett_luce": (4, lambda s, t: lik.plackett_luce_loss(s, t(RANK))),
    "best_worst": (4, lambda s, t: lik.best_worst_loss(s, t(RANK[[0, 3, 2, 3]]))),
    "squared": (2, lambda s, t: lik.squared_loss(s, t(LABEL)[:, None])),
    "ordinal": (2, lambda s, t: lik.ordinal_loss(s, t(np.array([[0, 1], [3, 2], [1, 1], [0, 3]])), t(CUTS)).sum(-1)),
}


@pytest.mark.parametrize(("g", "loss"), LOSSES.values(), ids=LOSSES)
def test_gradients_are_differences_and_torch_is_numpy(g, loss):
    scores = RNG.normal(size=(2, 4, g)) * 2
    x = torch.tensor(scores, requires_grad=True)
    out = loss(x, torch.as_tensor)
    assert tuple(out.shape) == (2, 4)
    np.testing.assert_allclose(out.detach(), loss(scores, np.asarray), rtol=1e-12)
    (slope,) = torch.autograd.grad(out.sum(), x)
    moved = np.zeros_like(scores)
    for at in np.ndindex(scores.shape):
        up, down = scores.copy(), scores.copy()
        up[at] += 1e-5
        down[at] -= 1e-5
        moved[at] = (loss(up, np.asarray).sum() - loss(down, np.asarray).sum()) / 2e-5
    np.testing.assert_allclose(slope, moved, rtol=1e-6, atol=1e-7)
    if g == 2:  # and far apart, where naive formulas overflow
        far = torch.tensor(FAR, dtype=torch.float32, requires_grad=True)
        out = loss(far, lambda v: torch.as_tensor(v).to(torch.float32))
        assert out.isfinite().all() and torch.autograd.grad(out.sum(), far)[0].isfinite().all()


@pytest.mark.parametrize(("logs", "start"), [(lik.rao_kupper_logs, 0.4), (lik.davidson_logs, -0.3)])
def test_the_slope_of_the_tie_parameter(logs, start):
    def loss(value):
        return lik.tie_loss(logs(PAIRS[0], np.array(value)), np.tile([1.0, 0.5, 0.0, 0.5], 10)).sum()

    t = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    out = lik.tie_loss(logs(torch.as_tensor(PAIRS[0]), t), torch.as_tensor(np.tile([1.0, 0.5, 0.0, 0.5], 10))).sum()
    slope = float(torch.autograd.grad(out, t)[0])
    assert slope == pytest.approx((loss(start + 1e-5) - loss(start - 1e-5)) / 2e-5, rel=1e-6)
