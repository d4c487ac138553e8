"""The annotator in the background: nobody waits for it, its copies and files go on, and it keeps to its pace."""

import copy
import pickle
import threading

import numpy as np

from rewardlab.rewards.language.background_annotator import BackgroundAnnotator
from rewardlab.rewards.language.judging import NoisyJudge, ScoreJudge

JUDGE = NoisyJudge(ScoreJudge(lambda text: int(text.split()[1]) % 3), 0.2, 0.2)


def items(*numbers):
    return [(f"caption {i}",) for i in numbers]


def test_training_never_waits_for_a_judge_in_the_background():
    may_go_on = threading.Event()

    def slow(items):
        assert may_go_on.wait(20)
        return np.ones(len(items))

    annotator = BackgroundAnnotator(slow, batch=2)
    annotator.offer(items(0, 1, 2, 3, 4))
    assert annotator.tick(1000) == {} and annotator.waiting == 5
    annotator.offer(items(3, 4))  # under way or waiting: nobody is asked twice
    held = pickle.dumps(annotator.state_dict())
    may_go_on.set()
    assert annotator.wait(20)
    assert set(annotator.tick(1)) == set(items(*range(5))) and annotator.asked == 5
    other = BackgroundAnnotator(JUDGE)
    other.load_state_dict(pickle.loads(held))  # what was with the judge is taken up again
    assert other.wait(20)
    assert set(other.tick(0)) == set(items(*range(5)))


def test_a_copy_of_one_in_the_background_has_a_life_of_its_own():
    annotator = BackgroundAnnotator(JUDGE)
    annotator.offer(items(0, 1))
    assert annotator.wait(20)
    twin = copy.deepcopy(annotator)  # with labels that nobody has fetched: they are asked for again
    twin.offer(items(2))
    assert twin.wait(20) and set(twin.tick(1)) == set(items(0, 1, 2))
    assert set(annotator.tick(1)) == set(items(0, 1)) and JUDGE(items(0))[0] == annotator.known[items(0)[0]]


def test_the_background_keeps_to_its_pace():
    annotator = BackgroundAnnotator(JUDGE, batch=1, per_second=20)
    annotator.offer(items(*range(100)))
    assert not annotator.wait(0.3)
    with annotator._changed:
        annotator._waiting.clear()
    assert 1 <= len(annotator.tick(1)) <= 8  # 6 and the first
