"""NumPy's random stream, bit for bit: SeedSequence, PCG64, bounded integers, as scalar functions.

    state ← a · state + c  (mod 2^128),    draw = rotate(high ⊕ low, state >> 122)

MiniGrid draws its levels from `Generator(PCG64(SeedSequence(seed)))`. A stream is a row of five uint64: state high and
low, increment high and low, and a buffer with the half word that a 32-bit draw leaves over (bits 0..31) and whether
there is one (bit 32). As ordinary Python the arithmetic wraps around with a warning: see `compiled.overflowing`.

Source: O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
Generation", Harvey Mudd College 2014 (the generator); Lemire, "Fast Random Integer Generation in an Interval", ACM
Transactions on Modeling and Computer Simulation 2019, Algorithm 5 (bounded integers).
"""

import numpy as np

from rewardlab.envs.gridworlds.kernel.compiled import scalar

WORDS = 5
"""Numbers in the row of a stream."""

_ZERO, _ONE, _32, _58, _63, _64 = (np.uint64(n) for n in (0, 1, 32, 58, 63, 64))
_LOW = np.uint64(0xFFFFFFFF)
_FLAG = np.uint64(1 << 32)
_HALF = np.uint64(16)
# SeedSequence hashes 32-bit words; they are held in 64 bits and masked.
_INIT_A, _MULT_A = np.uint64(0x43B0D7E5), np.uint64(0x931E8875)
_INIT_B, _MULT_B = np.uint64(0x8B51F9DD), np.uint64(0x58F38DED)
_MIX_LEFT, _MIX_RIGHT = np.uint64(0xCA01F9DD), np.uint64(0x4973F715)
# The multiplier of the 128-bit congruence: high word, low word, and the halves of the low one.
_A_HIGH, _A_LOW = np.uint64(2549297995355413924), np.uint64(4865540595714422341)
_A_LOW_UPPER, _A_LOW_LOWER = np.uint64(4865540595714422341 >> 32), np.uint64(4865540595714422341 & 0xFFFFFFFF)


@scalar
def _folded(word):
    return (word ^ word >> _HALF) & _LOW


@scalar
def _hashed(word, key):
    """`key` and the key after it are both needed: key * multiplier is the caller's next key."""
    return _folded(((word ^ key) * (key * _MULT_A & _LOW)) & _LOW)


@scalar
def _mixed(word, other):
    return _folded((word * _MIX_LEFT - other * _MIX_RIGHT) & _LOW)


@scalar
def seed(rng, entropy):
    """Begin the stream of `Generator(PCG64(SeedSequence(entropy)))`.

    Args:
        rng: [5] uint64, written.
        entropy: uint64, any.
    """
    key = _INIT_A
    # A missing word hashes like 0, so a number below 2^32 needs no case of its own.
    a = _hashed(entropy & _LOW, key)
    key = key * _MULT_A & _LOW
    b = _hashed(entropy >> _32, key)
    key = key * _MULT_A & _LOW
    c = _hashed(_ZERO, key)
    key = key * _MULT_A & _LOW
    d = _hashed(_ZERO, key)
    for source in range(4):
        for target in range(4):
            if source != target:
                key = key * _MULT_A & _LOW
                word = _hashed(a if source == 0 else b if source == 1 else c if source == 2 else d, key)
                if target == 0:
                    a = _mixed(a, word)
                elif target == 1:
                    b = _mixed(b, word)
                elif target == 2:
                    c = _mixed(c, word)
                else:
                    d = _mixed(d, word)
    key = _INIT_B
    for i in range(4):  # four words of 64 bits, the low half first
        lower, upper = (a, b) if i % 2 == 0 else (c, d)
        lower = lower ^ key
        key = key * _MULT_B & _LOW
        lower = _folded(lower * key & _LOW)
        upper = upper ^ key
        key = key * _MULT_B & _LOW
        upper = _folded(upper * key & _LOW)
        rng[i] = lower | upper << _32
    high, low = rng[0], rng[1]
    rng[2] = rng[2] << _ONE | rng[3] >> _63
    rng[3] = rng[3] << _ONE | _ONE
    rng[0], rng[1], rng[4] = rng[2], rng[3], _ZERO  # one step away from state 0
    _add(rng, high, low)
    _step(rng)


@scalar
def _add(rng, high, low):
    total = rng[1] + low
    rng[0] = rng[0] + high + (_ONE if total < low else _ZERO)
    rng[1] = total


@scalar
def _step(rng):
    high, low = rng[0], rng[1]
    lower, upper = low & _LOW, low >> _32
    across, along = lower * _A_LOW_UPPER, upper * _A_LOW_LOWER
    middle = (lower * _A_LOW_LOWER >> _32) + (across & _LOW) + (along & _LOW)
    carried = upper * _A_LOW_UPPER + (across >> _32) + (along >> _32) + (middle >> _32)
    rng[0] = carried + high * _A_LOW + low * _A_HIGH
    rng[1] = low * _A_LOW
    _add(rng, rng[2], rng[3])


@scalar
def next64(rng):
    """The next 64 bits, uint64; a half word left over stays for the next 32-bit draw."""
    _step(rng)
    word, turn = rng[0] ^ rng[1], rng[0] >> _58
    return word >> turn | word << (_64 - turn & _63)


@scalar
def next32(rng):
    """The next 32 bits, uint64 below 2^32: the low half of a word first, then its high half."""
    if rng[4] & _FLAG:
        rng[4] = rng[4] & _LOW
        return rng[4]
    word = next64(rng)
    rng[4] = word >> _32 | _FLAG
    return word & _LOW


@scalar
def bounded(rng, low, high):
    """What `Generator.integers(low, high)` gives: int64 in [low, high), for high - low in 1..2^32.

    A range of one number draws nothing; one of none, where NumPy raises an error, gives `low`.
    """
    if high - low <= 1:
        return np.int64(low)
    count = np.uint64(high - low)
    product = next32(rng) * count
    if product & _LOW < count:
        threshold = (_LOW - count + _ONE) % count
        while product & _LOW < threshold:
            product = next32(rng) * count
    return np.int64(low) + np.int64(product >> _32)


@scalar
def shuffle(rng, row, start, count):
    """What `Generator.shuffle` does to a list, here to row[start : start + count].

    Lists are drawn for by another rule than `bounded`: a masked word, again and again until it is in range.
    """
    mask = _ZERO
    while mask < np.uint64(count - 1):
        mask = mask << _ONE | _ONE
    for i in range(count - 1, 0, -1):
        while mask >> _ONE >= np.uint64(i):
            mask = mask >> _ONE
        draw = next32(rng) & mask
        while draw > np.uint64(i):
            draw = next32(rng) & mask
        j = np.int64(draw)
        row[start + i], row[start + j] = row[start + j], row[start + i]
