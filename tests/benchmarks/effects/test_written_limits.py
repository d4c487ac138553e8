"""Thresholds and certificates: gold by hand, and short runs from a policy that has imitated nothing."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import written_limits as wl
from rewardlab.benchmarks.effects import written_proxies as wp


@pytest.fixture(autouse=True)
def started(monkeypatch):
    policy = wp.WORLD.policy(0)
    law = wp.WORLD.law(policy)[0]
    monkeypatch.setattr(wp, "_started", lambda seed: (policy.state_dict(), law))
    return law


def test_components_are_learned_and_gold_is_at_most_0(started):
    learned, gold = wl.components.__wrapped__(0, count=400, epochs=10)
    assert gold.max() <= 0 and np.allclose(learned @ started, 0) and np.allclose(learned**2 @ started, 1)
    true = wl.standard(wl.GOOD + 0.5 * wl.CHEER, started)
    assert np.sum(started * learned[0] * true) > 0.7


@pytest.mark.parametrize("side", ["the sum", "inequalities", "equations"])
def test_a_short_run_of_each_side(monkeypatch, started, side):
    r = wl.standard(np.stack([wl.GOOD, wl.CHEER]), started)
    gold = -((r[0] - 1) ** 2) - (r[1] - 0.8) ** 2
    monkeypatch.setattr(wl, "components", lambda seed: (r, gold))
    found = wl.constrained(0, side=side, iterations=3, step=1)
    assert found["off"] > 0 and found["gold"] < 0 and np.isfinite(found["behind"])
    best = -max(
        found["gold"] + found["behind"] - wl.expected(wl.tilted(started, r.sum(0), b), gold) for b in (0.1, 1, 9)
    )
    assert best <= 0  # no price does better than the best one


def test_a_judge_tells_unsafe_answers(started):
    helpful, cost = wl.helpful_and_unsafe.__wrapped__(0, count=400, epochs=10)
    unsafe = wl.UNSAFE > 0
    assert cost[unsafe].mean() > cost[~unsafe].mean() + 0.3 and cost.min() >= -wl.MOST and cost.max() <= 1 - wl.MOST
    assert np.allclose(helpful @ started, 0)


@pytest.mark.parametrize(("side", "cost", "released"), [("certified", 0.3, 0), ("certified", -0.3, 1), ("x", 0.3, 0)])
def test_policies_over_the_limit_pass_no_test_and_others_do(monkeypatch, started, side, cost, released):
    monkeypatch.setattr(wl, "LAST", 2)
    costs = np.full(len(started), cost) + 1e-3 * np.random.default_rng(0).normal(size=len(started))
    monkeypatch.setattr(wl, "helpful_and_unsafe", lambda seed: (wl.standard(wl.GOOD, started), costs))
    found = wl.certified(0, side=side, iterations=1)
    assert found["passes"] == released and found["over"] == (side == "x")
