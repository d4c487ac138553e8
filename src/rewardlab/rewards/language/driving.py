"""What a driver is told and may be tuned: the box of parameters, the cost that they make, and the road in words.

Numbers are read from observations as BicycleDrive shows them: place, offset to the left, heading, speed, acceleration,
steering angle, and the curvature of the track.
"""

import ast
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CONTINUE, CHANGE = "Continue behavior", "Change behavior:"
"""What a decision begins with."""


@dataclass(frozen=True)
class Parameter:
    """One number of a cost.

    Attributes:
        meaning: in words.
        low, high: its range.
        default: what holds unless it is said otherwise.
    """

    meaning: str
    low: float
    high: float
    default: float


PARAMETERS: Mapping[str, Parameter] = {
    "qv": Parameter("weight of the speed error", 1.0, 100.0, 10.0),
    "qn": Parameter("weight of the lateral error", 0.0, 100.0, 20.0),
    "qalpha": Parameter("weight of the heading error", 0.0, 100.0, 7.0),
    "qac": Parameter("weight of acceleration", 0.0, 1.0, 0.01),
    "qddelta": Parameter("weight of the steering rate", 0.0, 100.0, 0.1),
    "alat_max": Parameter("largest lateral acceleration, m/s^2", 1.0, 10.0, 10.0),
    "v_min": Parameter("lowest speed, m/s; negative to go backwards", -3.0, 11.0, 1.0),
    "v_max": Parameter("speed to drive at where it is safe, m/s; negative to go backwards", -3.0, 12.0, 12.0),
    "n_ref": Parameter("lateral position to keep, m to the left of the middle line", -1.2, 1.2, 0.0),
    "track_safety_margin": Parameter("distance to keep from the edges, m", 0.0, 1.0, 0.3),
}
"""The box of safe parameters: name -> range and default, in the order of vectors; `n_ref` is ours."""
NAMES = tuple(PARAMETERS)


def defaults() -> dict[str, float]:
    """Name -> default."""
    return {name: p.default for name, p in PARAMETERS.items()}


def table() -> str:
    """The parameters, as a language model is told them."""
    rows = [f"{n}: {p.meaning}; from {p.low:g} to {p.high:g}, default {p.default:g}" for n, p in PARAMETERS.items()]
    return "\n".join(rows)


def as_vector(theta: Mapping[str, float]) -> np.ndarray:
    """[10] in the order of `NAMES`."""
    return np.array([theta[name] for name in NAMES])


def read_parameters(text: str, held: Mapping[str, float]) -> tuple[dict[str, float], tuple[str, ...]]:
    """A point of the box, from any text whatever.

        θ_p = clip(the text's p, low_p, high_p);    default_p if the text does not say;    θ = held if it has no dict

    Args:
        text: in which the last `{...}` counts.
        held: what holds now; itself in the box.

    Returns:
        The parameters, and what was wrong with the text in words.
    """
    found = _dict(text)
    if found is None:
        return dict(held), ("no dict of parameters: the old ones are kept",)
    theta, notes = defaults(), []
    for key, value in found.items():
        if key not in PARAMETERS:
            notes.append(f"{key!r:.40} is no parameter")
        elif type(value) not in (int, float) or not _finite(value):
            notes.append(f"{key}={value!r:.40} is no number")
        else:
            p = PARAMETERS[key]
            theta[key] = min(max(float(value), p.low), p.high)
            if theta[key] != value:
                notes.append(f"{key}={value:g} was moved to {theta[key]:g}")
    if theta["v_min"] > theta["v_max"]:
        theta["v_min"] = theta["v_max"]
        notes.append("v_min was moved to v_max")
    return theta, tuple(notes)


def _finite(value: Any) -> bool:
    return abs(value) < 1e12 and math.isfinite(value)


def _dict(text: str) -> dict[Any, Any] | None:
    """The last `{...}` of a text that is a dict of literals."""
    for inside in reversed(re.findall(r"\{[^{}]{0,2000}\}", text[-20_000:])):
        try:
            with warnings.catch_warnings():  # of what Python thinks of foreign spelling
                warnings.simplefilter("ignore", SyntaxWarning)
                found = ast.literal_eval(inside)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def window_text(samples: Sequence[Mapping[str, Any]], seconds: float) -> str:
    """What was seen of the car, in words: one line a sample, the newest last.

    Args:
        samples: obs [16], crashed: of each.
        seconds: that they span.
    """
    lines = []
    for k, sample in enumerate(samples):
        s, n, alpha, v = np.asarray(sample["obs"])[:4]
        ago = seconds * (1 - k / max(1, len(samples) - 1))
        left, right = (0.5 * float(sample["width"]) + side * float(n) for side in (-1, 1))
        lines.append(
            f"{ago:.1f} s ago: s={s:.1f} m, d={n:.2f} m, v_s={v * math.cos(alpha):.2f} m/s, "
            f"v_d={v * math.sin(alpha):.2f} m/s, left wall {left:.2f} m, right wall {right:.2f} m, "
            f"reversing: {'yes' if v < -0.05 else 'no'}, crashed: {'yes' if sample['crashed'] else 'no'}"
        )
    return "\n".join(lines)


def numbers_of(window: str) -> list[dict[str, float]]:
    """The numbers of `window_text`, line by line."""
    pattern = (
        r"s=(-?[\d.]+) m, d=(-?[\d.]+) m, v_s=(-?[\d.]+) m/s, v_d=(-?[\d.]+) m/s, left wall (-?[\d.]+) m, "
        r"right wall (-?[\d.]+) m, reversing: (\w+), crashed: (\w+)"
    )
    names = ("s", "d", "v_s", "v_d", "left", "right")
    return [
        dict(zip(names, map(float, m[:6]), strict=True)) | {"reversing": m[6] == "yes", "crashed": m[7] == "yes"}
        for m in re.findall(pattern, window)
    ]
