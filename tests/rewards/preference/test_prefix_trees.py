"""Tree-structured preference data: exact posteriors by Monte Carlo, resistances, and what a tree leaves open."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.prefix_trees import (
    PrefixLikeness,
    different_pairs,
    inference_distance,
    posterior,
    prefix_tree,
    resistance,
)


def of(pairs):
    first, second = np.array(pairs).T
    return first, second


def test_the_distance_is_the_variance_that_monte_carlo_leaves():
    """Rewards as sums of effects of prefixes; the residual of the best linear guess from noisy gaps."""
    leaves, rng, draws = prefix_tree(depth=3), np.random.default_rng(0), 40_000
    first, second = of([(0, 1), (0, 4), (2, 7), (2, 7), (5, 6)])
    effects = {}
    reward = np.zeros((draws, 8))
    for i, y in enumerate(leaves):
        for t in range(3):
            key = tuple(y[: t + 1])
            effects.setdefault(key, rng.normal(size=draws) * np.sqrt(1.5))
            reward[:, i] += effects[key]
    gaps = reward[:, first] - reward[:, second] + rng.normal(size=(draws, 5)) * np.sqrt(0.7)
    d = inference_distance(posterior(PrefixLikeness(1.5)(leaves, leaves), first, second, noise=0.7))
    for i, j in ((0, 1), (0, 7), (3, 4)):
        truth = reward[:, i] - reward[:, j]
        left = truth - gaps @ np.linalg.lstsq(gaps, truth, rcond=None)[0]
        assert left.var() == pytest.approx(d[i, j], rel=0.02)  # about 3 standard errors


def test_the_prior_is_that_of_effects_along_the_prefix():
    leaves = prefix_tree(depth=4, branching=3)
    K = PrefixLikeness(2.0)(leaves, leaves)
    shared = [[sum((a[: t + 1] == b[: t + 1]).all() for t in range(4)) for b in leaves[:30]] for a in leaves[:30]]
    np.testing.assert_array_equal(K[:30, :30], 2.0 * np.array(shared))
    assert np.linalg.eigvalsh(K).min() > 0


def test_series_and_parallel():
    assert resistance(3, *of([(0, 1), (1, 2)]), [0.5, 2.0])[0, 2] == pytest.approx(2.5)
    assert resistance(2, *of([(0, 1), (1, 0)]), [0.5, 2.0])[0, 1] == pytest.approx(1 / (1 / 0.5 + 1 / 2.0))
    bridge = resistance(4, *of([(0, 1), (1, 3), (0, 2), (2, 3), (1, 2)]))  # balanced: nothing flows across
    assert bridge[0, 3] == pytest.approx(1.0) and bridge[1, 2] == pytest.approx(0.5)
    apart = resistance(4, *of([(0, 1), (2, 3)]))
    assert apart[0, 1] == pytest.approx(1.0) and np.isinf(apart[0, 2]) and apart[2, 2] == pytest.approx(0.0)


@pytest.mark.parametrize("seed", range(3))
def test_a_wide_prior_comes_to_the_resistances(seed):
    pairs = different_pairs(8, pairs=20, seed=seed).T
    wide = inference_distance(posterior(1e6 * np.eye(8), *pairs, noise=0.6))
    np.testing.assert_allclose(wide, resistance(8, *pairs, 0.6), rtol=1e-4, atol=1e-6)


def test_more_data_never_leaves_more_open():
    leaves = prefix_tree(depth=4)
    K, pairs = PrefixLikeness()(leaves, leaves), different_pairs(16, pairs=40, seed=1)
    before = inference_distance(K)
    for n in range(1, 41):
        after = inference_distance(posterior(K, *pairs[:n].T))
        assert (after <= before + 1e-10).all()
        before = after


@pytest.mark.parametrize(("n", "tree", "chain"), [(16, 4.9, 9.3), (64, 1.63, 3.4), (256, 0.30, 0.32)])
def test_a_tree_leaves_half_as_much_open_where_labels_are_few(n, tree, chain):
    leaves, off = prefix_tree(), ~np.eye(64, dtype=bool)
    priors = {"tree": PrefixLikeness()(leaves, leaves), "chain": 6.0 * np.eye(64)}
    found = {
        k: np.mean(
            [inference_distance(posterior(K, *different_pairs(64, pairs=n, seed=s).T))[off].mean() for s in range(20)]
        )
        for k, K in priors.items()
    }
    assert found["tree"] == pytest.approx(tree, rel=0.05) and found["chain"] == pytest.approx(chain, rel=0.05)
    assert found["tree"] < found["chain"]


def test_the_leaves_of_a_tree():
    leaves = prefix_tree(depth=3, branching=2, vocabulary=5, seed=3)
    assert leaves.shape == (8, 3) and leaves.min() >= 0 and leaves.max() < 5
    for t in range(1, 4):
        assert len({tuple(y[:t]) for y in leaves}) == 2**t
    assert (prefix_tree(depth=3, branching=2, vocabulary=5, seed=3) == leaves).all()
    assert (prefix_tree(depth=3, branching=2, vocabulary=5, seed=4) != leaves).any()


def test_pairs_are_different_and_all_alike():
    pairs = different_pairs(4, pairs=12_000)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    counts = np.bincount(pairs[:, 0] * 4 + pairs[:, 1], minlength=16).reshape(4, 4)[~np.eye(4, dtype=bool)]
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(1000)  # 4 standard errors


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: prefix_tree(depth=0), "depth"),
        (lambda: prefix_tree(branching=3, vocabulary=2), "vocabulary"),
        (lambda: different_pairs(1, pairs=2), "count"),
        (lambda: different_pairs(3, pairs=0), "pairs"),
        (lambda: PrefixLikeness(0.0), "level_var"),
    ],
)
def test_mistakes_are_named(make, word):
    with pytest.raises(BadOption, match=word):
        make()
