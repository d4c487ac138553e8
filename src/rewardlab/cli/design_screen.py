"""What `rewardlab design` shows: each candidate in a line or two, learning curves as bars, the course of the rounds."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.loop import Designed
from rewardlab.rewards.language.design.system import Run

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], low: float | None = None, high: float | None = None) -> str:
    """Numbers as a row of bars between `low` and `high`, their own extremes if not given; "?" for what is no number."""
    finite = [v for v in values if v == v and abs(v) != float("inf")]
    low = min(finite, default=0.0) if low is None else low
    high = max(finite, default=0.0) if high is None else high
    out = ""
    for v in values:
        if v not in finite:
            out += "?"
        elif high <= low:
            out += BARS[0]
        else:
            out += BARS[round((min(max(v, low), high) - low) / (high - low) * (len(BARS) - 1))]
    return out


class Screen:
    """Prints a design as it goes, with a bar for the agents that are being trained.

    Args:
        rounds: that may come.
    """

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self._bar: Any = None
        self._left = 0

    def __call__(self, kind: str, what: Any) -> None:
        """The loop's `watch`."""
        shown: dict[str, Callable[[Any], None]] = {
            "round": self._round,
            "asking": lambda n: self._say(f"  asking for {n} answer{'s' if n > 1 else ''}"),
            "repair": self._repair,
            "candidate": self._candidate,
            "training": self._training,
            "trained": self._trained,
            "choice": self._choice,
        }
        shown[kind](what)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _say(self, text: str) -> None:
        from tqdm import tqdm

        tqdm.write(text, file=sys.stdout)

    def _round(self, run: Run) -> None:
        self._say(f"round {run.round + 1} of {self.rounds}")

    def _repair(self, c: Candidate) -> None:
        self._say(f"  {c.name}: back to {c.author or 'its author'}: {_first(c)}")

    def _candidate(self, c: Candidate) -> None:
        if not c.accepted:
            self._say(f"  {c.name}: dropped: {_first(c)}")
        else:
            assert c.verdict is not None
            report = c.verdict.report
            terms = ", ".join(report.get("parts") or ()) or "no named terms"
            mended = f", mended {c.repairs} time{'s' if c.repairs > 1 else ''}" if c.repairs else ""
            pay = f"pays {_number(report.get('minimum'))} .. {_number(report.get('maximum'))}"
            self._say(f"  {c.name}: accepted, by {c.author}{mended}; {terms}; {pay}")
            for remark in c.verdict.remarks:
                self._say(f"       note: {remark}")
            if c.verdict.audit:
                self._say(f"       audit: {c.verdict.audit}")
        for note in c.notes:
            self._say(f"       {note}")

    def _training(self, count: int) -> None:
        from tqdm import tqdm

        self.close()
        self._left = count
        self._bar = tqdm(total=count, unit="agent", desc="  training", leave=False, disable=None)

    def _trained(self, c: Candidate) -> None:
        if self._bar is not None:
            self._bar.update(1)
            self._left -= 1
            if not self._left:
                self.close()
        assert c.trained is not None
        if c.trained.error is not None:
            self._say(f"  {c.name}: training failed: {c.trained.error.strip().splitlines()[-1][:200]}")
            return
        values = [v for _, v in c.trained.curve]
        known = c.trained.success == c.trained.success
        bars = sparkline(values, 0.0, 1.0) if known else sparkline(values)
        success = f"success {c.trained.success:.0%}, " if known else ""
        self._say(f"  {c.name}: {bars} {success}task return {c.trained.task_return:.4g} ({c.trained.seconds:.0f} s)")
        if c.analysis is not None and c.analysis.failures:
            self._say(f"       {c.analysis.shares[0]:.0%} of the episodes {c.analysis.failures[0]}")

    def _choice(self, run: Run) -> None:
        self.close()
        if run.best is not None:
            self._say(f"  best so far: {run.best.name}")


def draw_curves(made: Designed, path: Path) -> None:
    """Learning curves of all trained candidates, the best in front."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for c in [c for c in made.candidates if c.trained is not None and c.trained.curve]:
        assert c.trained is not None
        best = made.best is not None and c.name == made.best.name
        steps, values = zip(*c.trained.curve, strict=True)
        axes.plot(steps, values, label=c.name, lw=2.5 if best else 1.0, alpha=1.0 if best else 0.6, zorder=2 + best)
    known = made.best is not None and made.best.score[0] == made.best.score[0]
    axes.set(
        xlabel="transitions", ylabel="success" if known else "task return", title=f"{made.context.env}: {made.system}"
    )
    axes.grid(alpha=0.3)
    axes.legend(title="candidate", fontsize="small")
    figure.savefig(path, dpi=120)


def _first(c: Candidate) -> str:
    """The first line of the first problem of a refused candidate."""
    problems = c.verdict.problems if c.verdict is not None else ()
    return problems[0].strip().splitlines()[0][:300] if problems else "no reason was given"


def _number(value: Any) -> str:
    return "?" if value is None else f"{value:.4g}"
