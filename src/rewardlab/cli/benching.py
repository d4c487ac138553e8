"""`rewardlab bench`, `report` and `check`: suites, their tables and pages, and the laws of environments."""

from pathlib import Path
from typing import Annotated

import tyro

from rewardlab.cli import names
from rewardlab.core.errors import BadStore

SuiteName = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SUITE")]
Folder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FOLDER")]


def bench(suite: SuiteName, *, folder: Path | None = None, jobs: int | None = None) -> None:
    """Run a suite of benchmarks, print its table and write its page. A stopped run goes on where it was.

    Example: rewardlab bench quickstart --jobs 2

    Args:
        suite: its name; `rewardlab list --kind suites` shows all.
        folder: where results go; runs/SUITE if not given.
        jobs: processes at once; one per core if not given.
    """
    from rewardlab.benchmarks import harness

    name = names.suite(suite)
    place = folder or Path("runs") / name
    harness.run(name, place, jobs=jobs)
    report(place)


def report(folder: Folder) -> None:
    """Print the table of a finished or stopped run and write its page anew.

    Example: rewardlab report runs/quickstart

    Args:
        folder: what `rewardlab bench` wrote.
    """
    from rewardlab.benchmarks import report as reports

    if not folder.is_dir():
        raise BadStore("no such folder", where=str(folder), mend="rewardlab bench SUITE --folder FOLDER makes one")
    print(reports.table(folder))
    print(f"open {reports.write(folder)}")


def check(env: names.EnvName) -> None:
    """Check that an environment keeps its promises: determinism, spaces, seeding, vector = single, errors.

    Example: rewardlab check DeepSea-v0

    Args:
        env: any Gymnasium id.
    """
    from rewardlab.core.testing import check_env

    name = names.environment(env)
    check_env(name)
    print(f"{name} keeps every law that was checked")
