"""Heat maps of a reward over the states: what the task pays, what is paid, and where the two disagree."""

from pathlib import Path
from typing import Any

import numpy as np


def draw(panels: dict[str, np.ndarray], marks: np.ndarray | None, path: Path, *, title: str) -> None:
    """Write maps [height, width] side by side to a PNG; NaN is left white, and `marks` [height, width] bool crossed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height, width = next(iter(panels.values())).shape
    wide = float(np.clip(0.42 * width, 3.0, 6.5))
    figure = Figure(figsize=(len(panels) * (wide + 0.9), max(2.4, wide * height / width) + 0.9), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    for k, (name, values) in enumerate(panels.items()):
        axes = figure.add_subplot(1, len(panels), k + 1)
        size = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
        image = axes.imshow(values, cmap="RdBu", vmin=-size, vmax=size, interpolation="nearest", aspect="auto")
        axes.set_title(name, fontsize=9)
        axes.set_xticks([])
        axes.set_yticks([])
        bar = figure.colorbar(image, ax=axes, shrink=0.85)
        bar.ax.tick_params(labelsize=7)
        if marks is not None and marks.any():
            y, x = np.nonzero(marks)
            axes.scatter(x, y, marker="x", s=max(6.0, 900 / max(height, width) ** 1.2), c="black", linewidths=1.2)
    if marks is not None and marks.any():
        figure.text(0.99, 0.99, "x: a wrong action is among the best for the reward", fontsize=8, ha="right", va="top")
    figure.savefig(path, dpi=130)


def on_map(values: np.ndarray, places: np.ndarray | None) -> np.ndarray:
    """Values [S] on a map [height, width]: at their places [S, 2] (row, column), the mean where several share one.

    Without places the states stand in their order, line by line, in a square.
    """
    if places is None:
        width = int(np.ceil(np.sqrt(len(values))))
        padded = np.full(width * -(-len(values) // width), np.nan)
        padded[: len(values)] = values
        return padded.reshape(-1, width)
    inside = (places >= 0).all(1)
    shape = tuple(places[inside].max(0) + 1)
    total, count = np.zeros(shape), np.zeros(shape)
    finite = inside & np.isfinite(values)
    np.add.at(total, tuple(places[finite].T), values[finite])
    np.add.at(count, tuple(places[finite].T), 1)
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, total / count, np.nan)


def by_features(features: np.ndarray, values: np.ndarray, bins: int = 24) -> np.ndarray:
    """Mean values [B] over the two features [B, D] that vary most, a map [bins, bins]; NaN where nothing was seen."""
    spread = features.std(0) if features.size else np.zeros(0)
    chosen = np.argsort(-spread, kind="stable")[:2]
    places = np.zeros((len(values), 2), dtype=np.int64)
    for k, column in enumerate(chosen):
        x = features[:, column]
        low, high = x.min(), x.max()
        places[:, k] = np.minimum((x - low) / max(high - low, 1e-12) * bins, bins - 1).astype(np.int64)
    return on_map(values, places)


def mean_by(base: np.ndarray, values: np.ndarray, states: int) -> np.ndarray:
    """Values [S'] of pairs with a memory as means [S] over the pairs of each state; NaN for states without one."""
    total = np.bincount(base, values, states)
    count = np.bincount(base, minlength=states)
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def places_of(env: Any) -> np.ndarray | None:
    """[S, 2] the row and column of each state of an environment's table, if it says so; negative for nowhere."""
    rules = getattr(getattr(env, "unwrapped", env), "rules", None)
    found = getattr(rules, "table_places", None)
    return None if found is None else np.asarray(found())
