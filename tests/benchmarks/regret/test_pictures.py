"""Regret curves are drawn for what was played; `test_report` draws them from a real sweep."""

from pathlib import Path

from rewardlab.benchmarks.regret import pictures
from rewardlab.benchmarks.results import Results
from rewardlab.core.store import Job


def test_looks_are_told_apart_as_long_as_there_are_colours_and_dashes():
    names = [f"m{k}" for k in range(40)]
    jobs = {n: Job({"method": n, "env": "E-v0", "seed": 0}, "done", 1, "") for n in names}
    results = Results(Path(), {}, jobs, [])
    assert len({str(pictures.look(results, n)) for n in names}) == 40
