"""Token policies: claims that have their sides, a short run of each task, and what the kept numbers show."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rewardlab.benchmarks.effects import token_policies as tp

EVIDENCE = Path(tp.__file__).parents[1] / "evidence" / "effects_tokens.json"
CLEAR = {"attribute_text", "search", "negotiation", "sentences", "captions"}
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


@pytest.mark.parametrize("learned", tp.LEARNED, ids=lambda x: x.name)
def test_what_is_kept_shows_what_the_documents_say(learned):
    """Clear: the interval of GRPO begins 0.15 above the end of that of the warm-up, over five seeds."""
    kept = json.loads(EVIDENCE.read_text(encoding="utf-8"))["effects"][f"token_{learned.name}"]
    found = {arm["side"]: arm for arm in kept["arms"]}
    assert set(found) == {"warm-up", *learned.objectives} and {len(arm["runs"]) for arm in found.values()} == {5}
    clear = found["GRPO"]["means"]["success"][1] > found["warm-up"]["means"]["success"][2] + 0.15
    assert clear == (learned.name in CLEAR)
    verdicts = {claim["verdict"] for claim in kept["claims"]}
    assert verdicts == ({"undecided"} if learned.name == "instructions" else {"shown"})
    told = f"; {learned.task.demonstrations} demonstrations, then {learned.task.seconds:g} s of groups"
    assert told in kept["about"] and told in learned.effect().about  # measured with these settings
    assert {arm["setting"] for arm in kept["arms"]} == {arm.setting for arm in learned.effect().arms}
