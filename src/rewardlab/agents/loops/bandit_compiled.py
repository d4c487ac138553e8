"""Compiled play: many runs of an index agent on stationary arms, in a loop that never leaves machine code.

    index of arm k after t pulls = x̄_k + scale(t) width(n_k)

What the agent is stands in two tables; what the arms are, in their means. Run i draws what row i of a bandit
environment seeded alike draws, so that both play the same games; of equal arms the first is pulled here.
"""

import functools
import itertools
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rewardlab.agents.loops.bandit import WidthAgent
from rewardlab.core.arms import Arms
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import FIRST, GOLDEN, SECOND, Streams


def play(
    agent: WidthAgent, arms: Arms, runs: int, pulls: int, *, seed: int = 0, at: Sequence[int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The regret of runs [R] that an agent plays from nothing, and how often each arm was pulled.

    Args:
        agent: whose `scale` and `width` are played; what it has learned stays aside.
        arms: as many as the agent has actions.
        runs: R >= 1, on all cores that Numba may use.
        pulls: T >= 1 of each run.
        seed: run i draws its pay from the stream of row seed + i.
        at: ascending numbers of pulls, 1 .. T, after which the regret is noted; T alone if not given.

    Returns:
        regret [len(at), R] and counts [R, K].

    Raises:
        BadOption: for another number of arms, or a bad number.
    """
    marks = np.array([pulls] if at is None else at, dtype=np.int64)
    if len(arms.means) != agent.num_actions:
        raise BadOption(f"{len(arms.means)} arms", where="play", expected=f"{agent.num_actions}")
    if runs < 1 or pulls < 1:
        raise BadOption(f"runs={runs!r}, pulls={pulls!r}", where="play", expected="at least 1 of each")
    if marks.ndim != 1 or not len(marks) or marks[0] < 1 or marks[-1] > pulls or (np.diff(marks) <= 0).any():
        raise BadOption(f"at={at!r}", where="play", expected=f"ascending numbers in 1..{pulls}")
    streams = Streams([(seed + i) % 2**64 for i in range(runs)])
    streams.begin(slice(None))
    time = np.arange(pulls + 1)
    width = np.concatenate([[np.inf], agent.width(np.maximum(time[1:], 1))])
    scale = np.broadcast_to(agent.scale(time), time.shape).astype(float)
    counts = np.zeros((runs, agent.num_actions), dtype=np.int64)
    regret = np.zeros((runs, len(marks)))
    law = np.array(arms.means), -1.0 if arms.deviation is None else float(arms.deviation)
    loop, cores = _loop(), min(runs, os.cpu_count() or 1)
    parts = np.linspace(0, runs, cores + 1).astype(int)
    with ThreadPoolExecutor(cores) as threads:  # machine code lets go of the interpreter's lock
        for done in [
            threads.submit(loop, *law, scale, width, streams.keys[a:b], marks, counts[a:b], regret[a:b])
            for a, b in itertools.pairwise(parts)
        ]:
            done.result()
    return regret.T, counts


@functools.cache
def _loop() -> Callable:
    """(means, deviation, scale [T + 1], width [T + 1], keys [R], marks [C], counts [R, K], regret [R, C]), in place."""
    from numba import njit

    @njit
    def draw(key, number):  # type: ignore[no-untyped-def]
        # The hash of core.rng on one number, as 53 bits of [0, 1).
        x = key + number * GOLDEN
        x = (x ^ ((x >> 30) & 0x3FFFFFFFF)) * FIRST
        x = (x ^ ((x >> 27) & 0x1FFFFFFFFF)) * SECOND
        x = x ^ ((x >> 31) & 0x1FFFFFFFF)
        return ((x >> 11) & 0x1FFFFFFFFFFFFF) * 2.0**-53

    @njit(cache=True, nogil=True)
    def loop(means, deviation, scale, width, keys, marks, counts, regret):  # type: ignore[no-untyped-def]
        arms, pulls = len(means), marks[-1]
        best = means.max()
        mean, spread, total = np.empty(arms), np.empty(arms), np.empty(arms)
        for run in range(len(keys)):
            mean[:], spread[:], total[:] = 0.0, np.inf, 0.0
            count, key, lost, mark = counts[run], keys[run], 0.0, 0
            for t in range(pulls):
                arm = min(t, arms - 1)
                if t >= arms:
                    arm, highest = 0, -np.inf
                    for k in range(arms):
                        value = mean[k] + scale[t] * spread[k]
                        if value > highest:
                            arm, highest = k, value
                if deviation < 0.0:
                    pay = 1.0 if draw(key, t) < means[arm] else 0.0
                else:
                    radius = math.sqrt(-2.0 * math.log(1.0 - draw(key, 2 * t)))
                    pay = means[arm] + deviation * radius * math.cos(2.0 * math.pi * draw(key, 2 * t + 1))
                count[arm] += 1
                total[arm] += pay
                mean[arm] = total[arm] / count[arm]
                spread[arm] = width[count[arm]]
                lost += best - means[arm]
                if t + 1 == marks[mark]:
                    regret[run, mark] = lost
                    mark += 1

    return loop
