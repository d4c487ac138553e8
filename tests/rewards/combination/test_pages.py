"""Rewards of pages, against a click model whose best page is known by enumeration."""

import functools
import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import (
    fit_pairs,
    item_features,
    less_diverse,
    less_relevant,
    page_features,
    redundant,
    slot_pay,
    swapped,
    worse_ranked,
)

ITEMS, L, REPEAT = 12, 5, 0.5
CATEGORIES = np.arange(ITEMS) // 3
ETA = 1 / np.log2(np.arange(L) + 2)
rng_of = np.random.default_rng


def relevance(seed):
    """[ITEMS] of a user who likes what lies to the right: categories are clusters of taste, so that likes repeat."""
    centres = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])[CATEGORIES]
    return 1 / (1 + np.exp(-(centres + 0.3 * rng_of(seed).normal(size=(ITEMS, 2))) @ [1.5, 0.5]))


RELEVANCE = relevance(0)


def chances(pages):
    """[..., L]: a click at each slot, by position, relevance and how often the category came before."""
    kinds = CATEGORIES[pages]
    before = np.tril(kinds[..., :, None] == kinds[..., None, :], -1).sum(-1)
    return ETA * RELEVANCE[pages] * REPEAT**before


@functools.cache
def every():
    return np.array(list(itertools.permutations(range(ITEMS), L)))


@functools.cache
def every_features():
    return page_features(every(), CATEGORIES), item_features(every(), ITEMS, eta=ETA)


@functools.cache
def logged(n, seed=0, noise=0.0):
    """Pages in random order, and their clicks; a share `noise` of the clicks is random."""
    rng = rng_of(seed)
    pages = np.array([rng.choice(ITEMS, L, replace=False) for _ in range(n)])
    clicks = rng.random((n, L)) < chances(pages)
    return pages, np.where(rng.random((n, L)) < noise, rng.random((n, L)) < 0.5, clicks)


FAMILIES = {
    "relevance": lambda page, click, rng: less_relevant(page, click, rng, items=ITEMS),
    "ranking": worse_ranked,
    "diversity": lambda page, click, rng: less_diverse(page, CATEGORIES, rng),
    "redundancy": lambda page, click, rng: redundant(page, rng),
}


def pairs(family, n, seed=0, noise=0.0):
    """[B, L] twice: logged pages and their spoilt copies."""
    steps = enumerate(zip(*logged(n, seed, noise), strict=True))
    many = [(p, FAMILIES[family](p, c, rng_of([seed, i]))) for i, (p, c) in steps]
    kept = [(p, w) for p, w in many if w is not None]
    return tuple(np.array(x) for x in zip(*kept, strict=True))


def swaps(n, seed=0):
    """[B, L] twice: pages whose clicked item stands above one that was not, and the other way round."""
    better = []
    for i, (page, click) in enumerate(zip(*logged(n, seed), strict=True)):
        if click.any() and not click.all():
            rng = rng_of(i)
            hit, miss = rng.choice(np.flatnonzero(click)), rng.choice(np.flatnonzero(~click))
            better.append((page, swapped(page, hit, miss)) if hit < miss else (swapped(page, hit, miss), page))
    return tuple(np.array(x) for x in zip(*better, strict=True))


@functools.cache
def page_weights(n=2000, noise=0.0):
    sides = [pairs(f, n, noise=noise) for f in FAMILIES]
    better, worse = (np.concatenate(x) for x in zip(*sides, strict=True))
    return fit_pairs(page_features(better, CATEGORIES), page_features(worse, CATEGORIES))


@functools.cache
def item_weights(n=4000):
    better, worse = swaps(n)
    return fit_pairs(item_features(better, ITEMS, eta=ETA), item_features(worse, ITEMS, eta=ETA))


def page_score(pages, w=None):
    return page_features(pages, CATEGORIES) @ (page_weights() if w is None else w)


def item_score(pages):
    return item_features(pages, ITEMS, eta=ETA) @ item_weights()


def accuracy(score, better, worse):
    """Ties count half."""
    gap = score(better) - score(worse)
    return np.where(np.abs(gap) < 1e-12, 0.5, gap > 0).mean()


def true_swaps():
    """Pages and a swap of two of their items, the one with more expected clicks first."""
    rng = rng_of(99)
    pages = np.array([rng.choice(ITEMS, L, replace=False) for _ in range(2000)])
    other = np.array([swapped(p, *rng.choice(L, 2, replace=False)) for p in pages])
    ahead = chances(pages).sum(-1) > chances(other).sum(-1)
    return np.where(ahead[:, None], pages, other), np.where(ahead[:, None], other, pages)


def test_spoilt_copies_differ_as_they_should():
    page, click = np.array([0, 3, 6, 9, 1]), np.array([0, 1, 0, 0, 1], bool)
    for seed in range(20):
        rng = rng_of(seed)
        moved = np.flatnonzero(less_relevant(page, click, rng, items=ITEMS) != page)
        assert len(moved) == 1 and click[moved[0]]
        np.testing.assert_array_equal(worse_ranked(page, click, rng), [0, 6, 9, 1, 3])
        poorer = less_diverse(page, CATEGORIES, rng)
        assert (poorer != page).sum() == 1 and len(set(poorer)) == L
        assert len(set(CATEGORIES[poorer])) == len(set(CATEGORIES[page])) - 1
        assert len(set(redundant(page, rng))) == L - 1
    np.testing.assert_array_equal(swapped(page, 0, 4), [1, 3, 6, 9, 0])


