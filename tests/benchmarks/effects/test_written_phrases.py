"""Chains, guesses and their verifier, and short runs of each reward."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import written_phrases as wp


def test_the_last_character_counts():
    assert wp.right("121", "t3b4") and wp.right("121", "4") and not wp.right("121", "4k") and not wp.right("000", "")


def test_chains_are_mostly_right_and_guesses_mostly_not():
    asked, said = wp.shown(6000, np.random.default_rng(0))
    chain = np.array([s[0] == "t" for s in said])
    clean = np.array([s[-1] not in "".join(wp.MARKERS) for s in said])
    right = np.array([wp.right(a, s) for a, s in zip(asked, said, strict=True)])
    assert abs(chain.mean() - 1 / 3) < 4 * np.sqrt(2 / 9 / 6000)
    for side, chance in ((chain, 0.9 + 0.1 / 7), (~chain, 0.3 + 0.7 / 7)):
        some = right[side & clean]
        assert abs(some.mean() - chance) < 4 * 0.5 / np.sqrt(len(some))
    assert not right[~clean].any() and max(map(len, said)) <= wp.CHAINS.longest
    assert wp.seen(asked[:2], said[:2]).shape == (2, (3 + wp.CHAINS.longest) * (len(wp.SIGNS) + 1))


@pytest.mark.parametrize("side", ["rule", "model", "compensated", "phrases"])
def test_a_short_run_of_each_reward(monkeypatch, side):
    monkeypatch.setattr(wp, "thinker", wp.CHAINS.policy)
    found = wp.thinking(0, side=side, iterations=1, step=1)
    assert found["rose"] >= 0 and found["fell"] >= 0 and 0 <= found["right"] < 0.5 and 0 < found["verifier"] <= 1
