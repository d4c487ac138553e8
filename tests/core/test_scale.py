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
