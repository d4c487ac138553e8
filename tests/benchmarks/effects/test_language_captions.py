"""Captions and judged steps: names and shapes of the effects, the truth of their judges, and a short run of each."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import language_captions as lc
from rewardlab.benchmarks.effects.language_rooms import GOALS, ListedRoom


def test_every_claim_has_its_sides_and_its_measure():
    found = lc.effects()
    assert all(e.name.startswith("language_captions_") for e in found) and len({e.name for e in found}) == len(found)
    for effect in found:
        sides = {arm.side for arm in effect.arms}
        assert all(c.side in sides and c.against in sides for c in effect.claims)


def test_the_oracle_says_what_the_flags_say_and_texts_can_be_told():
    room = ListedRoom(size=6, level=0)
    step = np.arange((room.mdp.num_states - 1) * room.actions)
    for k, goal in enumerate(GOALS):
        said = lc.oracle(room)([(goal, str(s)) for s in step])
        np.testing.assert_array_equal(said, room.risen(step)[:, k])
        assert 0 < said.sum() < 0.1 * len(step)


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


@pytest.mark.parametrize("side", ["task alone", "flags of the designer", *lc.JUDGED])
def test_every_judge_runs(side):
    assert lc.shaped(0, side=side, steps=640, size=6)["success"] >= 0


def test_lessons_are_labelled_steps():
    items, labels = lc.lessons([0], 60, np.random.default_rng(0), full=False)
    assert len(items) == len(labels) == 60 and 10 <= labels.sum() <= 30 and {g for g, _ in items} == set(GOALS)
