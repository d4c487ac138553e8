"""What a run folder holds, as tables and curves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rewardlab.benchmarks import metrics
from rewardlab.benchmarks.metrics import Estimate
from rewardlab.core.errors import BadStore
from rewardlab.core.store import Job, Store

FILE = "results.sqlite"
BASELINE = "none"
SOLVED = 0.8
ENOUGH = 5  # seeds below which no ranking is claimed


@dataclass(frozen=True)
class Results:
    """The finished runs of a folder, in the order of their cases.

    Attributes:
        folder: where they lie.
        about: suite, metric, text, version, command, docstrings of methods and agents.
        jobs: key -> job, also of runs that are not finished.
        records: finished runs, as `train_one` wrote them.
    """

    folder: Path
    about: Mapping[str, Any]
    jobs: Mapping[str, Job]
    records: list[dict[str, Any]]

    @cached_property
    def methods(self) -> list[str]:
        """Rows of the table; the baseline first."""
        found = list(dict.fromkeys(j.spec["method"] for j in self.jobs.values()))
        return sorted(found, key=lambda m: m != BASELINE)

    @cached_property
    def envs(self) -> list[str]:
        """Columns of the table."""
        return list(dict.fromkeys(j.spec["env"] for j in self.jobs.values()))

    @cached_property
    def _cells(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        cells: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for r in self.records:
            cells.setdefault((r["method"], r["env"]), []).append(r)
        return cells

    def cell(self, method: str, env: str) -> list[dict[str, Any]]:
        """The finished runs of one cell; [] if the suite has none there or none is finished."""
        return self._cells.get((method, env), [])

    def scores(self, method: str, env: str) -> np.ndarray:
        """The suite's metric of each run [n] of a cell; NaN counts as 0, the random policy."""
        values = [r[self.about["metric"]] for r in self.cell(method, env)]
        return _finite(np.array([0.0 if v is None else v for v in values]))

    def estimate(self, method: str, env: str) -> Estimate | None:
        """IQM over seeds with its interval; None for an empty cell."""
        scores = self.scores(method, env)
        return metrics.stratified_bootstrap([scores]) if len(scores) else None

    def covered(self, method: str) -> list[str]:
        """The environments on which a method has finished runs."""
        return [e for e in self.envs if self.cell(method, e)]

    def overall(self, method: str) -> Estimate | None:
        """IQM over all runs of a method, environments as strata."""
        tasks = [self.scores(method, e) for e in self.covered(method)]
        return metrics.stratified_bootstrap(tasks) if tasks else None

    def beside(self, method: str) -> Estimate | None:
        """IQM over all runs of the baseline in the environments of a method: what `overall` is to be held against.

        None for the baseline itself, and where the baseline lacks one of them.
        """
        envs = self.covered(method)
        if method == BASELINE or not envs or not all(self.cell(BASELINE, e) for e in envs):
            return None
        return metrics.stratified_bootstrap([self.scores(BASELINE, e) for e in envs])

    def improvement(self, method: str) -> Estimate | None:
        """Probability that a run of `method` beats one of the baseline, on the environments that both have."""
        shared = [e for e in self.covered(method) if self.cell(BASELINE, e)]
        if method == BASELINE or not shared:
            return None
        return metrics.probability_of_improvement(
            [self.scores(method, e) for e in shared], [self.scores(BASELINE, e) for e in shared]
        )

    def solved_by(self, env: str) -> list[str]:
        """The methods whose IQM in an environment is above 0.8."""
        tried = [m for m in self.methods if self.cell(m, env)]
        return [m for m in tried if float(metrics.iqm(self.scores(m, env))) > SOLVED]

    def asked(self, method: str, env: str) -> int:
        """How many runs of a cell were asked for, finished or not."""
        return sum((j.spec["method"], j.spec["env"]) == (method, env) for j in self.jobs.values())

    @property
    def unscored(self) -> int:
        """Finished runs without a finite score, which count as the random policy."""
        values = [r[self.about["metric"]] for r in self.records]
        return sum(v is None or not np.isfinite(v) for v in values)

    def curve(self, method: str, env: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Steps [K] and normalised true return [n, K] of a cell."""
        runs = self.cell(method, env)
        if not runs:
            return None
        low, high = runs[0]["random_return"], runs[0]["optimal_return"]
        points = np.array([[(p[0], p[1]) for p in r["curve"]] for r in runs], dtype=np.float64)  # [n, K, 2]
        return points[:, :, 0].mean(0), _finite((points[:, :, 1] - low) / (high - low))

    @property
    def seeds(self) -> tuple[int, int]:
        """The fewest and the most finished runs of a cell that has any."""
        counts = [len(runs) for runs in self._cells.values()] or [0]
        return min(counts), max(counts)

    def jobs_in(self, state: str) -> list[Job]:
        """Jobs that are "waiting", "running", "done" or "quarantined"."""
        return [j for j in self.jobs.values() if j.state == state]

    def facts(self, method: str | None = None, env: str | None = None) -> dict[str, Any]:
        """Some finished run of a method or environment."""
        return next(
            (r for r in self.records if method in (None, r["method"]) and env in (None, r["env"])), self.records[0]
        )


def load(folder: str | Path) -> Results:
    """What a run folder holds.

    Raises:
        BadStore: if it holds no finished run.
    """
    place = Path(folder)
    with Store(place / FILE, create=False) as store:
        about, jobs, results = store.about(), store.jobs(), store.results()
    if not results:
        raise BadStore("no finished run yet", where=str(place), mend="let the benchmark finish at least one")
    return Results(place, about, jobs, list(results.values()))


def _finite(x: np.ndarray) -> np.ndarray:
    """NaN and infinite scores as 0, the random policy."""
    return np.where(np.isfinite(x), x, 0.0)


def short(env: str) -> str:
    """An id without namespace and version: "rewardlab/DeepSea-v0" -> "DeepSea"."""
    return re.sub(r"-v\d+$", "", env.rpartition("/")[2])
