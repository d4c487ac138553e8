"""The ground of rewards from captions: N(c) as a plain dictionary counts it, and what is no caption is named."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption, MissingColumn
from rewardlab.rewards.language.annotator import ClockedAnnotator
from rewardlab.rewards.language.captioned import Captioned, words_of
from rewardlab.rewards.language.judging import ScoreJudge


@dataclass
class ByLength(Captioned):
    """Pays the length of the caption."""

    def worth(self, texts):
        return np.array([float(len(text)) for text in texts])


def made(**options):
    return ByLength(ClockedAnnotator(ScoreJudge(len), per_1k=1e6), **options)


def captions(shape, seed=0):
    rng = np.random.default_rng(seed)
    return np.array(["a", "bb", "ccc", "dddd"], dtype=object)[rng.integers(0, 4, shape)]


@pytest.mark.parametrize("exponent", [0.0, 1.0, 3.0])
def test_repetitions_of_an_episode_pay_less_by_a_power_of_their_number(exponent):
    reward, told = made(exponent=exponent), captions((60, 3))
    ends = np.random.default_rng(1).random((60, 3)) < 0.1
    paid = reward.recorded(steps((60, 3), terminated=ends, caption=told))[reward.name]
    for i in range(3):
        count = Counter()
        for t in range(60):
            count[told[t, i]] += 1
            assert paid[t, i] == pytest.approx(len(told[t, i]) / count[told[t, i]] ** exponent, rel=1e-14)
            count = Counter() if ends[t, i] else count


def test_beyond_most_captions_new_ones_pay_nothing():
    reward = made(most=2)
    reward.reset(np.ones(1, dtype=bool))
    paid = [reward(steps(1, caption=np.array([c], dtype=object)))[0] for c in ("a", "bb", "ccc", "a", "ccc")]
    assert paid == [1, 2, 0, 1 / 8, 0]


def test_update_offers_each_new_caption_and_a_call_none():
    reward = made(caption=lambda batch: batch.info["words"])
    batch = steps((2, 3), words=captions((2, 3)))
    reward.reset(np.ones(3, dtype=bool))
    reward(batch.rows(0))
    assert reward.annotator.asked == 0
    log = reward.update(batch)
    assert log["by_length/asked"] == len(set(captions((2, 3)).flat)) == log["by_length/labelled"]
    reward.update(batch)
    assert reward.annotator.asked == log["by_length/asked"]


def test_what_is_no_caption_is_named():
    with pytest.raises(MissingColumn, match="caption"):
        made()(steps(2))
    with pytest.raises(BadBatch, match="one text for each step"):
        words_of("caption", steps(2, caption=np.arange(2)), by="test")
    with pytest.raises(BadBatch, match="one text for each step"):
        words_of(lambda batch: np.array(["a"], dtype=object), steps(2), by="test")
    with pytest.raises(BadBatch, match="recorded"):
        made()(steps((2, 2), caption=captions((2, 2))))
    reward = made()
    reward.reset(np.ones(3, dtype=bool))
    with pytest.raises(BadBatch, match="3 rows"):
        reward(steps(2, caption=captions(2)))
    with pytest.raises(BadOption):
        made(exponent=-1.0)
    with pytest.raises(BadCheckpoint):
        made().load_state_dict({"visits": {}})
