"""Figures: measured numbers beside their peers and goals, as a table, as JSON and as a picture."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rewardlab.benchmarks.measure import machine


@dataclass(frozen=True)
class Figure:
    """One measured number with its peer, and the goal that it is held against.

    Attributes:
        name: what was measured.
        value: in `unit`; times are CPU time.
        unit: of value, wall, peer_value, at_least and at_most.
        wall: the same by wall clock; None for what is no time.
        peer: what was measured beside it, in turns, in the same run.
        peer_value: the peer's number.
        at_least: the goal's lower bound, if there is one.
        at_most: the goal's upper bound, if there is one.
    """

    name: str
    value: float
    unit: str
    wall: float | None = None
    peer: str = ""
    peer_value: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float | None:
        """value / peer_value."""
        return self.value / self.peer_value if self.peer_value else None

    @property
    def holds(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.at_least is None and self.at_most is None:
            return None
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "ratio": self.ratio, "holds": self.holds}


def table(found: list[Figure]) -> str:
    """The figures as text."""
    lines = [f"{'':60}{'value':>10}{'wall':>10}  {'unit':22}{'goal':>10}  {'':5}{'peer':>10}{'ratio':>8}"]
    for f in found:
        goal = (
            f">= {f.at_least:g}" if f.at_least is not None else f"<= {f.at_most:.4g}" if f.at_most is not None else ""
        )
        held = {None: "", True: "holds", False: "FAILS"}[f.holds]
        peer = f"{_short(f.peer_value)}{_short(f.ratio, 8)}  {f.peer}" if f.peer_value is not None else ""
        lines.append(f"{f.name:60.60}{_short(f.value)}{_short(f.wall)}  {f.unit:22}{goal:>10}  {held:5}{peer}")
    return "\n".join(lines)


def _short(x: float | None, width: int = 10) -> str:
    return f"{'':{width}}" if x is None else f"{x:>{width}.4g}"


def save(found: list[Figure], folder: Path, name: str, **how: Any) -> None:
    """`name`.json, with the machine and `how` it was measured, and `name`.png in `folder`."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine(), **how, "figures": [f.row() for f in found]}
    (folder / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    shown = [f for f in found if f.ratio is not None and f.ratio > 0]
    figure, axes = plt.subplots(figsize=(9, 0.4 * len(shown) + 1.2), layout="constrained")
    axes.barh([f"{f.name}\nagainst {f.peer}" for f in shown], [f.ratio or 0.0 for f in shown], color="tab:blue")
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("ratio to the peer")
    axes.tick_params(axis="y", labelsize=7)
    axes.invert_yaxis()
    figure.savefig(folder / f"{name}.png", dpi=120)
    plt.close(figure)
