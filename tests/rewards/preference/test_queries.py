from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import as_torch, steps, without

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import BradleyTerry, Queries
from rewardlab.rewards.preference import Disagreement, Uniform
from rewardlab.rewards.preference.queries import _distinct, _unranked


def recording(done, seed=0):
    """Steps whose observation says (time, row)."""
    done = np.asarray(done, dtype=bool)
    return steps(done.shape, obs=np.stack(np.indices(done.shape), -1).astype(float), terminated=done)


@dataclass
class Seen:
    """A strategy that picks the first and remembers what it was shown."""

    shown: object = None

    def __call__(self, candidates, model, count, rng):
        self.shown = candidates
        return np.arange(count)


def keys(pairs):
    return [frozenset(map(tuple, p)) for p in np.asarray(pairs.info["start"]).tolist()]


@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([None, 5]))
def test_candidates_are_distinct_pairs_from_one_recording(seed, matched, recent):
    rng = np.random.default_rng(seed)
    batch, look = recording(rng.random((20, 3)) < 0.2), Seen()
    pairs = Queries(look, length=3, candidates=4, matched=matched, recent=recent)(batch, None, 5, rng)
    assert len(set(keys(look.shown))) == len(look.shown) and all(len(k) == 2 for k in keys(look.shown))
    assert len(look.shown) <= 20 and len(pairs) == min(5, len(look.shown))
    first = np.take_along_axis(look.shown.obs, np.zeros((1, 1, 1, 2), dtype=int), 2)[:, :, 0]
    assert (first == look.shown.info["start"]).all()
    assert recent is None or look.shown.info["start"][..., 0].min() >= 15
    size = look.shown.info["mask"].sum(-1)
    assert not matched or (size[:, 0] == size[:, 1]).all()


def test_pairs_are_drawn_evenly_and_in_both_orders():
    batch, rng = recording(np.zeros((4, 1))), np.random.default_rng(0)  # 4 segments of one step, 6 pairs
    ask = Queries(Uniform(), length=1, candidates=1)
    found = [tuple(ask(batch, None, 1, rng).info["start"][0, :, 0]) for _ in range(2400)]
    counts = np.unique(found, axis=0, return_counts=True)[1]
    assert len(counts) == 12 and ((counts - 200) ** 2 / 200).sum() < 31.3  # χ² with 11 degrees, 0.1 %


def test_what_the_strategy_wants_is_what_comes_back():
    batch = recording(np.random.default_rng(0).random((50, 4)) < 0.1)
    batch = without(batch, obs=np.random.default_rng(1).normal(size=(50, 4, 2)))
    model, look = BradleyTerry(hidden=(8,), seed=0), Seen()
    shown = Queries(look, length=4)(batch, model, 6, np.random.default_rng(2)) and look.shown
    picked = Queries(Disagreement(), length=4)(batch, model, 6, np.random.default_rng(2))
    variance = model.probabilities(shown).var(0)
    best = {k for k, v in zip(keys(shown), variance, strict=True) if v >= np.sort(variance)[-6]}
    assert len(shown) == 60 and set(keys(picked)) == best
    assert picked.shape == (6, 2, 4)


def test_nothing_is_asked_twice_of_a_sliding_recording():
    rng, ask = np.random.default_rng(0), Queries(Uniform(), length=1, candidates=1)
    seen: list[frozenset] = []
    for begin in (0, 1, 2):  # windows of 4 steps: 6 pairs each, of which 3 are new in the second and third
        batch = recording(np.zeros((4, 1)))
        pairs = ask(batch, None, 6, rng, begin=begin)
        assert len(pairs) == (6 if begin == 0 else 3)
        seen += keys(pairs)
    assert len(set(seen)) == 12 and max(t for k in seen for t, _ in k) == 5
    with pytest.raises(BadBatch, match="asked about"):
        ask(recording(np.zeros((4, 1))), None, 1, rng, begin=2)
    again = Queries(Uniform(), length=1)
    again.load_state_dict(ask.state_dict())
    with pytest.raises(BadBatch, match="asked about"):
        again(recording(np.zeros((4, 1))), None, 1, rng, begin=0)
    assert len(ask(recording(np.zeros((4, 1))), None, 6, rng)) == 6  # each call alone


def test_a_seed_decides_and_torch_gives_the_same():
    batch = recording(np.random.default_rng(0).random((30, 2)) < 0.1)
    a, b = (Queries(Uniform(), length=3)(batch, None, 5, np.random.default_rng(3)) for _ in range(2))
    t = Queries(Uniform(), length=3)(as_torch(batch), None, 5, np.random.default_rng(3))
    assert (
        (a.obs == b.obs).all() and (t.obs.numpy() == a.obs).all() and (t.info["start"].numpy() == a.info["start"]).all()
    )


@pytest.mark.parametrize(("total", "wanted"), [(0, 3), (1, 1), (5, 2), (900, 10), (20_000, 7), (20_000, 30_000)])
def test_numbers_below_a_total_come_once_each_in_random_order(total, wanted):
    found = np.concatenate([np.zeros(0, int), *_distinct(total, wanted, np.random.default_rng(0))]).tolist()
    assert sorted(found) == list(range(total)) and (total < 900 or found != sorted(found))


def test_numbers_are_pairs():
    pairs = set(zip(*(x.tolist() for x in _unranked(np.arange(45))), strict=True))
    assert pairs == set(combinations(range(10), 2))
    for j in (2, 3, 94906267, 2**30 + 1):  # where a rounded root errs
        for i in (0, j - 1):
            assert [int(x) for x in _unranked(np.array([j * (j - 1) // 2 + i])[0])] == [i, j]


@pytest.mark.parametrize("options", [{"length": 0}, {"candidates": 0}, {"recent": 0}, {"stride": 0}])
def test_options_that_cannot_be_are_refused(options):
    with pytest.raises(BadOption, match="Queries"):
        Queries(Uniform(), **options)


def test_listed_episodes_are_never_joined_and_starts_name_them():
    parts = [steps(n, terminated=np.arange(n) == n - 1) for n in (2, 3)] + [steps(1)]  # the last one still runs
    pairs = Queries(Uniform(), length=2, candidates=1)(parts, None, 9, np.random.default_rng(0))
    assert {p for k in keys(pairs) for p in k} == {(0, 0), (0, 1), (1, 1)} and len(pairs) == 3
    with pytest.raises(BadOption, match="begin"):
        Queries(Uniform(), length=2)(parts, None, 1, np.random.default_rng(0), begin=0)


def test_a_recording_without_a_pair_is_named():
    ask = Queries(Uniform(), length=3)
    with pytest.raises(BadBatch, match="no pair of segments of 3 steps"):
        ask(recording(np.zeros((3, 1))), None, 1, np.random.default_rng(0))
    with pytest.raises(BadBatch, match="axes"):
        ask(steps(5), None, 1, np.random.default_rng(0))
    with pytest.raises(BadOption, match="count=0"):
        ask(recording(np.zeros((9, 1))), None, 0, np.random.default_rng(0))
