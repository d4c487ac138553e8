"""Captions: claims that have their sides, sentences that can be foretold, and a short run of each bonus."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import language_captions as lc


def test_every_claim_has_its_sides_and_its_measure():
    found = lc.effects()
    assert all(e.name.startswith("language_captions_") for e in found) and len({e.name for e in found}) == len(found)
    for effect in found:
        sides = {arm.side for arm in effect.arms}
        assert all(c.side in sides and c.against in sides for c in effect.claims)


def test_sentences_have_both_labels_and_a_network_foretells_them():
    label = list(lc.sentences().values())
    assert len(label) == 168 and 0.4 < np.mean(label) < 0.6
    table, network = (lc.foretold(0, side=side) for side in ("table", "network"))
    assert table["joined_fires"] == table["room_fires"] == 0
    assert network["joined_accuracy"] > 0.9 and network["room_fires"] > 0


@pytest.mark.parametrize("side", lc.BONUSES)
def test_every_bonus_runs(side):
    found = lc.explored(0, side=side, steps=640, size=6)
    assert set(found) == {"success", "episodes_to_90", "kilosteps_to_90", "asked_per_1k"}
    assert (found["asked_per_1k"] > 0) == (
        "labels" in side or side.split(",")[0] in ("retrieval", "classification", "ranking")
    )
