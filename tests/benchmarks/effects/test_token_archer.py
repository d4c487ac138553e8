"""Critics of answers beside groups: claims that have their sides, the world by hand, and a short run of each side."""

import pytest

from rewardlab.benchmarks.effects import token_archer as ta


def test_every_claim_has_its_sides():
    (effect,) = ta.effects()
    sides = {arm.side for arm in effect.arms}
    assert effect.name == "token_archer" and all({c.side, c.against} <= sides for c in effect.claims)


def test_asking_first_is_the_best_that_can_be_done():
    env, paid = ta.AskFirst(), {"ask": [], "guess": []}
    for seed in range(200):
        env.reset(seed=seed)
        letter, cost, over, _, _ = env.step("q")
        assert not over and cost == -0.1
        paid["ask"].append(cost + env.step(letter)[1])
        env.reset(seed=seed)
        paid["guess"].append(env.step("a")[1])
        env.reset(seed=seed)
        env.step("q")
        assert env.step("q")[1:3] == (0.0, True)
    assert set(paid["ask"]) == {0.9} and abs(sum(paid["guess"]) / 200 - 0.5) < 3 * (0.25 / 200) ** 0.5


@pytest.mark.parametrize(("side", "learner"), [s[:2] for s in ta.SIDES], ids=[s[0] for s in ta.SIDES])
def test_every_side_runs(side, learner, monkeypatch):
    monkeypatch.setattr(ta, "warm_up", lambda *a, **k: None)
    found = ta.measured(0, learner=learner, turns=40, judged=16)
    assert -0.1 <= found["return"] <= 1 and 0 <= found["asks"] <= 1 and ("turns" in found) == (side != "beginner")
