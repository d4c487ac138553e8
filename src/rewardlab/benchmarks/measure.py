"""Measuring: several programs in turns, CPU and wall clock, memory, and the machine it was done on."""

import gc
import importlib.metadata
import os
import platform
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

PACKAGES = ("rewardlab", "numpy", "gymnasium", "stable-baselines3", "torch")


@dataclass(frozen=True)
class Timing:
    """Seconds of one call: the CPU time of the whole process, and wall time, which other processes lengthen."""

    cpu: float
    wall: float


def interleaved(programs: Mapping[str, Callable[[], Any]], *, repeats: int) -> dict[str, Timing]:
    """The median time of one call of each program; every repetition calls all, each time beginning with another.

    Taking turns spreads what the machine does besides over all programs alike. A first round is not timed.
    """
    names = list(programs)
    times: dict[str, list[Timing]] = {name: [] for name in names}
    for program in programs.values():
        program()
    for k in range(repeats):
        gc.collect()
        for name in names[k % len(names) :] + names[: k % len(names)]:
            cpu, wall = time.process_time(), time.perf_counter()
            programs[name]()
            times[name].append(Timing(time.process_time() - cpu, time.perf_counter() - wall))
    return {
        name: Timing(statistics.median(t.cpu for t in ts), statistics.median(t.wall for t in ts))
        for name, ts in times.items()
    }


@dataclass(frozen=True)
class Holdings:
    """What a process holds: resident bytes, open file descriptors, threads."""

    rss: int
    descriptors: int
    threads: int


def holdings() -> Holdings:
    """What this process holds now; where the system does not tell the resident size, its peak stands for it."""
    statm, tasks = Path("/proc/self/statm"), Path("/proc/self/task")
    if statm.exists():
        rss = int(statm.read_text().split()[1]) * resource.getpagesize()
    else:
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    threads = len(os.listdir(tasks)) if tasks.exists() else threading.active_count()
    return Holdings(rss, len(os.listdir("/dev/fd")), threads)


@dataclass(frozen=True)
class Growth:
    """How what a process holds grew from the end of the warm-up to the end of the run."""

    bytes_per_row: float  # slope of a straight line through the resident sizes
    bytes: int
    descriptors: int
    threads: int


def growth(step: Callable[[], Any], *, rows_per_step: int, rows: int, warm: int, every: int) -> Growth:
    """Call `step` until `rows` rows are done; after `warm` of them see every `every` rows what the process holds."""
    done, marks, seen = 0, list[int](), list[Holdings]()
    while done < rows:
        step()
        done += rows_per_step
        if done >= warm + every * len(marks):
            gc.collect()
            marks.append(done)
            seen.append(holdings())
    slope = float(np.polyfit(marks, [h.rss for h in seen], 1)[0]) if len(marks) > 1 else 0.0
    first, last = seen[0], seen[-1]
    return Growth(slope, last.rss - first.rss, last.descriptors - first.descriptors, last.threads - first.threads)


def machine() -> dict[str, Any]:
    """The processor, its cores, the system, the versions and the date."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "date": datetime.now(UTC).date().isoformat(),
        "implementation": sys.implementation.name,
    }
