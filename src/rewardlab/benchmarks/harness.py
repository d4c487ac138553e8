"""Run the cases of a suite on local processes, so that no finished run is ever lost.

Every finished run is written at once into `results.sqlite` in the run folder. The same command goes on where a stopped
or killed one was; the final table is the same as without the stop.
"""

import importlib
import inspect
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
from tqdm import tqdm

from rewardlab.benchmarks import suites
from rewardlab.benchmarks.case import Case, bound, innermost
from rewardlab.benchmarks.pool import Outcome, Pool
from rewardlab.benchmarks.results import FILE
from rewardlab.core.errors import BadOption, BadStore, UnknownName, nearest
from rewardlab.core.store import Store, write_atomic

ROOM = 64 << 20  # bytes that must stay free on the disk
_BEAT = 10.0  # seconds between signs of life

Train = Callable[[Case, int, Path], dict[str, Any]]


def run(
    suite: str | Sequence[Case],
    folder: str | Path | None = None,
    *,
    jobs: int | None = None,
    timeout: float = 3600.0,
    progress: bool = True,
    retry: bool = False,
    train: Train | None = None,
    only: Callable[[Case], bool] = lambda case: True,
) -> Path:
    """Run every case with every seed; what the folder already holds is not run again.

    A run that raises, dies or hangs is tried three times and then put in quarantine with its log; the others go on.
    Scripts call this under `if __name__ == "__main__":`, since workers import the script.

    Args:
        suite: the name of a suite, or cases of your own.
        folder: where results go; runs/<suite> if not given.
        jobs: worker processes; one per core if not given.
        timeout: seconds that one run may take.
        progress: show a bar.
        retry: run quarantined ones again.
        train: (case, seed, folder) -> record: a function of a module; the suite's own, or `benchmarks.train.train_one`.
        only: which of the cases are asked for now; the others wait, and what the folder holds of them stays.

    Returns:
        The folder.

    Raises:
        UnknownName: for a suite or environment that does not exist.
        BadOption: for cases that occur twice, or a bad number.
        BadStore: if the folder belongs to something else, cannot be written, or the disk is full; nothing is lost.
        KeyboardInterrupt: on Ctrl-C, with a sentence that says what is kept.
    """
    name, cases, about = _resolved(suite)
    if train is None and isinstance(suite, str):
        train = suites.load(suite).train
    place = Path(folder) if folder is not None else Path("runs") / name
    runs = _preflight(cases, jobs, timeout)
    needs_room(place)
    with Store(place / FILE) as store:
        _same_suite(store, place, about, runs)
        store.describe(about)
        asked = {key: run for key, run in runs.items() if only(run[0])}
        store.add({key: case.spec(seed) for key, (case, seed) in asked.items()})
        if retry:
            store.pardon()
        # A file that tells people, and version control, what the folder is.
        write_atomic(place / "README.txt", _readme(name, about["command"]))
        _drive(store, asked, place, train, jobs or os.cpu_count() or 1, timeout, progress)
    return place


def _drive(
    store: Store,
    runs: dict[str, tuple[Case, int]],
    place: Path,
    train: Train | None,
    jobs: int,
    timeout: float,
    progress: bool,
) -> None:
    """Claim, hand out, collect, until nothing is left or another driver holds the rest and finishes it."""
    if train is None:
        from rewardlab.benchmarks.train import train_one

        train = train_one
    store.requeue()
    count = store.count(runs)
    left = count["waiting"] + count["running"]
    pool = Pool(train, jobs=min(jobs, max(1, left)), logs=place / "logs", timeout=timeout)
    beaten = time.monotonic()
    total = sum(count.values())
    bar = tqdm(
        total=total, initial=count["done"], desc=place.name, unit="run", disable=not progress, file=sys.stderr,
        smoothing=0.1, dynamic_ncols=True,
    )  # fmt: skip
    try:
        with bar:
            while left:
                while pool.idle and (claimed := store.claim(runs)) is not None:
                    needs_room(place)
                    case, seed = runs[claimed[0]]
                    pool.give(claimed[0], (case, seed, place))
                _record(store, pool.wait(1.0))
                if not pool.busy:  # the rest is another driver's, as long as that one lives
                    time.sleep(0.2)
                if time.monotonic() - beaten > _BEAT or not pool.busy:
                    store.beat()
                    store.requeue()
                    beaten = time.monotonic()
                count = store.count(runs)
                left = count["waiting"] + count["running"]
                bar.update(count["done"] - bar.n)
                if count["quarantined"]:
                    bar.set_postfix_str(f"{count['quarantined']} in quarantine", refresh=False)
    except KeyboardInterrupt:
        pool.close()
        store.release()
        done = store.count(runs)["done"]
        raise KeyboardInterrupt(
            f"stopped: {done} of {total} runs are finished and kept in {place}; the same command goes on"
        ) from None
    except BaseException:
        pool.close()
        store.release()
        raise
    pool.close()


