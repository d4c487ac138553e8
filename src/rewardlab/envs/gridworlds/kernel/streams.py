"""Level seeds of new episodes, in one compiled loop: `core.rng.Streams` for the few rows that begin in a step.

    seed of a level = seed of the row in its first episode,  the row's first draw below 2^31 in later ones

What comes out, and what the streams hold afterwards, is what `Streams.begin` and `Streams.integers` would have made of
it with forty calls of NumPy.
"""

import functools

import numpy as np

from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel.compiled import Driver, fingerprint, scalar

U = np.uint64
_GOLDEN, _FIRST, _SECOND = U(0x9E3779B97F4A7C15), U(0xBF58476D1CE4E5B9), U(0x94D049BB133111EB)


def begin_streams(rng: Streams, rows: np.ndarray) -> np.ndarray:
    """Begin the next episode of some rows of `rng`, in place; returns the seeds [k] uint64 of their levels.

    Args:
        rng: streams on NumPy.
        rows: [k] int64.
    """
    seeds = np.empty(len(rows), dtype=np.uint64)
    _begin().run(rows, rng.seed, rng._root, rng.episode, rng.draw, rng._key, seeds)
    return seeds


@scalar
def _mix(x):  # type: ignore[no-untyped-def]
    """SplitMix64's finaliser."""
    x = (x ^ x >> U(30)) * _FIRST
    x = (x ^ x >> U(27)) * _SECOND
    return x ^ x >> U(31)


@functools.cache
def _begin() -> Driver:
    mark = fingerprint()

    def loop(rows, seed, root, episode, draw, key, seeds):  # type: ignore[no-untyped-def]
        for i in range(0 * mark, rows.shape[0]):
            row = rows[i]
            episode[row] += 1
            draw[row] = 1
            own = _mix(U(root[row]) + U(episode[row]) * _GOLDEN)
            key[row] = np.int64(own)
            drawn = ((_mix(own) >> U(32)) << U(31)) >> U(32)  # draw number 0, as an integer below 2^31
            seeds[i] = U(seed[row]) if episode[row] == 0 else drawn

    return Driver(loop, "the seeds of levels")
