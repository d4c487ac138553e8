"""What a second thread is worth on this machine now: NumPy sorting, which has nothing of ours in it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rewardlab.benchmarks.throughput_scores import Score
from rewardlab.benchmarks.throughput_turns import Case, Size, turns


def control(size: Size) -> list[Score]:
    """Two threads against one where nothing is shared: near 2 on two free cores, near 1 where one of them is taken."""
    laps = turns({"1": sorting(1), "2": sorting(2)}, size)
    name = "2 threads against 1: NumPy sorting, a control"
    return [Score.of(name, laps["2"], peer="the same, 1 thread", against=laps["1"])]


def sorting(threads: int, *, length: int = 2**16) -> Case:
    """Sort two halves of `length` numbers each, one after the other or at the same time.

    Args:
        threads: 1 or 2.
        length: of a half; NumPy lets other threads run while it sorts.
    """
    halves = list(np.random.default_rng(0).random((2, length)))
    pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def run(steps: int) -> None:
        for _ in range(steps):
            other = pool.submit(np.sort, halves[1]) if pool is not None else None
            np.sort(halves[0])
            if other is None:
                np.sort(halves[1])
            else:
                other.result()

    return Case(2 * length, run)
