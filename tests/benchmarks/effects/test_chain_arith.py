"""Chains of sums: exact chances, and the measures on values that are known."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import chain_arith as task


def rng(seed=0):
    return np.random.default_rng(seed)


def test_the_exact_chance_is_how_often_prefixes_come_right():
    found = task.solutions((60_000,), rng())
    for t in (0, 3, 7):
        for slipped in (True, False):
            own = found.slipped[:, t] == slipped
            p = found.exact[own, t][0]
            assert (found.exact[own, t] == p).all()
            assert found.right[own].mean() == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / own.sum()) + 1e-12)
    assert ((found.answer == 0) == found.right).all()


def test_steps_can_be_read_and_slips_are_wrong_sums():
    found = task.solutions((500,), rng(1))
    total, rest = np.divmod(found.steps, task.MODULUS**2)
    addend, written = np.divmod(rest, task.MODULUS)
    assert (total[:, 1:] == written[:, :-1]).all()
    wrong = (total + addend) % task.MODULUS != written
    assert (np.logical_or.accumulate(wrong, -1) == found.slipped).all()


def oracle(items):
    """The exact chances, read off the steps."""
    total, rest = np.divmod(items.obs, task.MODULUS**2)
    addend, written = np.divmod(rest, task.MODULUS)
    slipped = np.logical_or.accumulate((total + addend) % task.MODULUS != written, -1)
    return task.Solutions(items.obs, slipped, slipped[..., 0], slipped[..., 0]).exact


def test_exact_values_steer_and_filter():
    assert task.steered(oracle, rng(2), 2000) > 0.95
    plain = task.bars(0)["steered"]
    assert task.steered(lambda items: np.zeros(items.shape), rng(3), 20_000) == pytest.approx(plain, abs=0.015)
    found = task.votes(oracle, rng(4))
    assert found["vote_filtered"] > found["vote"] > found["vote_random"] and 0.1 < found["saved"] < 0.6


def test_auroc_counts_pairs():
    score, positive = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, True, False, True])
    assert task.auroc(score, positive) == pytest.approx((1 + 0.5 + 1 + 1) / 4)


def test_a_small_run(monkeypatch):
    for name, value in (("PAIRS", 40), ("EPOCHS", 1), ("PROBLEMS", 20)):
        monkeypatch.setattr(task, name, value)
    for kind, lam in ((task.GoalContrast, 0.5), (task.GoalContrast, 0.0), (task.AnyGoal, 0.5)):
        found = task.measured(0, kind=kind, lam=lam)
        assert all(np.isfinite(v) for v in found.values()) and ("steered_wrong" in found) == (lam > 0)
    assert set(task.one_side(0, without=True)) == set(task.one_side(0, without=False))
