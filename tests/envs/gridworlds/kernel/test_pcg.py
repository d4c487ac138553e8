import numpy as np
import pytest

from rewardlab.envs.gridworlds.kernel import pcg

SEEDS = [0, 1, 2, 1000, 2**31, 2**32 - 1, 2**32, 2**32 + 5, 2**63, 2**64 - 1]
COUNTS = [1, 2, 3, 5, 7, 10, 25, 100, 1000, 2**16 + 1, 2**31 - 1, 2**31, 3 * 2**30, 2**32 - 1, 2**32]


def pair(seed):
    """The same stream twice: ours and NumPy's."""
    rng = np.zeros(pcg.WORDS, dtype=np.uint64)
    pcg.seed(rng, np.uint64(seed))
    return rng, np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))


def state(generator):
    bits = generator.bit_generator.state
    numbers = bits["state"]["state"], bits["state"]["inc"]
    return [*(half for n in numbers for half in divmod(n, 2**64)), bits["has_uint32"] << 32 | bits["uinteger"]]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_begins_numpys_stream(seed):
    rng, theirs = pair(seed)
    assert rng.tolist() == state(theirs)


def test_the_stream_is_that_of_gymnasium():
    from gymnasium.utils.seeding import np_random

    assert pair(12)[0].tolist() == state(np_random(12)[0])


@pytest.mark.parametrize("seed", SEEDS)
def test_draws_of_every_kind_in_any_order(seed):
    rng, theirs = pair(seed)
    order = np.random.default_rng(seed).integers(0, len(COUNTS) + 2, 2000)
    for kind in order:
        if kind == len(COUNTS):
            assert int(pcg.next64(rng)) == theirs.integers(0, 2**64, dtype=np.uint64)
        elif kind == len(COUNTS) + 1:
            assert int(pcg.next32(rng)) == theirs.integers(0, 2**32, dtype=np.uint32)
        else:
            assert pcg.bounded(rng, -7, COUNTS[kind] - 7) == theirs.integers(-7, COUNTS[kind] - 7)
    assert rng.tolist() == state(theirs)


def test_a_rejected_draw_is_drawn_again():
    # 3 * 2^30 numbers: a quarter of all words is rejected, so the count of draws shows whether the rule is NumPy's.
    rng, theirs = pair(4)
    ours = [pcg.bounded(rng, 0, 3 * 2**30) for _ in range(1000)]
    assert ours == theirs.integers(0, 3 * 2**30, 1000).tolist() != []
    plain, _ = pair(4)
    words = [int(pcg.next32(plain)) * 3 * 2**30 >> 32 for _ in range(1000)]
    assert ours != words


def test_a_range_of_one_draws_nothing():
    rng, _ = pair(9)
    before = rng.copy()
    assert pcg.bounded(rng, 5, 6) == 5
    assert (rng == before).all()


@pytest.mark.parametrize("length", [0, 1, 2, 3, 8, 9, 17, 33, 100])
def test_lists_are_shuffled_as_numpy_does(length):
    rng, theirs = pair(length)
    for _ in range(20):
        row, listed = np.arange(length + 5), list(range(3, length + 3))
        theirs.shuffle(listed)
        pcg.shuffle(rng, row, 3, length)
        assert row.tolist() == [0, 1, 2, *listed, length + 3, length + 4]
    assert rng.tolist() == state(theirs)


def test_choice_of_a_range_is_a_bounded_draw():
    rng, theirs = pair(6)
    for _ in range(200):
        assert pcg.bounded(rng, 4, 11) == theirs.choice(range(4, 11))


def test_a_range_of_none_gives_its_lower_end():
    rng, _ = pair(9)
    before = rng.copy()
    assert (pcg.bounded(rng, 5, 5), pcg.bounded(rng, 5, 2)) == (5, 5)
    assert (rng == before).all()
