"""The pool: one job at a time, many jobs per worker, deadlines."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from fake_jobs import environment, pid, sleep

from rewardlab.benchmarks.pool import THREADS, Outcome, Pool, _deaf_to_ctrl_c, log_path


def drain(pool: Pool, seconds: float = 30.0) -> dict[str, Outcome]:
    out: dict[str, Outcome] = {}
    deadline = time.monotonic() + seconds
    while pool.busy and time.monotonic() < deadline:
        out |= {o.key: o for o in pool.wait(0.5)}
    return out


def test_a_worker_takes_many_jobs_and_counts_are_right(tmp_path: Path) -> None:
    pool = Pool(pid, jobs=1, logs=tmp_path, timeout=30)
    assert (pool.idle, pool.busy) == (1, 0) and pool.wait(5) == []
    seen = set()
    for i in range(5):
        pool.give(str(i), ())
        assert (pool.idle, pool.busy) == (0, 1)
        seen.add(drain(pool)[str(i)].text)
    assert len(seen) == 1 and seen != {str(os.getpid())}
    pool.give("last", ())
    pool.close()
    assert (pool.idle, pool.busy) == (1, 0)


def test_workers_compute_with_one_thread_unless_the_user_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    pool = Pool(environment, jobs=1, logs=tmp_path, timeout=30)
    pool.give("a", (THREADS,))
    assert drain(pool)["a"].text == '["1","1","3","1","1"]'
    assert "OMP_NUM_THREADS" not in os.environ  # the driver's own environment is as it was
    pool.close()


def test_jobs_run_at_the_same_time_and_a_late_one_is_ended(tmp_path: Path) -> None:
    pool = Pool(sleep, jobs=2, logs=tmp_path, timeout=1.0)
    pool.give("late", (60.0,))
    pool.give("quick", (0.01,))
    out = drain(pool)
    assert out["quick"].text == "0.01" and not out["quick"].log
    assert out["late"].text is None and "took longer than 1 seconds" in out["late"].log
    pool.give("next", (0.0,))  # by a new worker
    assert drain(pool)["next"].text == "0.0"
    pool.close()
    assert not log_path(tmp_path, "quick").exists()  # nothing was printed


def test_ctrl_c_taken_by_another_thread_waits_for_the_worker_to_be_started() -> None:
    resting = threading.Event()
    threading.Thread(target=resting.wait, daemon=True).start()  # a progress bar's: it does not block the signal
    done = False
    with pytest.raises(KeyboardInterrupt), _deaf_to_ctrl_c():
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(200):
            time.sleep(0.0005)
        done = True
    resting.set()
    assert done and signal.getsignal(signal.SIGINT) is signal.default_int_handler
