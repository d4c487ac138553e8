"""Effects: what decides a claim."""

import pytest

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, decide, each
from rewardlab.core.errors import UnknownName


def arm(side, setting, values):
    return Arm(side, setting, lambda seeds: ({"x": values[s]} for s in seeds))


def verdict(claim, *arms, seeds=3):
    effect = Effect("made", "of numbers", arms, [claim])
    return decide(effect, [list(a.run(range(seeds))) for a in arms])["claims"][0]


def test_a_claim_is_decided_by_the_interval_at_the_best_settings():
    good, bad, wide = arm("a", "2", [3, 3.1, 2.9]), arm("a", "1", [0, 0, 0]), arm("b", "", [1, 3, 5])
    low = arm("c", "", [1, 1.1, 0.9])
    found = verdict(Claim("more", "x", "a", "c"), bad, good, low)
    assert found["verdict"] == "shown" and found["side"]["setting"] == "2"
    assert found["ratio"] == pytest.approx(3) and found["beyond"][0] == pytest.approx(2)
    assert verdict(Claim("more", "x", "c", "a"), good, low)["verdict"] == "contradicted"
    assert verdict(Claim("more", "x", "b", "a"), good, wide)["verdict"] == "undecided"
    assert verdict(Claim("less", "x", "c", "a", higher=False), good, low)["verdict"] == "shown"
    assert verdict(Claim("less by half", "x", "c", "a", False, 0.5), good, low)["verdict"] == "shown"
    assert verdict(Claim("less by 80 %", "x", "c", "a", False, 0.2), good, low)["verdict"] == "contradicted"
    assert verdict(Claim("triple", "x", "a", "c", times=3.0), good, low)["verdict"] == "undecided"
    exact, near, far = arm("e", "", [1.0]), arm("n", "", [1.002]), arm("f", "", [1.1])
    assert verdict(Claim("more", "x", "n", "e"), exact, near, seeds=1)["verdict"] == "tie"
    assert verdict(Claim("more", "x", "f", "e"), exact, far, seeds=1)["verdict"] == "shown"
    with pytest.raises(UnknownName, match="no side"):
        verdict(Claim("more", "x", "d", "a"), good)


def test_arms_are_measured_seed_by_seed():
    effect = Effect("made", "", [Arm("a", "", each(lambda seed: {"x": float(seed)}))], [])
    assert decide(effect, [list(effect.arms[0].run(range(3)))])["arms"][0]["means"]["x"][0] == 1.0
