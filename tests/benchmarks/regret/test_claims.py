"""Claims: what levelled indices imply, and that every play can be made."""

import math

import numpy as np
import pytest

from rewardlab.benchmarks.regret import claims
from rewardlab.core.arms import Arms

MEANS = (0.9, 0.6, 0.5)


def test_levelled_indices_are_level_and_all_pulls_are_spent():
    for law, index in (
        (claims.squared, lambda n, t: np.array(MEANS) + np.sqrt(2 * math.log(t) / n)),
        (claims.divergence, None),
    ):
        pulls = claims.levelled(MEANS, 5000.0, lambda level, t, law=law: law(level, t, means=MEANS))
        assert pulls.sum() == pytest.approx(5000, rel=1e-3)
        if index is not None:
            assert np.ptp(index(pulls, 5000.0)) < 1e-6


def test_the_constant_of_kl_ucb_goes_to_that_of_lai_and_robbins():
    unit, found = Arms(MEANS).lai_robbins(), []
    for time in (1e4, 1e8, 1e16):
        found.append(claims.slope(MEANS, time, lambda level, t: claims.divergence(level, t, means=MEANS)) / unit)
    assert found[0] > 1.2 > abs(found[1] - 1) + 1 and found[2] == pytest.approx(1.0, abs=0.03)


def test_each_length_has_its_own_hard_arms():
    for steps in claims.LENGTHS:
        means = claims.hard(steps)["means"]
        assert (max(means) - min(means)) ** 2 * steps == pytest.approx(claims.HARD_ARMS)


def test_every_claim_can_be_played_short():
    every = claims.claims()
    assert len({(c.name, c.scaling, c.says) for c in every}) == len(every)
    for claim in every:
        assert claim.low < claim.high and "(" in claim.says and claim.unit > 0
        short = claims.shorter(claim, 1e-9, 3)
        assert all(c.num_envs == 3 and c.budget == 180 for c in short.cases)
        assert claim.cases[0].num_envs >= 200  # a rate is of hundreds of runs
