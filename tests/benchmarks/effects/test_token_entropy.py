"""Entropy methods in a house: claims that have their sides, swings, and a short run of each side."""

from dataclasses import replace

import pytest

from rewardlab.benchmarks.effects import token_entropy as te
from rewardlab.benchmarks.token_runs import WarmUps

SMALL = replace(te.HOUSE, width=16, layers=1, demonstrations=8, epochs=1, groups=2, group_size=2, iterations=2)


def test_every_claim_has_its_sides():
    (effect,) = te.effects()
    sides = {arm.side for arm in effect.arms}
    assert effect.name == "token_entropy" and all({c.side, c.against} <= sides for c in effect.claims)
    assert te.SIDES["EPO"]().horizon == te.HOUSE.iterations * te.HOUSE.passes * te.HOUSE.minibatches


def test_swings_are_of_the_last_half():
    found = te.swings([9.0, 1.0, 5.0, 3.0, 1.0, 3.0, 1.0, 3.0])
    assert found == {"entropy": pytest.approx(2.2), "least entropy": 1.0, "swing": pytest.approx(1.0)}


@pytest.mark.parametrize("side", te.SIDES)
def test_every_side_runs(side):
    found = te.measured(0, side=side, warm=WarmUps(SMALL), judged=8)
    assert 0 <= found["success"] <= 1 and ("entropy" in found) == (side != te.WARM)
