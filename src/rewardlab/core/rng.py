"""Counter-based random streams, one per row.

Every draw is a hash of (row seed, episode, draw, position): all rows draw in one call, and each row gets what it would
get alone, whatever the batch size, the order of resets or the device. There is no hidden state to save beyond two
counters per row.

Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014 (the SplitMix64 finaliser);
Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011 (counters instead of states).
"""

import math
import operator
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, tensor, tree_copy
from rewardlab.core.errors import BadSeed

# Two's-complement forms of the SplitMix64 constants: int64 wraps alike in NumPy and torch, uint64 does not exist there.
GOLDEN, FIRST, SECOND = -7046029254386353131, -4658895280553007687, -7723592293110705685


def _shift(x: Array, bits: int) -> Array:
    """Logical right shift of int64."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)


def mix(x: Array) -> Array:
    """The SplitMix64 finaliser on int64: a bijection in which every input bit moves every output bit."""
    x = (x ^ _shift(x, 30)) * FIRST
    x = (x ^ _shift(x, 27)) * SECOND
    return x ^ _shift(x, 31)


def check_seed(seed: Any, *, where: str = "reset") -> int:
    """`seed` as an int in [0, 2^64).

    Raises:
        BadSeed: for a bool, a float, a negative number, or anything else that is not an integer.
    """
    try:
        if isinstance(seed, (bool, np.bool_)):
            raise TypeError
        value = operator.index(seed)
    except TypeError:
        value = -1
    if not 0 <= value < 2**64:
        raise BadSeed(
            f"seed {seed!r} ({type(seed).__name__})",
            where=where,
            expected="an integer in [0, 2^64)",
            mend="pass e.g. seed=0, or None for a random one",
        )
    return value


def entropy() -> int:
    """A fresh 63-bit seed from the operating system."""
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> 1)


class Streams:
    """One stream per row, keyed by (row seed, episode, draw).

    Args:
        seeds: [N] row seeds in [0, 2^64); negative int64 stand for their two's complement.
        device: None for NumPy, or a torch device on which all draws are made.
    """

    def __init__(self, seeds: Any, *, device: Any = None) -> None:
        self.device = device
        values = np.array([operator.index(s) for s in np.asarray(seeds, dtype=object)], dtype=object)
        bits = np.array([v - 2**64 if v >= 2**63 else v for v in values], dtype=np.int64)
        self.seed: Array = self._own(bits)  # [N]
        self.episode: Array = self._own(np.full(len(bits), -1, dtype=np.int64))  # [N], -1 before the first
        self.draw: Array = self._own(np.zeros(len(bits), dtype=np.int64))  # [N]
        self._root, self._key = self.seed, self.seed  # [N] hashes of the seed, and of seed and episode
        self._rekey()

    def _own(self, x: np.ndarray) -> Array:
        return x if self.device is None else tensor(x, device=self.device)

    @property
    def xp(self) -> Any:
        """The namespace of the draws: NumPy, or torch through array-api-compat."""
        if self.device is None:
            return np
        import array_api_compat.torch as xp

        return xp

    def __len__(self) -> int:
        return len(self.seed)

    @property
    def keys(self) -> Array:
        """int64 [N]: what the draws of the running episodes are hashed from."""
        return self._key

    def _rekey(self) -> None:
        with np.errstate(over="ignore"):
            self._root = mix(self.seed * GOLDEN + 1)
            self._key = mix(self._root + self.episode * GOLDEN)

    def begin(self, rows: Any) -> None:
        """The next episode for some rows: a mask [N], positions, or a slice."""
        self.episode, self.draw = tree_copy(self.episode), tree_copy(self.draw)
        self.episode[rows] += 1
        self.draw[rows] = 0
        with np.errstate(over="ignore"):  # a hash costs more than all else: only where it changes
            self._key[rows] = mix(self._root[rows] + self.episode[rows] * GOLDEN)

    def reseed(self, mask: np.ndarray, seeds: Any) -> None:
        """New row seeds [N] for the rows of `mask` [N]; their next episode is number 0."""
        fresh = Streams(seeds, device=self.device)
        mask = self._own(np.asarray(mask))
        for name in ("seed", "episode", "draw"):
            setattr(self, name, self.xp.where(mask, getattr(fresh, name), getattr(self, name)))
        self._rekey()

    def rows(self, rows: Array) -> "Streams":
        """The streams of some rows (a mask [N] or positions) to draw from alone; hand them back with `put`."""
        part = object.__new__(Streams)
        part.device = self.device
        for name in ("seed", "episode", "draw", "_root", "_key"):
            setattr(part, name, getattr(self, name)[rows])
        return part

    def put(self, rows: Array, part: "Streams") -> None:
        """Take over the draw counters of `part = rows(rows)`."""
        self.draw = tree_copy(self.draw)
        self.draw[rows] = part.draw

    def ahead(self) -> "Streams":
        """The streams of every row's next episode; these are left as they are, until `take`."""
        part = object.__new__(Streams)
        part.device, part.seed, part._root = self.device, self.seed, self._root
        part.episode, part.draw = self.episode + 1, self.draw * 0
        with np.errstate(over="ignore"):
            part._key = mix(part._root + part.episode * GOLDEN)
        return part

    def take(self, mask: Array, other: "Streams") -> None:
        """Go on as `other` where `mask` [N] holds, without asking where that is."""
        for name in ("episode", "draw", "_key"):
            setattr(self, name, self.xp.where(mask, getattr(other, name), getattr(self, name)))

    def bits(self, shape: tuple[int, ...] = ()) -> Array:
        """Uniform int64 [N, *shape]: one draw of each row."""
        with np.errstate(over="ignore"):
            base = mix(self._key + self.draw * GOLDEN)
            self.draw = self.draw + 1
            if not shape:
                return base
            count = self.xp.arange(1, math.prod(shape) + 1, dtype=self.xp.int64, device=self.device)
            return mix(base[:, None] + count * GOLDEN).reshape((len(self), *shape))

    def uniform(self, shape: tuple[int, ...] = ()) -> Array:
        """float64 [N, *shape] in [0, 1), multiples of 2^-53."""
        return self.xp.astype(_shift(self.bits(shape), 11), self.xp.float64) * 2.0**-53

    def integers(self, high: int | Array, shape: tuple[int, ...] = ()) -> Array:
        """int64 [N, *shape] in [0, high), high <= 2^31; the bias is below high / 2^32."""
        return _shift(_shift(self.bits(shape), 32) * high, 32)

    def normal(self, shape: tuple[int, ...] = ()) -> Array:
        """Standard normal float64 [N, *shape] by Box and Muller; equal across libraries to rounding only."""
        xp = self.xp
        radius = xp.sqrt(-2.0 * xp.log(1.0 - self.uniform(shape)))
        return radius * xp.cos(2.0 * math.pi * self.uniform(shape))

    def permutation(self, size: int) -> Array:
        """int64 [N, size]: a uniform order of range(size) for each row."""
        keys = self.bits((size,))
        return self.xp.argsort(keys, axis=-1)

    def generator(self, row: int) -> np.random.Generator:
        """A NumPy generator for one row, seeded by this draw: for code that only takes one of those."""
        return np.random.Generator(np.random.PCG64(int(self.bits()[row]) & (2**64 - 1)))
