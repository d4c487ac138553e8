from collections import Counter

import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.visits import Counts, EpisodeVisits, Visits


def test_lanes_count_as_plain_python_does_through_growth_and_forgetting():
    rng, visits, plain = np.random.default_rng(0), Visits(5, 10_000, where="test"), [Counter() for _ in range(5)]
    lane = np.arange(5)
    for _ in range(600):
        code = rng.integers(1, 400, 5) * 64  # all want the same few places
        visits.add(code, lane)
        for i, c in enumerate(code.tolist()):
            plain[i][c] += 1
        asked = rng.integers(1, 400, 5) * 64
        assert visits.seen(asked, lane).tolist() == [plain[i][c] for i, c in enumerate(asked.tolist())]
        begun = rng.random(5) < 0.003
        visits.forget(begun)
        plain = [Counter() if b else p for p, b in zip(plain, begun, strict=True)]
    assert visits.held.tolist() == [len(p) for p in plain]
    assert visits.held.max() > 200 and visits.room >= 2 * visits.held.max()


def test_what_a_lane_has_no_room_for_is_not_counted_and_the_rest_goes_on():
    visits, lane = Visits(2, 3, where="test"), np.arange(2)
    for c in (1, 2, 3, 4, 5, 3):
        visits.add(np.array([c, 7]), lane)
    assert [int(visits.seen(np.array([c]), 0)[0]) for c in range(1, 6)] == [1, 1, 2, 0, 0]
    assert visits.seen(np.array([7]), 1) == 6


def test_the_state_does_not_depend_on_the_order_of_visits_and_can_be_taken_over():
    one, other = Visits(2, 100, where="test"), Visits(2, 100, where="test")
    for c in range(1, 50):
        one.add(np.array([c, 100 + c]), np.arange(2))
        other.add(np.array([50 - c, 150 - c]), np.arange(2))
    a, b = one.state_dict(), other.state_dict()
    assert a["codes"].shape[1] == 2
    for k in a:
        np.testing.assert_array_equal(a[k], b[k])
    third = Visits(7, 100, where="test")
    third.load_state_dict({k: v.astype(np.float64) for k, v in a.items()})
    assert third.seen(np.array([3, 103, 51]), np.array([0, 1, 1])).tolist() == [1, 1, 0]
    with pytest.raises(BadCheckpoint, match="codes of shape"):
        third.load_state_dict({"codes": np.ones((2, 2)), "counts": np.ones(2)})


@pytest.mark.parametrize("most", [0, -1, 2.5, True])
def test_a_bound_must_be_a_positive_integer(most):
    with pytest.raises(BadOption, match="most="):
        Visits(1, most, where="test")


def test_lasting_counts_take_batches_with_equals_and_end_at_their_bound():
    rng, counts, plain = np.random.default_rng(1), Counts(10**6, where="test"), Counter()
    for _ in range(30):
        code = rng.integers(1, 5000, 300)
        new = counts.add(code)
        assert set(code[new].tolist()) == {c for c in code.tolist() if not plain[c]}
        plain.update(code.tolist())
    asked = np.arange(1, 5100)
    np.testing.assert_array_equal(counts.seen(asked), [plain[c] for c in asked.tolist()])
    assert len(counts) == len([c for c in plain if plain[c]])
    small = Counts(2, where="test")
    small.add(np.array([5, 6, 7, 5, 0]))
    assert small.seen(np.array([5, 6, 7])).tolist() == [2.0, 1.0, np.inf] and len(small) == 2
    other = Counts(2, where="test")
    other.load_state_dict(small.state_dict())
    assert other.seen(np.array([5, 6, 7])).tolist() == [2.0, 1.0, np.inf]


def test_an_episode_begins_with_the_state_it_was_reset_to():
    visits = EpisodeVisits(None, 10, where="test")
    visits.reset(np.ones(2, dtype=bool))
    assert visits.reached(steps(2, obs=np.array([0, 0]), next_obs=np.array([1, 0]))).tolist() == [1, 2]
    assert visits.reached(steps(2, obs=np.array([1, 0]), next_obs=np.array([0, 1]))).tolist() == [2, 1]
    visits.reset(np.array([True, False]))
    assert visits.reached(steps(2, obs=np.array([2, 1]), next_obs=np.array([0, 0]))).tolist() == [1, 3]


def test_a_row_too_many_or_a_time_axis_is_refused_and_nan_is_no_state():
    visits = EpisodeVisits(None, 10, where="test")
    visits.reset(np.ones(2, dtype=bool))
    with pytest.raises(BadBatch, match="3 rows"):
        visits.reached(steps(3))
    with pytest.raises(BadBatch, match="leading axes"):
        visits.reached(steps((2, 2)))
    batch = steps(2, obs=np.zeros((2, 1)), next_obs=np.array([[np.nan], [0.0]]))
    np.testing.assert_array_equal(visits.reached(batch), [np.nan, 2])
    np.testing.assert_array_equal(visits.reached(batch), [np.nan, 3])
