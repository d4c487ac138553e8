"""Captions: one vocabulary for each event, held-out phrases apart, distractors as often as asked for."""

import itertools

import numpy as np

from rewardlab.envs.gridworlds.pictures import captions
from rewardlab.envs.gridworlds.pictures.captions import DISTRACTORS, EVENTS, HELD_OUT, PHRASES, QUIET


def test_no_phrase_names_two_events_or_stands_in_two_tables():
    tables = [*PHRASES, *HELD_OUT, DISTRACTORS]
    assert len(PHRASES) == len(HELD_OUT) == len(EVENTS) == captions.REACHED + 1
    assert all(not set(a) & set(b) for a, b in itertools.combinations(tables, 2))


def told(event, *, distractors=0.0, held_out=False, n=4000):
    clock = np.arange(n)
    return captions.captions(np.full(n, event), clock // 50, clock, distractors=distractors, held_out=held_out)


def test_phrases_come_alike_often_and_from_the_right_table():
    for held_out, table in ((False, PHRASES), (True, HELD_OUT)):
        for event, phrases in enumerate(table):
            found, count = np.unique(told(event, held_out=held_out), return_counts=True)
            assert set(found) == set(phrases)
            expected = 4000 / len(phrases)
            assert (abs(count - expected) < 5 * expected**0.5).all()


def test_distractors_take_the_place_of_quiet_steps_only():
    for event in range(len(EVENTS)):
        strays = np.isin(told(event, distractors=0.3), DISTRACTORS)
        share = strays.mean()
        assert abs(share - 0.3) < 0.04 if event in QUIET else share == 0
    assert np.isin(told(captions.MOVED, distractors=1.0), DISTRACTORS).all()


def test_a_caption_belongs_to_level_and_clock():
    event, seed, clock = np.array([1, 2, 5]), np.array([9, 9, 10], dtype=np.uint64), np.array([3, 4, 3])
    whole = captions.captions(event, seed, clock, distractors=0.5, held_out=False)
    for i in range(3):
        one = captions.captions(event[i:][:1], seed[i:][:1], clock[i:][:1], distractors=0.5, held_out=False)
        assert one[0] == whole[i]
