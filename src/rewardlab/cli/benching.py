"""`rewardlab bench`, `report` and `check`: suites, their tables and pages, and the laws of environments."""

from pathlib import Path
from typing import Annotated

import tyro

from rewardlab.cli import names
from rewardlab.core.errors import BadStore, FaultyEnvironment, UnknownName, nearest

SuiteName = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SUITE")]
Folder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FOLDER")]


def bench(
    suite: SuiteName,
    *,
    only: tuple[str, ...] = (),
    folder: Path | None = None,
    jobs: int | None = None,
    retry: bool = False,
) -> None:
    """Run a suite of benchmarks, print its table and write its page. A stopped run goes on where it was.

    Example: rewardlab bench quickstart --jobs 2

    Args:
        suite: its name; `rewardlab list --kind suites` shows all.
        only: environments or methods to run now, without namespace and version; the rest may be run later.
        folder: where results go; runs/SUITE if not given.
        jobs: processes at once; one per core if not given.
        retry: run again what had failed three times.
    """
    from rewardlab.benchmarks import harness, suites
    from rewardlab.benchmarks.results import short

    name = names.suite(suite)
    if only:
        known = {x for case in suites.load(name).cases for x in (short(case.env), case.method)}
        for word in only:
            if word not in known:
                raise UnknownName(f"{word!r} is nothing of this suite", where=name, mend=nearest(word, known))
    place = folder or Path("runs") / name
    asked = set(only)
    wanted = (lambda case: bool({short(case.env), case.method} & asked)) if only else (lambda case: True)
    report(harness.run(name, place, jobs=jobs, retry=retry, only=wanted))


def report(folder: Folder) -> None:
    """Print the table of a finished or stopped run and write its page anew.

    Example: rewardlab report runs/quickstart

    Args:
        folder: what `rewardlab bench` wrote.
    """
    import importlib

    from rewardlab.benchmarks import suites
    from rewardlab.benchmarks.results import FILE, load

    if not (folder / FILE).exists():
        runs = [str(p.parent) for p in Path("runs").glob(f"*/{FILE}")]
        raise BadStore(
            "no results here",
            where=str(folder),
            expected="the folder of a run",
            mend=nearest(str(folder), runs) if runs else "rewardlab bench quickstart writes runs/quickstart",
        )
    name = str(load(folder).about["suite"])
    known = suites.load(name).report if name in suites.names() else suites.Suite.report
    reports = importlib.import_module(known)
    print(reports.table(folder))
    print(f"open {reports.write(folder)}")


def check(env: names.EnvName, *, strict: bool = True, steps: int = 300, seed: int = 0) -> None:
    """Check that an environment keeps its promises: determinism, spaces, seeds, copies, refusals, vector = single.

    Example: rewardlab check DeepSea-v0

    Args:
        env: any Gymnasium id; MODULE:ID imports MODULE.py first, which registers an environment of your own.
        strict: also the laws that Gymnasium does not ask for.
        steps: how long each run is.
        seed: of environment and actions.
    """
    import gymnasium as gym

    from rewardlab.core.testing import check_env, check_vector_env

    name = names.environment(env)
    reports = [check_env(name, strict=strict, steps=steps, seed=seed, collect=True)]
    if gym.spec(name).vector_entry_point == "rewardlab.envs.world:WorldVectorEnv":  # others take other keywords
        reports.append(check_vector_env(name, collect=True))
    for found in reports:
        print(found)
    broken = sum(len(found.findings) for found in reports)
    if broken:
        raise FaultyEnvironment(
            "1 law is broken" if broken == 1 else f"{broken} laws are broken",
            where=name,
            mend="the lines above say which, and what to do about each",
        )
