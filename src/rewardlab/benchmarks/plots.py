"""Figures of a benchmark: learning curves, runs, averages, profiles.

Colours are those of Okabe and Ito, which people with any common kind of colour blindness tell apart; lines and marks
differ as well, for print.
"""

import functools
import io
from collections.abc import Callable
from typing import Any, ParamSpec

import matplotlib
import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rewardlab.benchmarks import metrics
from rewardlab.benchmarks.results import BASELINE, Results, short
from rewardlab.benchmarks.words import NAMES

P = ParamSpec("P")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195", "#8C6D31")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "p")
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (5, 1.5, 1.2, 1.5)),
    (0, (3, 1)),
    (0, (6, 1, 1, 1, 1, 1)),
)
INK, GREY, FAINT = "#1c2430", "#6b7480", "#e4e7eb"
STYLE: dict[Any, Any] = {
    "font.size": 10.5,
    "axes.edgecolor": "#aab2bc",
    "axes.labelcolor": GREY,
    "axes.titlecolor": INK,
    "axes.titleweight": "bold",
    "axes.titlesize": 11.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 8.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "text.color": INK,
    "legend.frameon": False,
    "svg.hashsalt": "rewardlab",
    "figure.constrained_layout.use": True,
}


def drawn(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """`draw` in the style that all figures share."""

    @functools.wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with _styled():
            return draw(*args, **kwargs)

    return styled


def look(results: Results, method: str) -> tuple[str, str, Any]:
    """Colour, mark and dash of a method: the same in all figures."""
    if method == BASELINE:
        return "#4d5560", "o", (0, (4, 2))
    i = [m for m in results.methods if m != BASELINE].index(method)
    return COLOURS[i % len(COLOURS)], MARKS[i % len(MARKS)], DASHES[(i // len(COLOURS)) % len(DASHES)]


_MANY = 14
"""Methods above which one legend for all environments would hide the plots."""


@drawn
def learning_curves(results: Results, env: str) -> Figure:
    """Normalised true return over training in one environment: IQM over seeds and its 95 % interval."""
    figure, axes = _figure(4.6, 3.0)
    _curves(results, env, axes)
    return figure


@drawn
def all_curves(results: Results) -> Figure:
    """Learning curves of all environments with one legend; with many methods, each has its own."""
    count = len(results.envs)
    columns = min(3, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(4.2 * columns, 2.9 * rows + (0.0 if count % columns else 0.5)), dpi=160)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, env in zip(grid, results.envs, strict=False):
        _curves(results, env, axes)
    for axes in grid[count:]:
        axes.set_axis_off()
    handles = {h.get_label(): h for axes in grid for h in axes.get_lines() if not h.get_label().startswith("_")}
    if len(handles) > _MANY:
        for axes in grid[:count]:
            axes.legend(fontsize=6.5, loc="best", ncols=2, handlelength=1.4, columnspacing=0.8, labelspacing=0.25)
    elif count < rows * columns:  # the place that is left over holds the legend
        grid[-1].legend(list(handles.values()), list(handles), loc="center", fontsize=12, labelspacing=0.7)
    else:
        figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=min(6, len(handles)))
    return figure


@drawn
def runs(results: Results) -> Figure:
    """Every run as a dot: the score after training, by environment and method."""
    figure, axes = _figure(max(5.5, 1.9 * len(results.envs)), 3.4)
    metric = results.about["metric"]
    many = len(results.methods) > _MANY
    for i, env in enumerate(results.envs):
        if i % 2:
            axes.axvspan(i - 0.5, i + 0.5, color="#f6f7f9", zorder=0)
        present = [m for m in results.methods if results.cell(m, env)] if many else results.methods
        count = len(present)
        for j, method in enumerate(present):
            scores = np.sort(results.scores(method, env))
            if not len(scores):
                continue
            colour, mark, _ = look(results, method)
            x = i + (j - (count - 1) / 2) * 0.8 / count
            spread = (np.arange(len(scores)) - (len(scores) - 1) / 2) * min(0.02, 0.5 / count / len(scores))
            label = method if not any(results.cell(method, e) for e in results.envs[:i]) else "_"
            axes.plot(
                x + spread, scores, mark, color=colour, ms=4.6, alpha=0.8, mec="white", mew=0.5, ls="", label=label
            )
            half = 0.3 / count
            axes.plot([x - half, x + half], [metrics.iqm(scores)] * 2, color=colour, lw=2.2, solid_capstyle="butt")
    _levels(axes, np.concatenate([results.scores(m, e) for m in results.methods for e in results.covered(m)]))
    axes.set_xticks(range(len(results.envs)), [short(e) for e in results.envs], color=INK)
    axes.set_xlim(-0.5, len(results.envs) - 0.5)
    axes.grid(False, axis="x")
    axes.set_ylabel(NAMES[metric])
    if many:
        axes.set_title("the methods of each task from left to right as in the table", fontsize=9)
    else:
        figure.legend(
            loc="outside upper center", ncols=min(6, len(results.methods)), handletextpad=0.2, columnspacing=1.2
        )
    return figure


@drawn
def averages(results: Results) -> Figure:
    """Each method's IQM with its interval, above the baseline's in the same environments; its chance to beat that."""
    methods = results.methods[::-1]
    figure = Figure(figsize=(8.4, 1.0 + 0.42 * len(methods)), dpi=160)
    left, right = figure.subplots(1, 2, sharey=True)
    grey, circle, _ = look(results, BASELINE)
    label = f"“{BASELINE}” in the same environments"
    for i, method in enumerate(methods):
        colour, mark, _ = look(results, method)
        there = results.beside(method)
        if there is not None:
            left.plot([there.low, there.high], [i - 0.2] * 2, color=grey, lw=3, alpha=0.3, solid_capstyle="round")
            left.plot([there.value], [i - 0.2], circle, color="white", ms=5, mec=grey, mew=1.3, label=label)
            label = "_"  # one entry in the legend
        for axes, e in ((left, results.overall(method)), (right, results.improvement(method))):
            if e is not None:
                y = i if axes is right or there is None else i + 0.13
                axes.plot([e.low, e.high], [y, y], color=colour, lw=5, alpha=0.35, solid_capstyle="round")
                axes.plot([e.value], [y], mark, color=colour, ms=6.5, mec="white", mew=0.7)
    for axes in (left, right):
        axes.grid(False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    names = [f"{m} *" if len(results.covered(m)) < len(results.envs) else m for m in methods]
    left.set_yticks(range(len(methods)), names, color=INK)
    left.set_ylim(-0.6, len(methods) - 0.4)
    left.set_title(f"Average {NAMES[results.about['metric']]}")
    left.set_xlim(min(0.0, *left.get_xlim()) - 0.02, 1.03)
    right.set_title(f"Probability of beating “{BASELINE}”")
    right.set_xlim(-0.02, 1.03)
    right.axvline(0.5, color=GREY, lw=0.9, ls=(0, (2, 2)))
    if label == "_":
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", fontsize=9.5)
    return figure


@drawn
def profile(results: Results) -> Figure:
    """The share of a method's runs above each score, beside that of the baseline in the same environments."""
    panels = [m for m in results.methods if results.covered(m) and results.methods != [BASELINE] and m != BASELINE]
    panels = panels or [m for m in results.methods if results.covered(m)]
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.5 * rows), dpi=160)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, method in zip(grid.ravel(), panels, strict=False):
        envs = results.covered(method)
        both = method != BASELINE and all(results.cell(BASELINE, e) for e in envs)
        for name in [BASELINE, method] if both else [method]:
            _profile(results, name, envs, axes)
        count = len(envs)
        axes.set_title(f"{method}, {count} environment{'' if count == 1 else 's'}", fontsize=10.5)
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    for i, axes in enumerate(grid.ravel()[: len(panels)]):
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.02, 1.04)
        axes.tick_params(labelbottom=i + columns >= len(panels))
        if i + columns >= len(panels):
            axes.set_xlabel(f"{NAMES[results.about['metric']]}, τ")
    for axes in grid[:, 0]:
        axes.set_ylabel("share of runs above τ")
    return figure


