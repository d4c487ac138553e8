"""Measuring: turns, leaks, and the description of the machine."""

import json
import os
from pathlib import Path

import numpy as np

from rewardlab.benchmarks.measure import growth, holdings, interleaved, machine


def test_programs_take_turns() -> None:
    order: list[str] = []
    times = interleaved({k: (lambda k=k: order.append(k)) for k in "abc"}, repeats=3)
    assert "".join(order) == "abc" + "abc" + "bca" + "cab"
    assert set(times) == set("abc") and all(t.cpu >= 0 and t.wall > 0 for t in times.values())


def test_the_median_is_of_each_programs_own_time() -> None:
    block = np.ones(2_000_000)
    times = interleaved({"much": lambda: [block.sum() for _ in range(20)], "little": lambda: None}, repeats=3)
    assert times["much"].cpu > 5 * times["little"].cpu


def test_a_leak_is_seen() -> None:
    kept: list[np.ndarray] = []
    leaky = growth(
        lambda: kept.append(np.ones(4_500_000)), rows_per_step=1000, rows=12_000, warm=2000, every=5000
    )  # 36 MB a step: more than any allocator keeps for later
    assert leaky.bytes_per_row > 1000 and leaky.bytes > 20e6
    files: list[object] = []
    leaky = growth(
        lambda: files.append(Path(__file__).open()),  # noqa: SIM115
        rows_per_step=1,
        rows=8,
        warm=2,
        every=6,
    )
    assert leaky.descriptors == 6
    for file in files:
        file.close()  # type: ignore[attr-defined]
    assert holdings().threads >= 1


def test_what_is_given_back_is_no_growth() -> None:
    flat = growth(lambda: np.ones(1_000_000).sum(), rows_per_step=1, rows=30, warm=10, every=10)
    assert flat.bytes < 1e6 and flat.descriptors == flat.threads == 0


def test_the_machine_is_described_without_paths() -> None:
    told = machine()
    assert told["cores"] == os.cpu_count() and told["versions"]["numpy"] == np.__version__
    assert "/" not in json.dumps(told)
