"""Suites: one question each, as three constants CASES, METRIC, TAGS; and, where runs are no trainings, two more."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rewardlab.benchmarks.case import Case
from rewardlab.core.errors import BadOption, UnknownName, nearest

METRICS = ("score", "area", "success", "regret")


@dataclass(frozen=True)
class Suite:
    """A question, asked by cases.

    Attributes:
        name: the module's name.
        cases: what is run.
        metric: what the table shows of each run: "score" (normalised, after training), "area" (normalised, mean over
            the learning curve) or "success" (share of episodes, after training).
        tags: words to find it by.
        text: the docstring of its module.
        train: TRAIN, (case, seed, folder) -> record, where a run is not `benchmarks.train.train_one`.
        report: REPORT, the module whose `table(folder)` and `write(folder)` report on it.
    """

    name: str
    cases: tuple[Case, ...]
    metric: str
    tags: tuple[str, ...]
    text: str
    train: Callable[..., dict[str, Any]] | None = None
    report: str = "rewardlab.benchmarks.report"


def names() -> list[str]:
    """The suites there are."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__))


def load(name: str) -> Suite:
    """The suite called `name`; dashes may stand for underscores.

    Raises:
        UnknownName: with the nearest names.
        BadOption: for a suite that does not define CASES, METRIC and TAGS as it should.
    """
    module_name = name.replace("-", "_")
    if module_name not in names():
        raise UnknownName(f"no suite {name!r}", where="benchmarks", mend=nearest(module_name, names()))
    module = importlib.import_module(f"{__name__}.{module_name}")
    held = vars(module)
    missing = [k for k in ("CASES", "METRIC", "TAGS") if k not in held]
    if missing or held["METRIC"] not in METRICS or not all(isinstance(c, Case) for c in held["CASES"]):
        raise BadOption(
            f"{', '.join(missing)} missing" if missing else f"METRIC={held['METRIC']!r}",
            where=f"suite {name}",
            expected=f"CASES (of Case), METRIC (one of {METRICS}) and TAGS",
        )
    text = inspect.getdoc(module) or ""
    more = {key.lower(): held[key] for key in ("TRAIN", "REPORT") if key in held}
    return Suite(module_name, tuple(held["CASES"]), held["METRIC"], tuple(held["TAGS"]), text, **more)
