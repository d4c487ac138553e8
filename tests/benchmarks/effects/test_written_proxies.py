"""Heads and ties: gold by hand, and short runs from a policy that has imitated nothing."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import written_proxies as wp


@pytest.fixture
def started(monkeypatch):
    policy = wp.WORLD.policy(0)
    monkeypatch.setattr(wp, "_started", lambda seed: (policy.state_dict(), wp.WORLD.law(policy)[0]))


def test_the_reference_is_a_law_and_gold_is_as_said():
    assert abs(wp.REFERENCE.sum() - 1) < 1e-12 and len(wp.REFERENCE) == sum(4**n for n in range(6))
    gold = {a: wp.GOLD[wp.WORLD.places[a]] for a in ("", "ggggg", "c", "cc", "ccc", "gcu")}
    assert list(gold.values()) == pytest.approx([0, 3, 0.6, 0.4, -0.6, 0.6])


def test_more_pairs_bring_heads_nearer_to_gold(started):
    law = wp.beginner(0)[1]
    few, many = (wp.heads.__wrapped__(0, count=n, many=2, epochs=15) for n in (20, 400))

    def near(mean):
        return np.mean([np.sum(law * m * wp.standard(wp.GOLD, law)) for m in mean])

    assert near(many[0]) > near(few[0]) and (many[1] >= 0).all()
    assert np.allclose(many[0] @ law, 0)


@pytest.mark.parametrize("side", ["one model", "the mean", "robust"])
def test_a_short_run_of_each_side(started, monkeypatch, side):
    mean = np.stack([wp.GOLD, -wp.GOLD])
    deviation = np.ones_like(mean) * [[1.0], [2.0]]
    monkeypatch.setattr(wp, "heads", lambda seed: (wp.standard(mean, wp.beginner(seed)[1]), deviation))
    if side == "the mean":  # of a head and its opposite nothing is left to learn from
        mean[1] = wp.GOLD
    found = wp.robust(0, side=side, iterations=2, step=1)
    assert found["fell"] >= 0 and found["doubt"] == pytest.approx(1.0) and np.isfinite(found["gold"])


def test_entropy_keeps_the_share_of_two_traces_that_pay_alike(monkeypatch):
    monkeypatch.setattr(wp.World, "beginner", lambda self, law, seed, shown: self.policy(seed))
    found = wp.tied(0, more=0.0, tau=0.1, iterations=1)
    assert abs(found["share"] - found["before"]) < 0.2 and 0 < found["right"] < 1
    assert found["shift"] == pytest.approx(abs(found["share"] - 0.5))
