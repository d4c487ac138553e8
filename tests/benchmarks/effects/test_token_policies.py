"""Token policies: claims that have their sides, a short run of each task, and what the kept numbers show."""

from dataclasses import replace

import pytest

from rewardlab.benchmarks.effects import token_policies as tp

SIDES = [(tp.LEARNED[0], "warm-up"), *((learned, side) for learned in tp.LEARNED for side in learned.objectives)]


def test_every_claim_has_its_sides():
    for effect in tp.effects():
        sides = {arm.side for arm in effect.arms}
        assert effect.name.startswith("token_") and all({c.side, c.against} <= sides for c in effect.claims)


@pytest.mark.parametrize(("learned", "side"), SIDES, ids=[f"{x.name}-{side}" for x, side in SIDES])
def test_every_side_runs(learned, side):
    small = replace(learned.task, width=16, layers=1, demonstrations=8, epochs=1, seconds=0.0, iterations=1, groups=2)
    found = tp.measured(0, task=small, objective=learned.objectives.get(side), judged=4)
    assert 0 <= found["success"] <= 1 and ("turns" in found) == (side != "warm-up")
