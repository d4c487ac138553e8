"""Regression on shifting mappings: networks side by side, and what they learn."""

import pytest

from rewardlab.agents.loops.values import HLGauss, Squared
from rewardlab.benchmarks.effects import regression


def test_networks_beside_each_other_learn_as_each_alone():
    task = regression.Task(phases=2, steps=40, every=20, tests=50, width=8)
    both, alone = (list(regression.fit(seeds, loss=Squared(), rate=1e-2, task=task)) for seeds in ((0, 1), (1,)))
    assert both[1] == pytest.approx(alone[0], rel=1e-4) and both[0] != both[1]


def test_a_histogram_learns_a_mapping():
    task = regression.Task(phases=2, steps=300, every=150, tests=500, noise=0.0, inputs=2)
    (found,) = regression.fit([0], loss=HLGauss(-15, 15), rate=3e-3, task=task)
    assert found["at_ends"] < 0.15 * task.scale**2
