"""How fast reward programs are: against NumPy written by hand for a batch, and against plain Python for a step.

    python -m rewardlab.benchmarks.program_speed [--repeats 200] [--out FILE]

Four rewards, on steps of 17 numbers of observation and 6 of action. The hand-written form takes the batch and computes
over its rows; it checks nothing. The compiled one also checks shapes and that every reward is finite. The plain form is
the function whose text is compiled, called for one step. The forms of a reward play in turns, and the fastest turn of
each counts, so that other work on the machine does not.
"""

import inspect
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.sandbox.language import Signature, compile_program

EVIDENCE = Path(__file__).parent / "evidence" / "program_speed.json"
ROWS = (64, 4096)
TIMES_HAND, TIMES_PLAIN, ABOVE_PLAIN = 1.2, 2.0, 3e-6  # at most: of hand-written; of plain Python, plus seconds


@dataclass(frozen=True)
class ProgramSpeed:
    """Measure how fast reward programs are.

    Args:
        repeats: turns of each form.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        BadOption: for no repeats.
    """

    repeats: int = 200
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        if self.repeats < 1:
            raise BadOption(f"repeats={self.repeats!r}", where="program_speed", expected="at least 1")


@dataclass(frozen=True)
class Speed:
    """One reward on one size of batch.

    Attributes:
        name: of the reward.
        rows: of the batch.
        compiled: microseconds of a call of the program.
        other: microseconds of the hand-written form, or of plain Python for a single row.
        times: compiled / other.
        holds: whether the goal does.
    """

    name: str
    rows: int
    compiled: float
    other: float
    times: float
    holds: bool


def _reach(b: Transitions) -> np.ndarray:
    distance = np.linalg.norm(b.next_obs[:, 8:10], axis=-1)
    return np.exp(-4.0 * distance) - 0.01 * np.sum(b.action**2, axis=-1)


def _planar(b: Transitions) -> np.ndarray:
    return -np.sqrt((b.next_obs[:, 0] - 1.0) ** 2 + (b.next_obs[:, 1] - 2.0) ** 2)


def _staged(b: Transitions) -> np.ndarray:
    distance = np.linalg.norm(b.info["tip"] - b.info["thing"], axis=-1)
    reaching = 1 - np.tanh(5 * distance)
    placing = 1 - np.tanh(5 * np.linalg.norm(b.info["goal"] - b.info["thing"], axis=-1))
    held = np.where(b.info["thing"][:, 2] > 0.1, reaching + 1.0 + 2.0 * placing, reaching + 1.0)
    return np.where(distance < 0.3, held, reaching) - 0.001 * np.square(b.action).sum(-1)


def _walk(b: Transitions) -> np.ndarray:
    healthy = np.all(np.abs(b.next_obs[:, 2:]) < 10.0, axis=-1) & (b.next_obs[:, 0] > -1.0)
    tilt = np.abs(b.next_obs[:, 1])
    return 1.25 * b.info["speed"] + 1.0 * healthy - 0.1 * np.sum(b.action**2, axis=-1) - 0.5 * np.clip(tilt, 0.0, 1.0)


def planar(next_obs: np.ndarray) -> float:
    """Distance to a point in the plane."""
    return -math.sqrt((next_obs[0] - 1.0) ** 2 + (next_obs[1] - 2.0) ** 2)


def reach(action: np.ndarray, next_obs: np.ndarray) -> float:
    """Nearness with little effort."""
    distance = np.linalg.norm(next_obs[8:10])
    return np.exp(-4.0 * distance) - 0.01 * np.sum(action**2)


def walk(action: np.ndarray, next_obs: np.ndarray, info: dict) -> float:
    """Speed of a healthy walker."""
    healthy = np.all(np.abs(next_obs[2:]) < 10.0) and next_obs[0] > -1.0
    tilt = np.abs(next_obs[1])
    return 1.25 * info["speed"] + 1.0 * healthy - 0.1 * np.sum(action**2) - 0.5 * np.clip(tilt, 0.0, 1.0)


