"""Odd pairs: what is wrong in them, and that peers learn something else than all pairs."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_noise_peers as peers

TINY = peers.OddPairs(inputs=6, pairs=400, epochs=8, tests=400)


def test_the_area_counts_pairs():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 6, 40), rng.integers(0, 5, 30)
    by_hand = ((a[:, None] > b) + 0.5 * (a[:, None] == b)).mean()
    assert peers.area(a, b) == pytest.approx(by_hand) and peers.area(np.ones(3), np.zeros(2)) == 1


@pytest.mark.parametrize("side", list(peers.PEERS))
def test_every_side_learns_and_measures(side):
    found = peers.reviewed(0, side=side, task=TINY, ahead={"more": 2.0})
    assert found["accuracy"] > 60 and found["clean"] > 60 and found["auc"] > 60 and 0 < found["gold"] <= 100
    assert found["more"] == found["accuracy"] + 2


def test_sides_differ_and_repeat():
    found = [peers.reviewed(0, side=s, task=TINY)["accuracy"] for s in ("peers", "alone", "all pairs", "peers")]
    assert len(set(found)) == 3 and found[0] == found[3]


def test_without_wrong_labels_nothing_is_told_apart():
    found = peers.reviewed(0, side="all pairs", task=peers.OddPairs(pairs=200, noise=0.0, epochs=1, tests=100))
    assert found["clean"] == 100 and "auc" not in found
