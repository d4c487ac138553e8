"""Streams: rows that do not know of each other, and draws that look random."""

import copy
import pickle

import numpy as np
import pytest
from scipy import stats

from rewardlab.core.arrays import array, tensor
from rewardlab.core.errors import BadSeed
from rewardlab.core.rng import Streams, check_seed, entropy

ONE = np.ones(1, dtype=bool)


def begun(seeds, device=None):
    rng = Streams(seeds, device=device)
    rng.begin(np.ones(len(seeds), dtype=bool) if device is None else rng.seed == rng.seed)
    return rng


@pytest.mark.parametrize("shape", [(), (3,), (2, 5)])
def test_a_row_draws_the_same_alone_and_in_a_batch(shape):
    many = begun(range(100, 164))
    for method in ("bits", "uniform", "normal"):
        batch = getattr(many, method)(shape)
        for row in (0, 17, 63):
            alone = begun([100 + row])
            while alone.draw[0] < many.draw[row] - (2 if method == "normal" else 1):
                alone.bits()
            assert getattr(alone, method)(shape)[0].tobytes() == batch[row].tobytes()


def test_the_order_of_resets_does_not_matter():
    a, b = begun(range(8)), begun(range(8))
    odd = np.arange(8) % 2 == 1
    a.bits((7,)), b.bits()
    for mask in (odd, ~odd):
        a.begin(mask)
    b.begin(np.ones(8, dtype=bool))
    assert (a.bits() == b.bits()).all()


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("rows", lambda: begun(range(200_000)).uniform()),
        ("seeds a million apart", lambda: begun(np.arange(200_000) * 10**6).uniform()),
        ("episodes", lambda: _episodes(20_000)),
        ("draws", lambda: _draws(20_000)),
        ("positions", lambda: begun([5]).uniform((200_000,))[0]),
    ],
)
def test_uniform_and_uncorrelated_along(name, draw):
    u = draw()
    counts = np.bincount((u * 64).astype(int), minlength=64)
    assert stats.chisquare(counts).pvalue > 1e-4, name
    for lag in (1, 2, 64):
        # The correlation of independent draws is normal with deviation 1/sqrt(n).
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 4.5 / np.sqrt(len(u)), (name, lag)
    pairs = np.bincount((u[:-1] * 8).astype(int) * 8 + (u[1:] * 8).astype(int), minlength=64)
    assert stats.chisquare(pairs).pvalue > 1e-4, name


def _episodes(count):
    rng, seen = Streams([3]), []
    for _ in range(count):
        rng.begin(ONE)
        seen.append(rng.uniform()[0])
    return np.array(seen)


def _draws(count):
    rng = begun([3])
    return np.array([rng.uniform()[0] for _ in range(count)])