def staged(action: np.ndarray, info: dict) -> float:
    """Reach, grasp, place."""
    distance = np.linalg.norm(info["tip"] - info["thing"])
    reward = 1 - np.tanh(5 * distance)
    if distance < 0.3:
        reward += 1.0
        if info["thing"][2] > 0.1:
            reward += 2.0 * (1 - np.tanh(5 * np.linalg.norm(info["goal"] - info["thing"])))
    return reward - 0.001 * np.square(action).sum()


REWARDS: dict[str, tuple[Callable[..., float], Callable[[Transitions], np.ndarray]]] = {
    "planar distance": (planar, _planar),
    "reach": (reach, _reach),
    "walk": (walk, _walk),
    "staged grasp": (staged, _staged),
}


def arguments(plain: Callable[..., float], steps: Transitions, i: int) -> dict[str, Any]:
    """What a plain form is called with for row i."""
    row = {"action": steps.action[i], "next_obs": steps.next_obs[i], "info": {k: v[i] for k, v in steps.info.items()}}
    return {k: row[k] for k in inspect.signature(plain).parameters}


def batch(rows: int, seed: int = 0) -> Transitions:
    """Random steps."""
    rng = np.random.default_rng(seed)
    info = {k: 0.3 * rng.normal(size=(rows, 3)) for k in ("tip", "thing", "goal")} | {"speed": rng.random(rows)}
    none = np.zeros(rows, bool)
    obs, next_obs = rng.normal(size=(rows, 17)), rng.normal(size=(rows, 17))
    return Transitions(obs, rng.normal(size=(rows, 6)), np.zeros(rows), next_obs, none, none, info)


def fastest(forms: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Seconds of a call of each, the least of many turns."""
    calls = {}
    for k, f in forms.items():
        f()
        began = time.perf_counter()
        f()
        calls[k] = max(1, int(2e-4 / (time.perf_counter() - began)))
    best = dict.fromkeys(forms, math.inf)
    for _ in range(repeats):
        for k, f in forms.items():
            began = time.perf_counter()
            for _ in range(calls[k]):
                f()
            best[k] = min(best[k], (time.perf_counter() - began) / calls[k])
    return best


def speeds(repeats: int) -> list[Speed]:
    """All rewards on all sizes."""
    out: list[Speed] = []
    for name, (plain, hand) in REWARDS.items():
        program = compile_program(inspect.getsource(plain), Signature.of_batch(batch(2)))
        one = batch(1)
        given = arguments(plain, one, 0)
        t = fastest({"compiled": partial(program, one), "other": partial(plain, **given)}, repeats)
        out.append(_speed(name, 1, t, t["compiled"] <= TIMES_PLAIN * t["other"] + ABOVE_PLAIN))
        for rows in ROWS:
            steps = batch(rows)
            if not np.allclose(program(steps), hand(steps), rtol=1e-12):
                raise AssertionError(f"{name}: the two forms differ")
            t = fastest({"compiled": partial(program, steps), "other": partial(hand, steps)}, repeats)
            out.append(_speed(name, rows, t, t["compiled"] <= TIMES_HAND * t["other"]))
    return out


def _speed(name: str, rows: int, t: dict[str, float], holds: bool) -> Speed:
    return Speed(name, rows, 1e6 * t["compiled"], 1e6 * t["other"], t["compiled"] / t["other"], holds)


def table(found: list[Speed]) -> str:
    """As text."""
    lines = [f"{'reward':18}{'rows':>6}{'compiled us':>13}{'against':>14}{'us':>9}{'times':>7}  goal"]
    for s in found:
        against = "plain Python" if s.rows == 1 else "by hand"
        lines.append(
            f"{s.name:18}{s.rows:>6}{s.compiled:>13.2f}{against:>14}{s.other:>9.2f}{s.times:>7.2f}  "
            f"{'holds' if s.holds else 'missed'}"
        )
    return "\n".join(lines)


def main(options: ProgramSpeed) -> int:
    """Measure, show and write; 0 if the goals hold."""
    found = speeds(options.repeats)
    sys.stdout.write(table(found) + "\n")
    content = {
        "machine": machine(),
        "versions": versions(),
        "goals": {"times by hand": TIMES_HAND, "times plain": TIMES_PLAIN, "microseconds above": 1e6 * ABOVE_PLAIN},
        "speeds": [asdict(s) for s in found],
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(s.holds for s in found) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(ProgramSpeed)))
