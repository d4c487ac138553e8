"""The report of a benchmark of preferences: what labels, teachers, questions and models are worth, and how models err.

For each environment the score of the agent beside the number of labels and beside what else was changed, and how often
answers that a model is so sure of come true; a table with accuracy, calibration and distance beside the score.
"""

import base64
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rewardlab.benchmarks import plots
from rewardlab.benchmarks.cards import escaped
from rewardlab.benchmarks.page import sheet
from rewardlab.benchmarks.plots import COLOURS, GREY, drawn
from rewardlab.benchmarks.results import BASELINE, Results, load, short
from rewardlab.core.store import write_atomic

DEFAULT = "default"
HEADS = ("", "labels", "score", "runs", "accuracy", "calibration error", "EPIC", "STARC", "CPU s")
NOTES = (
    "Score: the agent's true return after training, 0 random play, 1 the optimum, as the mean over seeds; "
    f"“{BASELINE}” is trained on the true reward. Runs: the least and the largest score.",
    "Accuracy: the share of fresh pairs of random play on which the model foretells a perfect teacher. Calibration "
    "error: how far its probabilities are from how often they come true. EPIC and STARC: distance to what the teacher "
    "judges by, 0 the same, 1 the opposite; STARC is exact, of tables. CPU s: of a run, training included.",
    "The agent's play is not random play: a model may foretell all of the one and be wrong where the other leads.",
)


def rows(results: Results, env: str) -> list[tuple[str, ...]]:
    """The cells of one environment in the order of the suite."""
    found = []
    for method in results.methods:
        records = results.cell(method, env)
        if records:
            score = results.scores(method, env)
            spread = f"{score.min():.2f} to {score.max():.2f}"
            judged = [_mean(records, k) for k in ("accuracy", "calibration", "epic", "starc", "cpu_seconds")]
            labels = f"{np.mean([r['labels'] for r in records]):.0f}"
            found.append((method, labels, f"{score.mean():.3f}", spread, *judged))
    return found


def _mean(records: list[dict[str, Any]], name: str) -> str:
    values = np.array([r.get(name, np.nan) for r in records], dtype=float)
    kept = values[np.isfinite(values)]
    return f"{kept.mean():.3g}" if len(kept) else ""


def table(folder: str | Path) -> str:
    """Environments and methods, as text.

    Raises:
        BadStore: if the folder holds no finished run.
    """
    results = load(folder)
    parts = []
    for env in results.envs:
        body = [HEADS, *rows(results, env)]
        widths = [max(len(line[i]) for line in body) for i in range(len(HEADS))]
        text = [
            "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
            for line in body
        ]
        if len(body) > 1:
            parts.append("\n".join([short(env), *text]))
    return "\n\n".join([*parts, *NOTES]) + "\n"


def write(folder: str | Path) -> Path:
    """Write `report.html` and `figures/*.png` into a run folder.

    Returns:
        The path of report.html, which holds its figures and styles itself.

    Raises:
        BadStore: if the folder holds no finished run or cannot be written.
    """
    results = load(folder)
    parts = []
    for env in results.envs:
        if any(r["env"] == env for r in results.records):
            png = plots.to_bytes(picture(results, env), "png")
            write_atomic(results.folder / "figures" / f"preferences-{short(env)}.png", png)
            parts.append(_section(env, png, rows(results, env)))
    notes = f'<div class="notes">{"".join(f"<p>{escaped(n)}</p>" for n in NOTES)}</div>'
    write_atomic(results.folder / "report.html", sheet(results, [*parts, notes]))
    return results.folder / "report.html"


def _section(env: str, png: bytes, body: list[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{escaped(h)}</th>" for h in HEADS)
    lines = "".join(
        f"<tr><th>{escaped(line[0])}</th>{''.join(f'<td>{escaped(c)}</td>' for c in line[1:])}</tr>" for line in body
    )
    source = base64.b64encode(png).decode()
    return (
        f'<h2>{escaped(short(env))}</h2><figure class="wide"><img src="data:image/png;base64,{source}" '
        f'alt="Scores and reliability in {escaped(short(env))}" style="width:100%"></figure>'
        f'<div class="wide"><table class="scores"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


@drawn
def picture(results: Results, env: str) -> Figure:
    """Score by labels, score by what else was changed, and reliability of the default, side by side."""
    figure = Figure(figsize=(13.0, 4.2), dpi=160)
    by_labels, by_change, reliable = figure.subplots(1, 3, width_ratios=(1.0, 1.25, 0.9))
    _labels(results, env, by_labels)
    _changes(results, env, by_change)
    _reliability(results, env, reliable)
    return figure


def _labels(results: Results, env: str, axes: Axes) -> None:
    counted = [m for m in results.methods if m == DEFAULT or m.endswith(" labels")]
    points = sorted(
        (float(np.mean([r["labels"] for r in cell])), results.scores(m, env))
        for m in counted
        if (cell := results.cell(m, env))
    )
    for x, scores in points:
        axes.plot([x] * len(scores), scores, "o", color=COLOURS[0], ms=4, alpha=0.45, mew=0)
    axes.plot(
        [x for x, _ in points], [s.mean() for _, s in points], "-", color=COLOURS[0], lw=1.9, label="mean of seeds"
    )
    _true(results, env, axes)
    if points:
        axes.set_xscale("log")
        axes.set_xticks([x for x, _ in points], [f"{x:.0f}" for x, _ in points])
        axes.minorticks_off()
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -0.05), max(high, 1.05))
    axes.set_xlabel("labels")
    axes.set_ylabel("score")
    axes.set_title(f"{short(env)}: by labels")
    axes.legend(fontsize=8.5, loc="lower right")


def _changes(results: Results, env: str, axes: Axes) -> None:
    shown = [m for m in results.methods if m != BASELINE and not m.endswith(" labels") and results.cell(m, env)][::-1]
    for i, method in enumerate(shown):
        scores = results.scores(method, env)
        colour = COLOURS[1] if method == DEFAULT else COLOURS[2]
        axes.plot(scores, [i] * len(scores), "o", color=colour, ms=4, alpha=0.45, mew=0)
        axes.plot([scores.mean()], [i], "D", color=colour, ms=6)
    there = results.scores(BASELINE, env)
    if len(there):
        axes.axvline(there.mean(), color=GREY, ls="--", lw=1.2)
    axes.set_yticks(range(len(shown)), shown)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -0.05), max(high, 1.05))
    axes.set_xlabel("score; the diamond is the mean of seeds")
    axes.set_title("one thing changed")


def _true(results: Results, env: str, axes: Axes) -> None:
    there = results.scores(BASELINE, env)
    if len(there):
        axes.axhline(there.mean(), color=GREY, ls="--", lw=1.2, label="on the true reward")


def _reliability(results: Results, env: str, axes: Axes) -> None:
    bins = [b for r in results.cell(DEFAULT, env) for b in r.get("reliability", [])]
    axes.plot([0, 1], [0, 1], color=GREY, lw=1.0, ls="--")
    if bins:
        stated, happened, count = np.array(bins).T
        place = np.minimum((stated * 10).astype(int), 9)
        for k in range(10):
            here = place == k
            if count[here].sum():
                x, y = (np.average(v[here], weights=count[here]) for v in (stated, happened))
                axes.plot(
                    [x], [y], "o", color=COLOURS[0], ms=3 + 9 * np.sqrt(count[here].sum() / count.sum()), alpha=0.8
                )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("stated probability")
    axes.set_ylabel("share that came true")
    axes.set_title("reliability of the default")