def test_every_bit_is_fair():
    bits = begun(range(100_000)).bits().view(np.uint64)
    ones = ((bits[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).sum(0)
    assert (np.abs(ones.astype(np.int64) - 50_000) < 5 * np.sqrt(25_000)).all()


def test_numpy_and_torch_draw_the_same_bits():
    ours, theirs = begun([0, 7, 2**63, 2**64 - 1]), begun([0, 7, 2**63, 2**64 - 1], device="cpu")
    for _ in range(3):
        assert (ours.bits((4,)) == theirs.bits((4,)).numpy()).all()
        assert (ours.uniform() == theirs.uniform().numpy()).all()
        assert (ours.integers(10, (3,)) == theirs.integers(10, (3,)).numpy()).all()
        assert (ours.permutation(9) == theirs.permutation(9).numpy()).all()
        assert np.allclose(ours.normal((2,)), theirs.normal((2,)).numpy(), rtol=1e-12)


@pytest.mark.parametrize("high", [1, 2, 7, 1000, 2**31])
def test_integers_stay_below_high_and_are_even(high):
    x = begun(range(50_000)).integers(high)
    assert x.dtype == np.int64
    assert 0 <= x.min() <= x.max() < high
    cells = min(high, 50)
    if cells > 1:
        share = np.diff(np.floor(np.arange(cells + 1) * high / cells))
        counts = np.histogram(x, bins=np.floor(np.arange(cells + 1) * high / cells))[0]
        assert stats.chisquare(counts, share / share.sum() * counts.sum()).pvalue > 1e-4


def test_integers_take_a_bound_for_each_row():
    high = np.array([1, 2, 3, 1000])
    for _ in range(50):
        assert (begun(range(4)).integers(high) < high).all()


def test_permutations_are_uniform():
    orders = begun(range(24_000)).permutation(4)
    assert (np.sort(orders, axis=1) == np.arange(4)).all()
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 1e-4


def test_normal_has_its_distribution():
    x = begun(range(100_000)).normal()
    assert stats.kstest(x, "norm").pvalue > 1e-4


def test_rows_and_put_round_trip():
    whole, parted = begun(range(10)), begun(range(10))
    mask = np.arange(10) % 3 == 0
    some = parted.rows(mask)
    assert (some.bits() == whole.bits()[mask]).all()
    before = parted.draw
    parted.put(mask, some)
    assert (parted.draw == mask).all(), "only the rows that drew have moved on"
    assert (before == 0).all(), "what was handed out before is not written into"


def test_reseed_touches_its_rows_only():
    rng, other = begun(range(6)), begun(range(6))
    rng.bits(), other.bits()
    mask = np.array([True, False, False, True, False, False])
    rng.reseed(mask, [50, 0, 0, 53, 0, 0])
    rng.begin(mask)
    fresh, going = begun([50, 53]).bits(), other.bits()
    got = rng.bits()
    assert (got[mask] == fresh).all()
    assert (got[~mask] == going[~mask]).all()


def test_seeds_of_64_bits_are_all_different():
    seeds = [0, 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
    assert len(set(begun(seeds).bits().tolist())) == len(seeds)
    assert begun([np.uint64(2**63)]).bits() == begun([2**63]).bits() == begun([-(2**63)]).bits()


@pytest.mark.parametrize("seed", [0, 5, 2**31, 2**63, 2**64 - 1, np.int64(3), np.uint64(2**63), np.int8(7)])
def test_check_seed_takes_any_integer(seed):
    assert check_seed(seed) == int(seed)


@pytest.mark.parametrize("seed", [True, np.True_, -1, 2**64, 1.0, np.float64(2), "1", None, [1]])
def test_check_seed_names_what_is_none(seed):
    with pytest.raises(BadSeed, match=r"World.reset: seed .*\n  expected: an integer in \[0, 2\^64\)"):
        check_seed(seed, where="World.reset")


def test_entropy_is_fresh():
    assert len({entropy() for _ in range(20)}) == 20


def test_a_copy_goes_on_alike():
    rng = begun(range(5))
    rng.bits()
    for twin in (copy.deepcopy(rng), pickle.loads(pickle.dumps(rng))):
        assert (twin.bits((3,)) == copy.deepcopy(rng).bits((3,))).all()


def test_a_numpy_generator_per_row():
    a, b = begun([4, 5]), begun([5])
    assert a.generator(1).random() == b.generator(0).random() != begun([4]).generator(0).random()


@pytest.mark.parametrize("device", [None, "cpu"])
def test_begin_takes_masks_positions_and_slices_alike(device):
    streams = [Streams(range(6), device=device) for _ in range(3)]
    for where in (slice(None), np.array([1, 4]), np.array([0, 1, 5])):
        mask = np.zeros(6, dtype=bool)
        mask[where] = True
        handed = streams[0].episode, streams[0].draw
        before = [array(x).copy() for x in handed]
        drawn = []
        for rng, rows in zip(streams, (mask, np.flatnonzero(mask), where), strict=True):
            rng.begin(rows if device is None or isinstance(rows, slice) else tensor(rows))
            drawn.append(array(rng.bits((2,))))
        assert (drawn[0] == drawn[1]).all() and (drawn[0] == drawn[2]).all()
        assert all((array(x) == y).all() for x, y in zip(handed, before, strict=True)), "handed out, then written into"
