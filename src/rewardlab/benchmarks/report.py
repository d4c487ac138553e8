"""Reports of a run folder: a table for the terminal, figures, and one page that needs nothing but itself."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

from rewardlab.benchmarks import page, plots
from rewardlab.benchmarks.results import BASELINE, SOLVED, load, short
from rewardlab.benchmarks.words import digits, missing, notes, span, title
from rewardlab.core.store import write_atomic


def table(folder: str | Path) -> str:
    """Methods by environments: the IQM of the suite's metric over seeds with its 95 % interval, as text.

    Raises:
        BadStore: if the folder holds no finished run, or is none of ours.
    """
    results = load(folder)
    compared = BASELINE in results.methods and len(results.methods) > 1
    last = [f"{BASELINE} there", f"beats {BASELINE}"] if compared else []
    heads = ["", *(short(e) for e in results.envs), "average", *last]
    lines: list[tuple[list[str], list[str]]] = []
    for method in results.methods:
        first, second = [method], [""]
        for env in results.envs:
            e = results.estimate(method, env)
            solved = e is not None and e.value > SOLVED
            first.append("–" if e is None else f"{digits(float(e.value))}{' ✓' if solved else '  '}")
            second.append("" if e is None else span(e) + missing(results, method, env))
        whole = results.overall(method)
        partly = len(results.covered(method)) < len(results.envs)
        first += ["–" if whole is None else f"{digits(float(whole.value))}{' *' if partly else '  '}"]
        second += ["" if whole is None else span(whole)]
        for e in (results.beside(method), results.improvement(method)) if compared else ():
            first.append("–" if e is None else f"{digits(float(e.value))}  ")
            second.append("" if e is None else span(e))
        lines.append((first, second))
    stacked = [_stack(h) for h in heads]
    height = max(len(h) for h in stacked)
    rows = [[h[k] if k < len(h) else "" for h in stacked] for k in range(height)]
    body = [row for pair in lines for row in pair]
    widths = [max(len(r[i]) for r in [*rows, *body]) for i in range(len(heads))]

    def line(cells: list[str]) -> str:
        return "  ".join(
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))
        )

    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    text = [title(results), "", *map(line, rows), rule]
    for first, second in lines:
        text += [line(first), line(second)]
    below = [part for note in notes(results) for part in textwrap.wrap(note, max(len(rule), 110))]
    return "\n".join(t.rstrip() for t in [*text, rule, *below]) + "\n"


def write(folder: str | Path, *, more: Sequence[str] = ()) -> Path:
    """Write `report.html` and `figures/*.png` into a run folder.

    Args:
        folder: of the run.
        more: HTML of a suite's own.

    Returns:
        The path of report.html, which holds its figures and styles itself.

    Raises:
        BadStore: if the folder holds no finished run or cannot be written; an earlier report stays whole.
    """
    results = load(folder)
    place = results.folder
    curves = {env: plots.learning_curves(results, env) for env in results.envs}
    others = {"runs": plots.runs(results), "averages": plots.averages(results), "profile": plots.profile(results)}
    pictures = {"curves": plots.all_curves(results), **others}
    pictures |= {f"curves-{short(env)}": figure for env, figure in curves.items()}
    for name, figure in pictures.items():
        write_atomic(place / "figures" / f"{name}.png", plots.to_bytes(figure, "png"))
    html = page.render(
        results,
        curves={env: plots.to_bytes(f, "svg") for env, f in curves.items()},
        figures={name: plots.to_bytes(f, "svg") for name, f in others.items()},
        notes=notes(results),
        more=more,
    )
    write_atomic(place / "report.html", html)
    return place / "report.html"


def _stack(name: str, *, width: int = 12) -> list[str]:
    """A long heading in several lines, broken at dashes, spaces and capitals."""
    words: list[str] = []
    for c in name:
        if words and not (c.isupper() and words[-1][-1].islower()) and words[-1][-1] not in "- ":
            words[-1] += c
        else:
            words.append(c)
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) <= width:
            lines[-1] += word
        else:
            lines.append(word)
    return [text.strip() for text in lines] or [""]
