"""Measuring rates of regret: the budget, a bar, a table and a file."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from rewardlab.benchmarks.measure import machine
from rewardlab.benchmarks.provenance import versions
from rewardlab.benchmarks.regret.claims import Claim, claims, shorter
from rewardlab.benchmarks.regret.played import play
from rewardlab.benchmarks.regret.rates import fitted
from rewardlab.core.errors import BadOption, UnknownName, nearest
from rewardlab.core.store import write_atomic

EVIDENCE = Path(__file__).parents[1] / "evidence" / "regret_rates.json"
HEADS = ("algorithm, environment", "rate", "theory", "measured", "runs x steps", "", "what theory says")


@dataclass(frozen=True)
class RegretRates:
    """Measure how fast the regret of each algorithm grows.

    Args:
        only: what names of claims begin with, e.g. UCB1; all by default.
        times: the share of the steps that is played; 1 for all.
        runs: of each play, where fewer are wanted than the claim has.
        out: JSON file; by default the one that is kept with the package.
        table: Markdown file for the table; none by default.

    Raises:
        BadOption: for no runs or no steps.
    """

    only: str = ""
    times: float = 1.0
    runs: int | None = None
    out: Path = EVIDENCE
    table: Path | None = None

    def __post_init__(self) -> None:
        if not 0 < self.times <= 1:
            raise BadOption(f"times={self.times!r}", where="regret", expected="a number in (0, 1]")
        if self.runs is not None and self.runs < 2:
            raise BadOption(f"runs={self.runs!r}", where="regret", expected="at least 2")


def measured(claim: Claim, told: Any = None) -> dict[str, Any]:
    """Play a claim and fit its rate; the value is within its interval or not.

    Args:
        claim: what is played.
        told: called after each play.
    """
    records = []
    for case in claim.cases:
        records.append(play(case, 0, Path()))
        if told is not None:
            told()
    if claim.scaling:
        steps: Sequence[float] = [r["steps"][-1] for r in records]
        regret = np.array([r["kept"][-1] for r in records])
        rate = fitted(claim.kind, steps, regret, late=0.0)
    else:
        steps, regret = records[0]["kept_steps"], np.array(records[0]["kept"])
        rate = fitted(claim.kind, steps, regret, late=claim.late)
    value, low, high = (x / claim.unit for x in (rate.value, rate.low, rate.high))
    return {
        "says": claim.says,
        "kind": claim.kind,
        "scaling": claim.scaling,
        "theory": [claim.low, claim.high],
        "value": value,
        "interval": [low, high],
        "holds": claim.low <= value <= claim.high,
        "unit": claim.unit,
        "runs": records[0]["runs"],
        "steps": [r["steps"][-1] for r in records],
        "regret": [r["mean"][-1] for r in records],
        "error": [r["error"][-1] for r in records],
        "cpu_seconds": round(sum(r["cpu_seconds"] for r in records), 1),
        "source": records[0]["versions"]["source"],
        "date": machine()["date"],
    }


def row(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    """The cells of one claim."""
    what = "constant" if found["kind"] == "logarithm" else "exponent of T" if found["scaling"] else "exponent of t"
    low, high = found["interval"]
    theory = " to ".join(f"{x:g}" for x in found["theory"])
    size = f"{found['runs']} x {', '.join(f'{t:,}' for t in found['steps'])}"
    verdict = "holds" if found["holds"] else "DIFFERS"
    return (name, what, theory, f"{found['value']:.3f} [{low:.3f}, {high:.3f}]", size, verdict, found["says"])


def text(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The table, for a terminal."""
    body = [HEADS, *(row(name, f) for name, f in found.items())]
    widths = [max(len(line[i]) for line in body) for i in range(len(HEADS) - 1)]
    return "\n".join("  ".join([*(c.ljust(w) for c, w in zip(line, widths, strict=False)), line[-1]]) for line in body)


def markdown(found: Mapping[str, Mapping[str, Any]]) -> str:
    """The table, for a page."""
    heads = (*HEADS[:5], "verdict", HEADS[6])
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row(name, f)) + " |" for name, f in found.items())]) + "\n"


def main(options: RegretRates, *, progress: bool = True) -> int:
    """Measure, show and write; 0 if every claim that was asked for holds.

    Raises:
        UnknownName: if no claim begins so.
    """
    every = claims()
    chosen = [c for c in every if c.name.startswith(options.only)]
    if not chosen:
        raise UnknownName(
            f"no claim {options.only!r}", where="regret", mend=nearest(options.only, [c.name for c in every])
        )
    if options.times < 1 or options.runs:
        chosen = [shorter(c, options.times, options.runs or c.cases[0].num_envs) for c in chosen]
    held = json.loads(options.out.read_text(encoding="utf-8"))["claims"] if options.out.exists() else {}
    found: dict[str, Any] = {}
    plays = sum(len(c.cases) for c in chosen)
    with tqdm(
        total=plays, unit="play", disable=not progress, file=sys.stderr, smoothing=0.1, dynamic_ncols=True
    ) as bar:
        for claim in chosen:
            name = claim.name + (", lengths" if claim.scaling else "")
            while name in found:
                name += " (other options)"
            bar.set_postfix_str(name)
            found[name] = measured(claim, bar.update)
            content = {"machine": machine(), "versions": versions(), "claims": held | found}
            write_atomic(options.out, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(text(found) + "\n")
    if options.table:
        write_atomic(options.table, markdown(held | found))
    return 0 if all(f["holds"] for f in found.values()) else 1
