"""SimPO scores by mean likelihood and asks for a margin."""

import numpy as np
import pytest

from rewardlab.agents.direct_preference import simpo
from rewardlab.core.batch import Group
from rewardlab.core.responses import sigmoid

RNG = np.random.default_rng(0)
LOGP, MASK = -RNG.random((5, 2, 6)), (np.arange(6) < RNG.integers(1, 7, (5, 2, 1))).astype(float)
REWARD = np.tile([1.0, 0.0], (5, 1))


def test_the_loss_is_its_definition_and_no_reference_is_read():
    mean = (LOGP * MASK).sum(-1) / MASK.sum(-1)
    expected = -np.log(sigmoid(2.5 * (mean[:, 0] - mean[:, 1]) - 0.8))
    for ref in (LOGP, np.full_like(LOGP, np.nan)):
        found = simpo(Group(LOGP, LOGP, ref, MASK, REWARD), beta=2.5, gamma=0.8)
        np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_saying_it_twice_changes_nothing():
    twice = [np.concatenate([x, x], -1) for x in (LOGP, MASK)]
    once, again = (simpo(Group(lp, lp, lp, m, REWARD)) for lp, m in ((LOGP, MASK), twice))
    np.testing.assert_allclose(again, once, rtol=1e-14)


def test_at_the_margin_it_costs_log_2():
    logp = np.array([[[-0.5, -0.5], [-1.0, -1.0]]])
    assert simpo(Group(logp, logp, logp, np.ones_like(logp), REWARD[:1]), beta=2.0, gamma=1.0)[0] == pytest.approx(
        np.log(2)
    )