def _profile(results: Results, method: str, envs: list[str], axes: Axes) -> None:
    tau = np.linspace(0.0, 1.0, 101)
    tasks = [results.scores(method, e) for e in envs]
    e = metrics.stratified_bootstrap(tasks, lambda x: metrics.performance_profile(x, tau), resamples=1000)
    colour, _, dash = look(results, method)
    axes.fill_between(tau, e.low, e.high, color=colour, alpha=0.12, lw=0)
    axes.plot(tau, e.value, color=colour, ls=dash, lw=1.9, label=method)


def to_bytes(figure: Figure, kind: str) -> bytes:
    """A figure as "png" or "svg"; equal figures give equal bytes."""
    out = io.BytesIO()
    blank = {"Date": None} if kind == "svg" else {"Software": None}
    with _styled():
        figure.savefig(out, format=kind, metadata=blank)
    return out.getvalue()


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), dpi=160)
    return figure, figure.subplots()


def _curves(results: Results, env: str, axes: Axes) -> None:
    held = []
    for method in sorted(results.methods, key=lambda m: m != BASELINE):
        curve = results.curve(method, env)
        if curve is None:
            continue
        steps, values = curve
        band = metrics.curve_band(values, resamples=1000)
        colour, _, dash = look(results, method)
        axes.fill_between(steps, band.low, band.high, color=colour, alpha=0.11, lw=0)
        axes.plot(steps, band.value, color=colour, ls=dash, lw=1.9, label=method, solid_capstyle="round")
        held += [band.value, band.low[~np.isnan(band.low)], band.high[~np.isnan(band.high)]]
    _levels(axes, np.concatenate(held) if held else np.zeros(1))
    axes.set_title(short(env))
    axes.set_xlabel("transitions")
    axes.set_xlim(left=0)
    axes.margins(x=0.01)
    axes.xaxis.set_major_formatter(
        lambda x, _: f"{x / 1e6:g}M" if x >= 1e6 else f"{x / 1e3:g}k" if x >= 1e3 else f"{x:g}"
    )
    axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5))


def _levels(axes: Axes, values: np.ndarray) -> None:
    """The scale from random to optimal, with both marked; far below random is cut off."""
    low = max(-0.6, min(0.0, float(values.min())))
    axes.set_ylim(low - 0.06, max(1.06, min(1.5, float(values.max()) + 0.05)))
    axes.set_yticks([t for t in (-0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25) if low - 0.06 <= t <= axes.get_ylim()[1]])
    for level in (0.0, 1.0):
        axes.axhline(level, color="#aab2bc", lw=0.9, ls=(0, (2, 2)), zorder=1)
    axes.yaxis.set_major_formatter(lambda y, _: {0.0: "random 0", 1.0: "optimal 1"}.get(round(y, 6), f"{y:g}"))


def _styled() -> Any:
    """A context in which figures look alike."""
    return matplotlib.rc_context({**STYLE, **_font()})


def _font() -> dict[Any, Any]:
    from matplotlib.font_manager import fontManager

    have = {f.name for f in fontManager.ttflist}
    wanted = ("Inter", "Helvetica Neue", "Arial", "Liberation Sans", "DejaVu Sans")
    return {"font.family": [n for n in wanted if n in have] or ["sans-serif"]}
