"""The length of failures: chances by hand, what a word brings, a short run."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import written_lengths as wl


def test_a_word_of_hard_work_brings_less_than_it_costs_and_one_of_easy_work_more():
    assert wl.CHANCE[0, [0, 1, 2, 9]].tolist() == [0, 0.5, 1, 1]
    assert wl.CHANCE[1, [0, 4, 8, 10]] == pytest.approx([0, 0.15, 0.3, 0.3])
    gain = np.diff(wl.CHANCE, axis=-1) - wl.COST
    assert (gain[1] < 0).all() and (gain[0, :2] > 0).all() and (gain[0, 2:] < 0).all()


@pytest.mark.parametrize("penalty", [True, False])
def test_a_short_run(monkeypatch, penalty):
    monkeypatch.setattr(wl.World, "beginner", lambda self, law, seed, shown: self.policy(seed))
    found = wl.lengths(0, penalty=penalty, iterations=1)
    assert 0.5 < found["ratio"] < 2 and 0 < found["hard"] < 0.3 and 0 < found["easy"] <= 1
    assert found == wl.lengths(0, penalty=penalty, iterations=1)
