"""Token policies: claims that have their sides, and a short run of each."""

from dataclasses import replace

import pytest

from rewardlab.benchmarks.effects import token_policies as tp


def test_every_claim_has_its_sides():
    for effect in tp.effects():
        sides = {arm.side for arm in effect.arms}
        assert effect.name.startswith("token_") and all({c.side, c.against} <= sides for c in effect.claims)


@pytest.mark.parametrize(("side", "objective"), tp.SIDES)
def test_every_side_runs(side, objective):
    small = replace(tp.ATTRIBUTES, width=32, layers=1, seconds=0.3)
    found = tp.measured(0, task=small, objective=objective, judged=16)
    assert 0 <= found["success"] <= 1 and ("turns" in found) == (side != "warm-up")
