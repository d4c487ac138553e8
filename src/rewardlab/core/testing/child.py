"""A second process that plays the same trace: with other string hashes, or with another time of day.

The parent writes a pickled `(paths, make, seed, steps)` to standard input and reads one hash from standard output.
With `--shift` every clock of the `time` module is moved before anything else is imported.
"""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

SHIFT = 8_645_723  # seconds; no whole number of minutes, hours or days


def start(make: Callable[[], Any], seed: int, steps: int, *, shift: bool = False) -> "subprocess.Popen[bytes]":
    """A running child; read its verdict with `finish`."""
    import cloudpickle  # Gymnasium's own way to send factories to its workers

    hashes = "4242" if os.environ.get("PYTHONHASHSEED") != "4242" else "2424"
    child = subprocess.Popen(
        [sys.executable, *(["-O"] if sys.flags.optimize else []), "-m", __name__, *(["--shift"] if shift else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert child.stdin is not None
    child.stdin.write(cloudpickle.dumps((make, seed, steps)))
    child.stdin.close()
    child.stdin = None
    return child


def finish(child: "subprocess.Popen[bytes]", *, timeout: float = 120.0) -> str:
    """The hash that the child found.

    Raises:
        RuntimeError: with the child's last words, if it found none.
    """
    try:
        out, err = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise RuntimeError(f"no answer of the second process within {timeout:g} s") from None
    if child.returncode:
        raise RuntimeError("the second process failed: " + " | ".join(err.decode(errors="replace").splitlines()[-3:]))
    return out.decode().split()[-1]


def _shift() -> None:
    for name in ("time", "monotonic", "perf_counter", "process_time"):
        now, now_ns = getattr(time, name), getattr(time, f"{name}_ns")
        setattr(time, name, lambda now=now: now() + SHIFT)
        setattr(time, f"{name}_ns", lambda now=now_ns: now() + SHIFT * 10**9)


def main() -> None:
    """Read, play, write."""
    if "--shift" in sys.argv:
        _shift()
    from rewardlab.core.testing.trace import trace_hash

    make, seed, steps = pickle.loads(sys.stdin.buffer.read())  # from the parent's own hand
    real = os.dup(1)
    os.dup2(2, 1)  # what the environment prints is not the answer
    env = make()
    answer = trace_hash(env, seed, steps)
    env.close()
    os.write(real, f"\n{answer}\n".encode())


if __name__ == "__main__":
    main()
