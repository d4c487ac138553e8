import numpy as np
import pytest

from rewardlab.core.arrays import tensor
from rewardlab.core.scale import ReturnScale


def test_one_deviation_however_the_steps_are_cut():
    rng = np.random.default_rng(0)
    reward, done = rng.normal(size=(30, 4)), rng.random((30, 4)) < 0.1
    whole, parts, single = ReturnScale(0.9), ReturnScale(0.9), ReturnScale(0.9)
    whole.update(reward, done)
    parts.update(reward[:11], done[:11])
    parts.update(tensor(reward[11:]), tensor(done[11:]))
    for r, d in zip(reward, done, strict=True):
        single.update(r, d)
    returns, running = [], np.zeros(4)
    for r, d in zip(reward, done, strict=True):
        running = 0.9 * running + r
        returns.append(running)
        running = running * ~d
    for scale in (whole, parts, single):
        assert scale.scale == pytest.approx(np.std(returns), rel=1e-12)


def test_it_is_one_until_something_was_seen_and_never_below_the_rewards():
    scale = ReturnScale()
    assert scale.scale == 1.0
    scale.update(np.zeros((2, 3)))
    assert scale.scale == 1.0
    alike = ReturnScale()
    alike.update(np.full(8, 0.25))
    assert alike.scale == 0.25


def test_another_number_of_rows_begins_anew():
    scale = ReturnScale(0.5)
    scale.update(np.array([8.0, 8.0]))
    scale.update(np.array([1.0]))
    assert scale.returns.mean == pytest.approx(17 / 3)


def test_state_goes_on_to_the_bit():
    rng, a, b = np.random.default_rng(1), ReturnScale(), ReturnScale()
    a.update(rng.normal(size=(5, 2)))
    b.load_state_dict(a.state_dict())
    more = rng.normal(size=(5, 2))
    a.update(more)
    b.update(more)
    assert a.scale == b.scale


def test_rows_that_miss_steps_keep_their_returns():
    rng = np.random.default_rng(2)
    reward, done = rng.normal(size=(40, 3)), rng.random((40, 3)) < 0.1
    there = rng.random((40, 3)) < 0.8
    there[0] = True
    whole, cut, alone = ReturnScale(0.9), ReturnScale(0.9), []
    row = np.broadcast_to(np.arange(3), (40, 3))
    whole.update(reward[there], done[there], row=row[there])
    for a, b in ((0, 1), (1, 2), (2, 17), (17, 40)):
        cut.update(tensor(reward[a:b][there[a:b]]), done[a:b][there[a:b]], row=tensor(row[a:b][there[a:b]].copy()))
    for i in range(3):
        running = 0.0
        for r, d in zip(reward[there[:, i], i], done[there[:, i], i], strict=True):
            running = 0.9 * running + r
            alone.append(running)
            running *= not d
    assert whole.scale == pytest.approx(np.std(alone), rel=1e-12)
    assert cut.scale == pytest.approx(np.std(alone), rel=1e-12)


def test_rows_say_the_same_as_whole_steps():
    rng, a, b = np.random.default_rng(3), ReturnScale(), ReturnScale()
    reward = rng.normal(size=(7, 4))
    a.update(reward)
    b.update(reward.ravel(), row=np.tile(np.arange(4), 7))
    assert a.scale == b.scale
