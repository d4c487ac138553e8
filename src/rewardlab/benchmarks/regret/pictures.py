"""Regret curves with bands of runs, and the bounds that theory draws."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rewardlab.benchmarks.plots import COLOURS, DASHES, GREY, drawn
from rewardlab.benchmarks.results import Results, short
from rewardlab.core.arms import Arms


def look(results: Results, method: str) -> tuple[str, Any]:
    """Colour and dash of a method: the same in all figures."""
    i = results.methods.index(method)
    return COLOURS[i % len(COLOURS)], DASHES[(i // len(COLOURS)) % len(DASHES)]


@drawn
def curves(results: Results, env: str) -> Figure:
    """Regret in one environment: all methods on two logarithmic axes, and the better ones with a logarithm of time.

    Bands are where 9 of 10 runs lie. On the left a power of time is a straight line, on the right a logarithm.
    """
    records = {m: results.cell(m, env)[0] for m in results.methods if results.cell(m, env)}
    figure = Figure(figsize=(11.0, 4.6), dpi=160)
    both, late = figure.subplots(1, 2)
    for method, record in records.items():
        colour, dash = look(results, method)
        for axes, band in ((both, False), (late, True)):
            if band:
                axes.fill_between(record["steps"], record["low"], record["high"], color=colour, alpha=0.08, lw=0)
            axes.plot(record["steps"], record["mean"], color=colour, ls=dash, lw=1.7, label=method)
    last = max(r["steps"][-1] for r in records.values())
    _bounds(next(iter(records.values())), both, late, last)
    finals = sorted(r["mean"][-1] for r in records.values())
    if min(min(r["mean"]) for r in records.values()) > 0:
        both.set_yscale("log")
        both.set_ylim(bottom=max(1e-2, 0.5 * min(r["mean"][0] for r in records.values())))
    else:  # against a fixed arm who follows the changes may gain
        both.set_yscale("symlog", linthresh=1.0)
    if finals[len(finals) // 2] > 0:
        late.set_ylim(min(0.0, 1.1 * finals[0]), 1.6 * finals[len(finals) // 2])
    for axes in (both, late):
        axes.set_xscale("log")
        axes.set_xlabel("steps of each run")
        axes.margins(x=0.01)
    both.set_title(short(env))
    both.set_ylabel("regret")
    late.set_title("closer, with the band of 9 in 10 runs")
    handles, labels = both.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=9)
    return figure


def _bounds(record: Mapping[str, Any], both: Axes, late: Axes, last: int) -> None:
    """Lower and upper bounds, where the environment is arms whose laws never change."""
    if not record["arms"]:
        return
    arms = Arms(tuple(record["arms"]["means"]), record["arms"]["deviation"])
    time = np.geomspace(max(2, record["steps"][0]), last, 100)
    lines = [
        (arms.lai_robbins() * np.log(time), "Lai–Robbins: no consistent policy stays below its slope", "--"),
        (arms.minimax(time), "minimax: what some such arms cost everyone", ":"),
    ]
    if arms.deviation is None:
        lines.append((arms.ucb1_bound(time), "what UCB1 loses at most", "-."))
    for values, label, dash in lines:
        for axes in (both, late):
            axes.plot(time, values, color=GREY, ls=dash, lw=1.3, label=label, zorder=1)