def _record(store: Store, outcomes: list[Outcome]) -> None:
    """Write what has ended.

    Raises:
        BadStore: after all is written, if a worker found the disk full or read-only.
    """
    for outcome in outcomes:
        if outcome.text is not None:
            store.finish(outcome.key, json.loads(outcome.text))
        elif not outcome.blocked:
            store.fail(outcome.key, outcome.log)
    for outcome in outcomes:
        if outcome.blocked:
            raise BadStore(f"a run could not write: {outcome.blocked}", where=str(store.path.parent))


def needs_room(place: Path) -> None:
    """Raises BadStore if the disk has too little room to go on safely."""
    existing = next(p for p in [place.absolute(), *place.absolute().parents] if p.exists())
    free = shutil.disk_usage(existing).free
    if free < ROOM:
        raise BadStore(
            f"only {free >> 20} MB are free on this disk",
            where=str(place),
            expected=f"at least {ROOM >> 20} MB; what is finished is kept",
            mend="free some space and run the same command again",
        )


def _resolved(suite: str | Sequence[Case]) -> tuple[str, tuple[Case, ...], dict[str, Any]]:
    """Name, cases, and what the store shall say of them."""
    from rewardlab import __version__

    if isinstance(suite, str):
        loaded = suites.load(suite)
        name, cases, metric, tags, text = loaded.name, loaded.cases, loaded.metric, loaded.tags, loaded.text
    else:
        name, cases, metric, tags, text = "own", tuple(suite), "score", (), ""
    command = f"rewardlab bench {name}" if isinstance(suite, str) else ""
    methods: dict[str, list[str]] = {}
    agents: dict[str, list[str]] = {}
    knows: dict[str, dict[str, list[str]]] = {}  # method -> environment -> what the functions bound to it say
    for case in cases:
        for table, key, factory in ((methods, case.method, case.reward), (agents, case.agent_name, case.agent)):
            doc = inspect.getdoc(innermost(factory)) or ""
            if doc not in table.setdefault(key, []):
                table[key].append(doc)
        knows.setdefault(case.method, {})[case.env] = [inspect.getdoc(f) or "" for f in bound(case.reward)]
    return name, cases, {
        "suite": name, "metric": metric, "tags": list(tags), "text": text, "version": __version__, "command": command,
        "methods": methods, "agents": agents, "knows": knows,
    }  # fmt: skip


def _preflight(cases: Sequence[Case], jobs: int | None, timeout: float) -> dict[str, tuple[Case, int]]:
    """key -> (case, seed), in order; finds mistakes before anything starts."""
    if not cases:
        raise BadOption("no cases", where="benchmark", expected="at least one Case")
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        raise BadOption(f"jobs={jobs!r}", where="benchmark", expected="an integer of at least 1", mend="jobs=2")
    if not timeout > 0:
        raise BadOption(f"timeout={timeout!r}", where="benchmark", expected="seconds above 0")
    runs: dict[str, tuple[Case, int]] = {}
    cells: set[tuple[str, str, int]] = set()
    settings: dict[str, dict[str, Any]] = {}  # of each environment: a column of the table must be one task
    for case in cases:
        if ":" in case.env:
            importlib.import_module(case.env.partition(":")[0])
        if case.env.partition(":")[2] not in gym.registry and case.env not in gym.registry:
            raise UnknownName(f"no environment {case.env!r}", where=case.name, mend=nearest(case.env, gym.registry))
        if settings.setdefault(case.env, dict(case.env_kwargs)) != dict(case.env_kwargs):
            raise BadOption(
                f"{case.env!r} stands there with {settings[case.env]} and with {dict(case.env_kwargs)}",
                where="benchmark",
                expected="the same env_kwargs for an id: its runs share a column of the table",
                mend="gym.register an id of its own for each",
            )
        for seed in case.seeds:
            cell = (case.env, case.method, seed)
            if cell in cells:
                raise BadOption(
                    f"seed {seed} of {case.method!r} on {case.env!r} stands there twice",
                    where="benchmark",
                    expected="one case for each environment and method",
                    mend="give the second one another method name",
                )
            cells.add(cell)
            runs[case.key(seed)] = (case, seed)
    return runs


def _same_suite(store: Store, place: Path, about: dict[str, Any], runs: dict[str, tuple[Case, int]]) -> None:
    """Raises BadStore if the folder holds runs of another suite, version or other cases."""
    held = store.about()
    for key in ("suite", "version"):
        if held and held[key] != about[key]:
            raise BadStore(
                f"this folder holds runs of {key} {held[key]!r}",
                where=str(place),
                expected=f"{key} {about[key]!r}, or a new folder",
                mend="choose another folder, or move this one away",
            )
    foreign = [job.spec for key, job in store.jobs().items() if key not in runs]
    if foreign:
        spec = foreign[0]
        raise BadStore(
            f"{len(foreign)} runs here are of cases that have changed since, "
            f"e.g. {spec['method']!r} on {spec['env']!r} with seed {spec['seed']}",
            where=str(place),
            expected="the cases that were asked for, or a part of them",
            mend="choose another folder, or move this one away",
        )


def _readme(name: str, command: str) -> str:
    return (
        f"Results of the rewardlab benchmark {name!r}.\n\n"
        f"{FILE}: every finished run (SQLite). logs/: what failed runs printed. tensorboard/: learning curves.\n"
        + (f"Go on with: {command}\n" if command else "")
    )
