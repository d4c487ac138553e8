"""The control of two threads: both do the same work, and the second does half of it."""

import threading

import numpy as np
import pytest

from rewardlab.benchmarks import throughput_control as bench
from rewardlab.benchmarks.throughput_turns import Size


@pytest.mark.parametrize("threads", [1, 2])
def test_each_half_is_sorted_once_a_step(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[int, float]] = []
    sort = np.sort

    def note(x: np.ndarray) -> np.ndarray:
        done.append((threading.get_ident(), float(x[0])))
        return sort(x)

    monkeypatch.setattr(np, "sort", note)
    case = bench.sorting(threads, length=8)
    case.run(3)
    first = np.random.default_rng(0).random((2, 8))[:, 0].tolist()
    assert case.rows == 16 and sorted(x for _, x in done) == sorted(first * 3)
    workers = {x: {who for who, y in done if y == x} for x in first}
    assert [len(who) for who in workers.values()] == [1, 1] and len(set.union(*workers.values())) == threads


def test_the_control_has_a_peer_and_no_floor() -> None:
    (score,) = bench.control(Size(seconds=0.01, rounds=2))
    assert score.ratio is not None and score.ratio > 0 and score.holds is None
