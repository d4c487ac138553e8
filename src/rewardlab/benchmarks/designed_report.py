"""The report of the suite of designed rewards: every suite's own, and what designs are worth, cost, say and risk.

    Δ = IQM(designed) − IQM(other side), over the runs of the same environments

Below the figures of all suites: differences to the other sides, with intervals; what each design took, and what its
audit says; and the winning programs as they were written.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.benchmarks import metrics, report
from rewardlab.benchmarks.cards import escaped
from rewardlab.benchmarks.designed_runs import SIDES
from rewardlab.benchmarks.metrics import Estimate
from rewardlab.benchmarks.results import Results, load, short
from rewardlab.benchmarks.words import digits, span

OTHERS = ("none", "by hand", "RND")
HEADS = ("", "winner", "success", "candidates", "refused", "mended", "steps", "CPU s", "audit")
NOTES = (
    "Held out (°): neither the grammar of the evolution nor its search was worked out on these tasks. Differences are "
    "of interquartile means, with the 95 % interval of a bootstrap of both sides' runs; where it holds 0, none showed.",
    "Success is of the winner in its own design, by which it was chosen: it flatters. Refused: candidates that the "
    "sandbox or the critic did not let pass. Mended: answers that went back with what was wrong. Steps and seconds are "
    "of all candidates of a design together, and come on top of what the table above was trained with; what was spent "
    "before a design was stopped and went on is not in its seconds.",
    "Audit: beside the task's own reward. Exact from a table; from play it can find faults, and never rule them out.",
)


def design_of(results: Results, side: str, env: str) -> dict[str, Any] | None:
    """The design that a side was paid by, from any of its runs."""
    return next((r["design"] for r in results.cell(side, env) if "design" in r), None)


def held_out(results: Results) -> list[str]:
    """The environments on which no designer was worked out."""
    return [e for e in results.envs if any((design_of(results, s, e) or {}).get("held_out") for s in SIDES)]


def difference(results: Results, side: str, other: str, envs: Sequence[str]) -> Estimate | None:
    """IQM of one side less that of another, over the environments that both have; None where there is none."""
    shared = [e for e in envs if results.cell(side, e) and results.cell(other, e)]
    if not shared:
        return None
    mine, theirs = ([results.scores(m, e) for e in shared] for m in (side, other))
    count = sum(map(len, mine))

    def apart(scores: np.ndarray) -> np.ndarray:
        return metrics.iqm(scores[..., :count]) - metrics.iqm(scores[..., count:])

    return metrics.stratified_bootstrap([*mine, *theirs], apart)


def differences(results: Results) -> list[tuple[str, ...]]:
    """Head and rows: for each environment, the held out ones and all, each designer against each other side."""
    sides = [s for s in SIDES if s in results.methods]
    others = [o for o in OTHERS if o in results.methods]
    groups = [(_marked(results, e), [e]) for e in results.envs]
    groups += [("held out", held_out(results)), ("all", results.envs)]
    lines: list[tuple[str, ...]] = [("", *(f"{s} − {o}" for s in sides for o in others))]
    for name, envs in groups:
        found = [difference(results, s, o, envs) for s in sides for o in others]
        lines.append((name, *("–" if e is None else f"{digits(float(e.value))} {span(e)}" for e in found)))
    return lines


def costs(results: Results) -> list[tuple[str, ...]]:
    """Head and rows: what each design is and took."""
    lines: list[tuple[str, ...]] = [HEADS]
    for env in results.envs:
        for side in SIDES:
            d = design_of(results, side, env)
            if d is None or "winner" not in d:
                continue
            audit = d["audit"]
            verdict = "none" if audit["passed"] is None else "passed" if audit["passed"] else "fault"
            lines.append((
                f"{_marked(results, env)}, {side}", f"{d['winner']} ({d['author']})", _share(d["success"]),
                *(str(d[k]) for k in ("candidates", "refused", "repairs")),
                f"{d['steps']:,}", f"{d['cpu_seconds']:.0f}",
                f"{verdict}, {'exact' if audit['exact'] else 'from play'}",
            ))  # fmt: skip
    return lines


def table(folder: str | Path) -> str:
    """Every suite's table, and below it differences and designs, as text.

    Raises:
        BadStore: if the folder holds no finished run.
    """
    results = load(folder)
    parts = [report.table(folder)]
    parts += [_text(lines) for lines in (differences(results), costs(results)) if len(lines) > 1]
    return "\n".join([*parts, *(line for note in NOTES for line in textwrap.wrap(note, 110))]) + "\n"


def write(folder: str | Path) -> Path:
    """Write `report.html` and `figures/*.png` into a run folder.

    Returns:
        The path of report.html.

    Raises:
        BadStore: if the folder holds no finished run or cannot be written.
    """
    results = load(folder)
    parts = ["<h2>Designed against the other sides</h2>", _sub(NOTES[0]), _html(differences(results))]
    parts += ["<h2>What the designs took, and their audits</h2>", _sub(f"{NOTES[1]} {NOTES[2]}"), _html(costs(results))]
    parts.append("<h2>The winning programs</h2>")
    for env in results.envs:
        for side in SIDES:
            d = design_of(results, side, env)
            if d is not None:
                parts.append(_program(f"{_marked(results, env)}, {side}", d))
    return report.write(folder, more=parts)


def _program(name: str, d: dict[str, Any]) -> str:
    words = "".join(f"<p>{escaped(w)}</p>" for w in d.get("audit", {}).get("words", ()))
    tries = ", ".join(f"{k} {_share(v)}" for k, v in d.get("tries", {}).items())
    head = f"{d.get('system', '')}, written by {d.get('author', 'nobody known')}" + (
        f"; tried: {tries}" if tries else ""
    )
    return (
        f'<h3 style="margin-top:26px">{escaped(name)}</h3><p class="source">{escaped(head)}</p>'
        f'<pre class="log">{escaped(d["source"].strip())}</pre><div class="notes">{words}</div>'
    )


def _marked(results: Results, env: str) -> str:
    return short(env) + ("°" if env in held_out(results) else "")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _text(lines: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    rows = ["  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
            for line in lines]  # fmt: skip
    return "\n".join(row.rstrip() for row in rows) + "\n"


def _html(lines: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{escaped(h)}</th>" for h in lines[0])
    body = "".join(
        f"<tr><th>{escaped(line[0])}</th>{''.join(f'<td>{escaped(c)}</td>' for c in line[1:])}</tr>"
        for line in lines[1:]
    )
    return f'<div class="wide"><table class="scores"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _sub(text: str) -> str:
    return f'<p class="sub">{escaped(text)}</p>'