def test_what_has_no_spoilt_copy_has_none():
    page, rng = np.array([0, 1, 2]), rng_of(0)
    assert less_relevant(page, np.zeros(3, bool), rng, items=ITEMS) is None
    assert less_relevant(page, np.ones(3, bool), rng, items=3) is None
    assert worse_ranked(page, np.array([0, 0, 1], bool), rng) is None
    assert less_diverse(page, CATEGORIES, rng) is None


def test_features_are_counted():
    told = page_features(np.array([[0, 1, 2, 3, 3]]), CATEGORIES)[0]
    np.testing.assert_array_equal(told, [1, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1])
    np.testing.assert_allclose(item_features(np.array([3, 1, 3]), 4, eta=np.array([1.0, 0.5, 0.25])), [0, 0.5, 0, 1.25])
    with pytest.raises(BadBatch, match="eta"):
        item_features(np.array([0, 1]), 4, eta=ETA)


def test_newton_finds_where_the_slope_is_nothing():
    better, worse = rng_of(0).normal(size=(2, 50, 4))
    w = fit_pairs(better, worse, ridge=0.3)
    gap = better - worse
    np.testing.assert_allclose(0.3 * w, gap.T @ (1 / (1 + np.exp(gap @ w))), atol=1e-6)
    assert np.isfinite(fit_pairs(1e3 + np.eye(3), 0 * np.eye(3), ridge=1e-3)).all()  # separable
    with pytest.raises(BadBatch, match="fit_pairs"):
        fit_pairs(better, worse[:3])
    with pytest.raises(BadOption, match="ridge"):
        fit_pairs(better, worse, ridge=0.0)


def test_without_weight_the_pay_is_that_of_the_page_alone():
    slots = rng_of(0).normal(size=(3, L))
    alone = slot_pay(np.array([1.0, 2.0, 3.0]), slots, weight=0.0)
    np.testing.assert_array_equal(alone, [[0, 0, 0, 0, x] for x in (1, 2, 3)])
    np.testing.assert_allclose(slot_pay(np.ones(3), slots, weight=0.5).sum(-1), 1 + 0.5 * slots.sum(-1))


def test_all_pages_are_counted():
    assert every().shape == (95_040, L)


def test_greedy_order_is_not_the_best_where_repetition_costs():
    greedy = np.argsort(-RELEVANCE)[:L]
    assert len(set(CATEGORIES[greedy])) < L  # the penalty binds
    assert chances(greedy).sum() < chances(every()).sum(-1).max() - 0.01


def test_the_item_reward_knows_swaps_and_the_page_reward_does_not():
    better, worse = true_swaps()
    assert accuracy(item_score, better, worse) >= 0.85
    assert accuracy(page_score, better, worse) == 0.5  # what is on the page is the same


def test_the_page_reward_knows_repetition_and_the_item_reward_cannot():
    better, worse = pairs("redundancy", 600, seed=7)
    assert accuracy(page_score, better, worse) > 0.9
    page, twin = np.array([0, 3, 6, 9, 1]), np.array([0, 3, 6, 9, 0])
    scores = item_weights().copy()
    scores[0] = scores[1]  # equal in relevance
    features = item_features(np.stack([page, twin]), ITEMS, eta=ETA)
    assert np.ptp(features @ scores) == pytest.approx(0)  # a tie, whatever the weights: right half of the time


@pytest.fixture(scope="module")
def users():
    """[8, 3]: shares of the best expected clicks that both rewards, the page's and the items' reach, for 8 users."""
    told, kept = [], RELEVANCE.copy()
    for seed in range(8):
        RELEVANCE[:] = relevance(seed)
        _forget()
        clicks = chances(every()).sum(-1)
        page, item = (f @ w for f, w in zip(every_features(), (page_weights(), item_weights()), strict=True))
        # Of pages that a score cannot tell apart, the mean.
        told.append([clicks[s >= s.max() - 1e-9].mean() / clicks.max() for s in (page + 0.5 * item, page, item)])
    RELEVANCE[:] = kept
    _forget()
    return np.array(told)


def _forget():
    for cached in (logged, page_weights, item_weights):
        cached.cache_clear()


def test_the_joint_reward_finds_better_pages_than_each_alone(users):
    joint, page, item = users.T
    assert (joint >= page + 0.03).all()
    assert joint.mean() >= item.mean() + 0.03 and (joint > item).sum() >= 6
    assert joint.min() > 0.85


def test_pairs_in_which_repetition_always_loses_make_the_page_reward_overrate_variety():
    pages = every()
    best, joint = (pages[s.argmax()] for s in (chances(pages).sum(-1), page_score(pages) + 0.5 * item_score(pages)))
    assert len(set(CATEGORIES[best])) < len(set(CATEGORIES[joint])) == 4


def test_noisy_clicks_cost_little_with_more_data():
    better, worse = pairs("relevance", 1500, seed=11)
    truly = chances(better).sum(-1) > chances(worse).sum(-1)
    clean, noisy = page_weights(500), page_weights(2000, 0.3)
    right = [accuracy(lambda p, w=w: page_score(p, w), better[truly], worse[truly]) for w in (clean, noisy)]
    assert right[1] > right[0] - 0.05
