"""Calls at once: all of them, in order, no more than allowed; errors and interruptions stop what has not begun."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from rewardlab.core.oracle.at_once import at_once


@pytest.mark.parametrize("most", [1, 3, 99])
def test_all_are_called_and_come_back_in_order(most):
    there, seen, begun, lock = 0, 0, [], threading.Lock()

    def call(key, value):
        nonlocal there, seen
        with lock:
            begun.append(key)
            there += 1
            seen = max(seen, there)
        time.sleep(0.002 * (value % 3))
        with lock:
            there -= 1
        return value * value

    assert list(at_once(call, {f"{i}": i for i in range(12)}, most).items()) == [(f"{i}", i * i) for i in range(12)]
    assert seen <= min(most, 12) and sorted(begun, key=int) == [f"{i}" for i in range(12)]
    assert most > 1 or begun == [f"{i}" for i in range(12)]
    assert at_once(call, {}, most) == {}


def test_an_error_is_raised_and_nothing_begins_after_it():
    begun = []

    def call(key, value):
        begun.append(key)
        return 1 // value

    with pytest.raises(ZeroDivisionError):
        at_once(call, {"a": 1, "b": 0, "c": 1}, 1)
    assert begun == ["a", "b"]


INTERRUPTED = """
import time
from rewardlab.core.oracle.at_once import at_once
def call(key, value):
    print(f"{key}\\n", end="", flush=True)
    time.sleep(60)
try:
    at_once(call, {1: 1, 2: 2, 3: 3}, 2)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_an_interruption_does_not_wait_for_calls_in_flight():
    child = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True)
    assert {child.stdout.readline(), child.stdout.readline()} == {"1\n", "2\n"}
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=20)[0] == "interrupted\n" and child.returncode == 0
