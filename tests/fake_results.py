"""Run folders with chosen scores, for the tests of reports."""

from pathlib import Path
from typing import Any

import fake_jobs

from rewardlab.benchmarks import results
from rewardlab.benchmarks.case import Case
from rewardlab.core.store import Store

SEA, BANDIT = fake_jobs.ENVS


def fill(
    folder: Path,
    scores: dict[tuple[str, str], list[float]],
    *,
    metric: str = "score",
    text: str = "",
    more: dict[str, dict[str, Any]] | None = None,
) -> Path:
    """A run folder whose runs scored this, (method, env) -> one score per seed; None for a run that failed.

    What `more` has for a method stands in its records too.
    """
    cases: list[Case] = [fake_jobs.make(m, env=e, seeds=len(v)) for (m, e), v in scores.items()]
    about: dict[str, Any] = {
        "suite": "made", "metric": metric, "tags": [], "text": text, "version": "0", "command": "rewardlab bench made",
        "methods": {c.method: ["What <b>it</b> does."] for c in cases}, "agents": {"learner": ["Learns."]},
    }  # fmt: skip
    with Store(folder / results.FILE) as s:
        s.describe(about)
        for case, values in zip(cases, scores.values(), strict=True):
            for seed, value in enumerate(values):
                s.add({case.key(seed): case.spec(seed)})
                s.claim()
                if value is None:
                    s.fail(case.key(seed), "it broke & burned", tries=1)
                    continue
                r = fake_jobs.record(case, seed)
                curve = [[step, value * k / 4, None] for k, (step, _, _) in enumerate(r["curve"])]
                own = (more or {}).get(case.method, {})
                s.finish(case.key(seed), r | {"score": value, "area": value / 2, "curve": curve} | own)
    return folder


def two_methods(folder: Path) -> Path:
    """A baseline in two environments and a method in one of them."""
    scores = {
        ("double", SEA): [0.9, 1.0, 0.8, 1.0, 0.95],
        ("none", SEA): [0.0, 0.1, 0.0, 0.2, -0.4],
        ("none", BANDIT): [0.5, 0.6, 0.5, 0.7, 0.6],
    }
    return fill(folder, scores)
