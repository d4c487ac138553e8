"""What a start costs: compiling in a fresh process, and memory per environment."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.benchmarks.measure import Timing, holdings
from rewardlab.benchmarks.throughput_scores import Score
from rewardlab.benchmarks.throughput_steps import LEAN
from rewardlab.benchmarks.throughput_turns import Laps, Size, now
from rewardlab.envs.rules import Rules

CALL = "import json; from rewardlab.benchmarks import throughput_start as t; print(json.dumps(t.{call}))"
COLD, WARM, BYTES = 10.0, 1.0, 1024.0
"""Most seconds to compile the grid kernel, most to the first step when all is compiled, most bytes an environment."""


def starting(task: str, size: Size, *, variables: Mapping[str, str] | None = None) -> list[Score]:
    """Seconds in processes that have imported everything: with Numba's cache empty, and again with it filled.

    Args:
        task: MiniGrid's id.
        size: `processes` of each.
        variables: of the environment of these processes, beside those of this one.
    """
    kernel, cold, warm = [], [], []
    for _ in range(size.processes):
        with tempfile.TemporaryDirectory() as cache:
            there = {**(variables or {}), "NUMBA_CACHE_DIR": cache}
            first = _call(f"first_use({task!r})", there)
            again = _call(f"first_use({task!r})", there)
        kernel.append(first["kernel"])
        cold.append(first["all"])
        warm.append(again["all"])
    return [
        Score.of("to compile the grid kernel", _laps(kernel), unit="s", goal=(COLD, None)),
        Score.of("to the first step, nothing compiled", _laps(cold), unit="s"),
        Score.of("to the first step, all compiled before", _laps(warm), unit="s", goal=(WARM, WARM / 2)),
    ]


def memory(task: str, size: Size) -> list[Score]:
    """Bytes per environment of the largest vector environment, in a process of its own.

    Args:
        task: MiniGrid's id.
        size: the last of `rows`.
    """
    n = size.rows[-1]
    asked = {"": False, ", copy=False, columns=[]": True}
    found = {text: _call(f"bytes_held({task!r}, {n}, lean={lean})", {}) for text, lean in asked.items()}
    return [
        *(_bytes(f"memory x {n}: rows{text}", held_by["rows"] / n, floor=BYTES) for text, held_by in found.items()),
        *(_bytes(f"memory x {n}: all of it{text}", held_by["resident"] / n) for text, held_by in found.items()),
        _bytes(f"memory x {n}: Gymnasium's spaces", found[""]["spaces"] / n),
    ]


# -- in the processes ----------------------------------------------------------------------------------------------


def first_use(task: str) -> dict[str, tuple[float, float]]:
    """CPU and wall seconds of the first use in this process: of the kernel, and of make, reset and step in all."""
    import minigrid  # noqa: F401
    import numba  # noqa: F401

    import rewardlab  # noqa: F401

    begun = now()
    env: Any = gym.make(f"rewardlab/{task}")
    made = now()
    env.unwrapped.rules.batch(1).step(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=bool))  # compiles, moves nothing
    compiled = now()
    env.reset(seed=0)
    env.step(0)
    return {"kernel": _between(made, compiled), "all": _between(begun, now())}


def bytes_held(task: str, n: int, *, lean: bool = False) -> dict[str, int]:
    """What n environments hold in this process.

    Args:
        task: MiniGrid's id.
        n: environments.
        lean: without copies and info columns.

    Returns:
        Bytes of all arrays of the rows and their random streams ("rows") and of the spaces that Gymnasium makes for n
        environments ("spaces"); how much the process has grown, with what the last step returned ("resident").
    """
    few = _played(task, 64, lean)  # what is needed once is there before
    before = holdings().rss
    many, last = _played(task, n, lean)
    after = holdings().rss
    del few, last
    space = many.observation_space, many.action_space
    return {"rows": held(many._rows), "spaces": held(*space), "resident": after - before}


def held(*roots: Any) -> int:
    """Bytes of all NumPy arrays within these objects, each memory once; rules are shared by all rows and left out."""
    seen: set[int] = set()
    total = 0
    waiting = list(roots)
    while waiting:
        x = waiting.pop()
        if id(x) in seen or isinstance(x, Rules):
            continue
        seen.add(id(x))
        if isinstance(x, np.ndarray):
            if x.base is None:
                total += x.nbytes
            else:
                waiting.append(x.base)
        elif isinstance(x, Mapping):
            waiting.extend(x.values())
        elif isinstance(x, (list, tuple)):
            waiting.extend(x)
        elif type(x).__module__.startswith(("rewardlab.", "gymnasium.")):
            waiting.extend(vars(x).values())
    return total


def _played(task: str, n: int, lean: bool) -> tuple[Any, Any]:
    envs = gym.make_vec(f"rewardlab/{task}", num_envs=n, **(LEAN if lean else {}))
    envs.reset(seed=0)
    last = None
    for step in range(20):
        last = envs.step(np.full(n, step % 3))
    return envs.unwrapped, last


def _between(a: Timing, b: Timing) -> tuple[float, float]:
    return b.cpu - a.cpu, b.wall - a.wall


# -- here ----------------------------------------------------------------------------------------------------------


def _call(call: str, variables: Mapping[str, str]) -> Any:
    code = CALL.format(call=call)
    there = {**os.environ, **variables}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=there)
    return json.loads(done.stdout)


def _laps(times: list[tuple[float, float]]) -> Laps:
    return Laps([wall for _, wall in times], [cpu for cpu, _ in times])


def _bytes(name: str, value: float, *, floor: float | None = None) -> Score:
    return Score(name, "B", value, value, floor=floor)
