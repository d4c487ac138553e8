"""Cases in turns: every round runs each of them for the same share of the time, and notes CPU and wall time per row."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rewardlab.benchmarks.measure import Timing
from rewardlab.core.errors import BadOption


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        seconds: of each case, over all rounds.
        rounds: turns of each case; medians and minima are over these.
        rows: few, many, most: environments of a vector environment.
        peers: environments in Gymnasium's `SyncVectorEnv`.
        levels: drawn in one call.
        processes: fresh ones for each of the times to start.

    Raises:
        BadOption: for no time, no round, or rows that do not grow.
    """

    seconds: float = 2.0
    rounds: int = 15
    rows: tuple[int, int, int] = (64, 1024, 8192)
    peers: int = 64
    levels: int = 256
    processes: int = 3

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise BadOption(f"seconds={self.seconds}", where="Size", expected="more than 0 for each case")
        for name in ("rounds", "peers", "levels", "processes"):
            if (value := vars(self)[name]) < 1:
                raise BadOption(f"{name}={value}", where="Size", expected="at least 1")
        if not 1 <= self.rows[0] < self.rows[1] < self.rows[2]:
            raise BadOption(f"rows={self.rows}", where="Size", expected="three numbers that grow, from 1 on")


@dataclass(frozen=True)
class Case:
    """Something that takes steps.

    Attributes:
        rows: environments, or levels, of one step.
        run: `run(k)` takes k steps of all rows, from where the last call stopped.
    """

    rows: int
    run: Callable[[int], Any]


@dataclass(frozen=True)
class Laps:
    """Seconds per row and step: one number for each round.

    Attributes:
        wall: by the wall clock, which other processes lengthen.
        cpu: of the whole process, all its threads together.
    """

    wall: list[float]
    cpu: list[float]

    @property
    def median(self) -> Timing:
        """The medians over all rounds."""
        return Timing(statistics.median(self.cpu), statistics.median(self.wall))

    @property
    def least(self) -> Timing:
        """The minima over all rounds."""
        return Timing(min(self.cpu), min(self.wall))


def now() -> Timing:
    """Both clocks."""
    return Timing(time.process_time(), time.perf_counter())


def turns(cases: Mapping[str, Case], size: Size, *, clock: Callable[[], Timing] = now) -> dict[str, Laps]:
    """The laps of each case; every round begins with another one.

    Args:
        cases: name -> case. The steps by which it is found out how long one takes are not counted.
        size: `seconds` and `rounds`.
        clock: both clocks.
    """
    names = list(cases)
    steps = {name: _steps(cases[name], size.seconds / size.rounds, clock) for name in names}
    laps = {name: Laps([], []) for name in names}
    for k in range(size.rounds):
        gc.collect()
        first = k % len(names)
        for name in names[first:] + names[:first]:
            before = clock()
            cases[name].run(steps[name])
            after = clock()
            done = steps[name] * cases[name].rows
            laps[name].wall.append((after.wall - before.wall) / done)
            laps[name].cpu.append((after.cpu - before.cpu) / done)
    return laps


def _steps(case: Case, seconds: float, clock: Callable[[], Timing]) -> int:
    """How many steps take so long, at least one."""
    case.run(1)  # compiles
    steps = 1
    while True:
        before = clock().wall
        case.run(steps)
        spent = clock().wall - before
        if spent >= seconds / 4:
            return max(1, round(steps * seconds / spent))
        steps *= 2
