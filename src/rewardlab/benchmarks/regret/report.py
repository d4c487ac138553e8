"""The report of a regret benchmark: a table for the terminal, figures, and one page that needs nothing but itself."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.benchmarks import plots
from rewardlab.benchmarks.cards import escaped
from rewardlab.benchmarks.page import sheet
from rewardlab.benchmarks.regret import pictures
from rewardlab.benchmarks.regret.rates import Rate, fitted
from rewardlab.benchmarks.regret.shape import shape, win_rates
from rewardlab.benchmarks.results import Results, load, short
from rewardlab.core.arms import Arms
from rewardlab.core.errors import BadOption
from rewardlab.core.store import write_atomic

HEADS = ("", "regret", "± s.e.", "5 %", "95 %", "exponent", "times Lai–Robbins", "for ever", "fails", "µs a step")
NOTES = (
    "Regret is the sum of what each step lost by the environment's own account, after all steps, as a mean over runs "
    "with its standard error; 5 % and 95 % are quantiles of runs.",
    "The exponent b of t^b and the constant before ln t, here in units of Lai and Robbins's, are fitted to the last "
    "nine tenths of the steps, with bootstrap intervals of 95 % over runs. Below 1 a run is not yet where the bound "
    "holds: it is about long times and all arms like these at once.",
    "For ever: the linear part b of the shape l₁ (ln t)^a / Δ + b t + l₂ of the mean, per step. Fails: the share of "
    "runs whose best arm is not pulled once in the second half.",
    "µs a step: CPU time of one step of one run, environment included.",
)


def rows(results: Results, env: str) -> list[tuple[str, ...]]:
    """The cells of one environment, the least regret first."""
    records = {m: results.cell(m, env)[0] for m in results.methods if results.cell(m, env)}
    found = []
    for method, r in sorted(records.items(), key=lambda item: item[1]["mean"][-1]):
        cost = 1e6 * r["cpu_seconds"] / (r["runs"] * r["steps"][-1])
        numbers = [f"{x:.4g}" for x in (r["mean"][-1], r["error"][-1], r["low"][-1], r["high"][-1])]
        fails = f"{100 * r['suffix_fail']:.3g} %" if "suffix_fail" in r else ""
        last = f"{shape(r['steps'], r['mean']).linear:.2g}"
        found.append((method, *numbers, _rate("exponent", r), _constant(r), last, fails, f"{cost:.3g}"))
    return found


def _wins(results: Results) -> dict[str, float]:
    """Method -> share of the others that it beats in the environments it played, by Welch's test; the best first."""
    cells = [
        {m: results.cell(m, env)[0]["kept"][-1] for m in results.methods if results.cell(m, env)}
        for env in results.envs
    ]
    return dict(sorted(win_rates(cells).items(), key=lambda item: -item[1]))


def _rate(kind: Any, record: Mapping[str, Any], unit: float = 1.0) -> str:
    try:
        rate = fitted(kind, record["kept_steps"], np.array(record["kept"]))
    except BadOption:
        return "–"
    return _shown(Rate(kind, rate.value / unit, rate.low / unit, rate.high / unit))


def _shown(rate: Rate) -> str:
    return f"{rate.value:.2f} [{rate.low:.2f}, {rate.high:.2f}]"


def _constant(record: Mapping[str, Any]) -> str:
    if not record["arms"]:
        return ""
    unit = Arms(tuple(record["arms"]["means"]), record["arms"]["deviation"]).lai_robbins()
    return _rate("logarithm", record, unit) if unit > 0 else ""


def table(folder: str | Path) -> str:
    """Environments and methods with their regret, as text.

    Raises:
        BadStore: if the folder holds no finished run.
    """
    results = load(folder)
    parts = []
    for env in results.envs:
        body = rows(results, env)
        if not body:
            continue
        record = next(r for r in results.records if r["env"] == env)
        widths = [max(len(line[i]) for line in [HEADS, *body]) for i in range(len(HEADS))]
        text = [
            "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
            for line in [HEADS, *body]
        ]
        parts.append("\n".join([f"{short(env)}: {record['runs']:,} runs of {record['steps'][-1]:,} steps", *text]))
    if rates := _wins(results):
        parts.append("wins over the others: " + ", ".join(f"{name} {100 * x:.0f} %" for name, x in rates.items()))
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
        if not any(r["env"] == env for r in results.records):
            continue
        png = plots.to_bytes(pictures.curves(results, env), "png")
        write_atomic(results.folder / "figures" / f"regret-{short(env)}.png", png)
        parts.append(_section(env, png, rows(results, env)))
    notes = f'<div class="notes">{"".join(f"<p>{escaped(note)}</p>" for note in NOTES)}</div>'
    html = sheet(results, [*parts, _beaten(results), notes])
    write_atomic(results.folder / "report.html", html)
    return results.folder / "report.html"


def _section(env: str, png: bytes, body: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escaped(h)}</th>" for h in HEADS)
    lines = "".join(
        f"<tr><th>{escaped(line[0])}</th>{''.join(f'<td>{escaped(c)}</td>' for c in line[1:])}</tr>" for line in body
    )
    picture = base64.b64encode(png).decode()
    return (
        f"<h2>{escaped(short(env))}</h2>"
        f'<figure class="wide"><img src="data:image/png;base64,{picture}" alt="Regret in {escaped(short(env))}" '
        'style="width:100%"></figure>'
        f'<div class="wide"><table class="scores"><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _beaten(results: Results) -> str:
    rates = _wins(results)
    if not rates:
        return ""
    text = ", ".join(f"{name} {100 * x:.0f} %" for name, x in rates.items())
    about = (
        "Of the others in the same environments, the share that loses more, by Welch's test; no difference is a half."
    )
    return f'<h2>Wins</h2><p class="sub">{escaped(about)}</p><p>{escaped(text)}</p>'
