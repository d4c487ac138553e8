"""TSDE: the lengths of its episodes, and regret in processes without end."""

import numpy as np
import pytest
from tables_that_tell import garnet, river, slope, telling

from rewardlab.agents import TSDE
from rewardlab.core.errors import BadOption


def test_episodes_are_one_longer_than_the_last_or_end_when_a_count_has_doubled():
    agent = TSDE(telling(garnet(1, 3, 2), 1), seed=0)
    starts = [(0, agent.before[0].copy())]

    def watch(told):
        before = told["self"].before[0]
        if before.sum() > starts[-1][1].sum():
            starts.append((int(before.sum()), before.copy()))

    agent.learn(1500, watch)
    lengths = np.diff([t for t, _ in starts])
    assert len(lengths) > 30
    for k in range(1, len(lengths)):
        doubled = (starts[k + 1][1] > 2 * starts[k][1]).any()
        assert lengths[k] <= lengths[k - 1] + 1
        assert doubled or lengths[k] == lengths[k - 1] + 1
    # So many at most, for S A pairs: the paper's Lemma 1.
    assert agent.plans[0] <= np.sqrt(2 * 6 * 1500 * np.log(1500)) + 1


def test_regret_grows_no_faster_than_a_root():
    agent = TSDE(telling(garnet(7, 3, 2), 32), seed=0, prior=1 / 3, independent=True).learn(32 * 1800)
    p, error = slope(agent.regret_log, 180)
    assert p + 2 * error < 0.6


def test_it_learns_to_swim_up():
    agent = TSDE(telling(river(), 16), seed=0, prior=1 / 6, tolerance=0.02, independent=True).learn(16 * 1000)
    late = agent.regret.mean()
    agent.learn(16 * 250)
    assert (agent.regret.mean() - late) / 250 < 0.1 * river().solve().value
    assert np.abs(agent.gain - river().solve().value).mean() < 0.1


@pytest.mark.parametrize("options", [{"prior": 0.0}, {"tolerance": 0.0}, {"reward_strength": 0.0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        TSDE(telling(garnet(0), 2), **options)
