"""Pressure on lengths: chances by hand, claims that have their sides, a short run."""

import pytest

from rewardlab.benchmarks.effects import token_waiting_lengths as tl


def test_every_claim_has_its_sides():
    for effect in tl.effects():
        sides = {arm.side for arm in effect.arms}
        assert effect.name.startswith("token_waiting_") and all({c.side, c.against} <= sides for c in effect.claims)


def test_easy_prompts_need_two_words_and_hard_ones_eight():
    assert [tl.chance("e", n) for n in (0, 1, 2, 9)] == [0, 0.5, 1, 1]
    assert [tl.chance("h", n) for n in (0, 4, 8, 9)] == [0, 0.5, 1, 1]
    env = tl.Work()
    assert {env.reset(seed=s)[0] for s in range(20)} == {"e", "h"} and env.reset(seed=4) == env.reset(seed=4)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_short_run(share):
    found = tl.measured(0, share=share, iterations=1)
    assert all(0 <= found[f"{k}, right"] <= 1 and 0 <= found[f"{k}, words"] <= tl.LONGEST for k in ("easy", "hard"))
