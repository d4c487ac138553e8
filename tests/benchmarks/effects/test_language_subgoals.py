"""Judged steps: claims that have their sides, the truth of the oracle, and a short run of each side."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import language_subgoals as ls
from rewardlab.benchmarks.effects.language_rooms import GOALS, ListedRoom


def test_every_claim_has_its_sides_and_its_measure():
    found = ls.effects()
    assert all(e.name.startswith("language_captions_") for e in found) and len({e.name for e in found}) == len(found)
    for effect in found:
        sides = {arm.side for arm in effect.arms}
        assert all(c.side in sides and c.against in sides for c in effect.claims)


def test_the_oracle_says_what_the_flags_say_and_texts_can_be_told():
    room = ListedRoom(size=6, level=0)
    step = np.arange((room.mdp.num_states - 1) * room.actions)
    for k, goal in enumerate(GOALS):
        said = ls.oracle(room)([(goal, str(s)) for s in step])
        np.testing.assert_array_equal(said, room.risen(step)[:, k])
        assert 0 < said.sum() < 0.1 * len(step)


@pytest.mark.parametrize("side", ["task alone", "flags of the designer", *ls.JUDGED])
def test_every_judge_runs(side):
    assert ls.shaped(0, side=side, steps=640, size=6)["success"] >= 0


def test_lessons_are_labelled_steps():
    items, labels = ls.lessons([0], 60, np.random.default_rng(0), full=False)
    assert len(items) == len(labels) == 60 and 10 <= labels.sum() <= 30 and {g for g, _ in items} == set(GOALS)
