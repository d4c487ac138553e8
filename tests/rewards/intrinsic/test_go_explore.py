from collections import Counter

import numpy as np
import pytest
from novelty_worlds import ring_walk, visits_of
from scipy.stats import spearmanr
from steps import steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.rewards import CountBonus, GoExploreCells, downscaled


def test_cells_pay_by_their_visits_and_the_archive_lists_them():
    rng, reward, plain = np.random.default_rng(0), GoExploreCells(weight=2.0, width=0.5), Counter()
    order = []
    for _ in range(15):
        x = rng.normal(size=(4, 5, 2))
        cells = [tuple(c) for c in np.floor(x.reshape(-1, 2) / 0.5)]
        expected = [2.0 / np.sqrt(plain[c] + 1) for c in cells]
        np.testing.assert_allclose(reward(steps((4, 5), obs=x)).ravel(), expected, rtol=1e-15)
        order += [c for i, c in enumerate(cells) if not plain[c] and c not in cells[:i]]
        logs = reward.update(steps((4, 5), obs=x))
        plain.update(cells)
    found, visits = reward.archive()
    assert [tuple(c) for c in found] == order and visits.tolist() == [plain[c] for c in order]
    assert logs == {"go_explore_cells/cells": len(order)}
    weights = np.array([1 / np.sqrt(plain[c] + 1) for c in order])
    np.testing.assert_allclose(reward.chances(), weights / weights.sum())


def test_it_ranks_the_states_of_a_ring_as_exact_counts_do():
    cells, exact = GoExploreCells(), CountBonus()
    for u in range(10):
        batch = visits_of(ring_walk(40, 20, 8, seed=u)[1:])
        cells.update(batch)
        exact.update(batch)
    every = visits_of(np.arange(40))
    assert spearmanr(cells(every), exact(every)).statistic == pytest.approx(1.0, abs=1e-12)


def test_pictures_fall_into_coarse_ones():
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (1, 16, 22, 3)).astype(np.uint8)
    reward = GoExploreCells(cell=downscaled)
    reward.update(steps(1, obs=picture))
    hair = picture.copy()
    hair[0, 0, 0, 0] ^= 1
    other = 255 - picture
    same = (downscaled(hair) == downscaled(picture)).all()
    paid = reward(steps(2, obs=np.concatenate([hair, other])))
    assert same and paid.tolist() == [pytest.approx(1 / np.sqrt(2)), 1.0]


def test_the_archive_is_bounded_and_a_state_can_be_taken_over():
    reward = GoExploreCells(most=4)
    reward.update(visits_of(np.array([3, 1, 4, 1, 5, 9, 2, 6])))
    assert set(reward.archive()[0].ravel().tolist()) < {3.0, 1.0, 4.0, 5.0, 9.0, 2.0, 6.0}
    paid = reward(visits_of(np.arange(10)))
    assert (paid == 0).sum() == 6 and len(reward.archive()[0]) == 4
    other = GoExploreCells(most=4)
    other.load_state_dict(reward.state_dict())
    np.testing.assert_array_equal(other(visits_of(np.arange(10))), paid)
    np.testing.assert_array_equal(other.chances(), reward.chances())
    with pytest.raises(BadCheckpoint, match="cells of shape"):
        other.load_state_dict({**reward.state_dict(), "cells": np.zeros((1, 1))})


def test_bad_options_and_nan_which_a_view_may_lose():
    with pytest.raises(BadOption, match="width="):
        GoExploreCells(width=0.0)
    for reward in (GoExploreCells(), GoExploreCells(cell=lambda o: o[..., 0] > 0)):
        batch = steps(2, obs=np.array([[np.nan], [1.0]]))
        assert np.isnan(reward(batch)).tolist() == [True, False]
        with pytest.raises(BadBatch, match="1 observations with NaN"):
            reward.update(batch)
