"""A seeded search for both sides of a task of the exploration suite: the same trials, the same space, the same frames.

    python -m rewardlab.benchmarks.tune_exploration KeyCorridorS3R3 [--trials 6] [--frames 300000] [--seed 0]

PPO with the bonus and PPO without it are trained alike often; the bonus has its weight to find too, in no more trials.
The first trial of a side is what the file holds, so that nobody loses by the search. What is found goes into
`suites/exploration.yml`, and the suite judges it with seeds that the search has not seen.

Source: Akiba, Sano, Yanase, Ohta, Koyama, "Optuna: A Next-generation Hyperparameter Optimization Framework", KDD 2019.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import tyro
import yaml

from rewardlab.benchmarks.suites import exploration
from rewardlab.benchmarks.suites.exploration import BONUS, PLAIN
from rewardlab.benchmarks.train import train_one
from rewardlab.benchmarks.tune import FRESH, optuna_module, write
from rewardlab.benchmarks.tune_spaces import BONUS as WEIGHT
from rewardlab.benchmarks.tune_spaces import EXPLORING, suggested
from rewardlab.benchmarks.words import show
from rewardlab.core.errors import BadOption, UnknownName, nearest

FILE = Path(exploration.__file__).with_suffix(".yml")
SPACES: Mapping[str, Mapping[str, Any]] = {BONUS: {**EXPLORING, **WEIGHT}, PLAIN: EXPLORING}
"""Side -> what is tried."""
EVALUATIONS = 10
RATE = 13_000
"""About how many frames a second of CPU time PPO takes in these tasks, for the cost that is printed before."""


@dataclass(frozen=True)
class TuneExploration:
    """Search for the settings of both sides of a task.

    Args:
        task: MultiRoom-N6, KeyCorridorS3R3 or ObstructedMaze-1Dlhb.
        trials: sets of settings that are tried, of each side.
        frames: transitions of each, over all rows.
        seed: of the search and of every training in it.
        out: YAML file; by default the one of the suite.

    Raises:
        BadOption: for a number below 1, or a seed above 3000.
        UnknownName: for another task.
    """

    task: Annotated[str, tyro.conf.Positional]
    trials: int = 6
    frames: int = 300_000
    seed: int = 0
    out: Path = FILE

    def __post_init__(self) -> None:
        for name in ("trials", "frames"):
            if (value := getattr(self, name)) < 1:
                raise BadOption(f"{name}={value!r}", where="tune_exploration", expected="at least 1")
        if not 0 <= self.seed <= 3 * FRESH:
            raise BadOption(f"seed={self.seed!r}", where="tune_exploration", expected=f"0..{3 * FRESH}")
        if self.task not in exploration.GRIDS:
            raise UnknownName(
                f"no task {self.task!r}", where="tune_exploration", mend=nearest(self.task, exploration.GRIDS)
            )

    @property
    def env(self) -> str:
        """The id of the task."""
        return f"rewardlab/MiniGrid-{self.task}-v0"


def score(options: TuneExploration, settings: Mapping[str, Any], side: str) -> tuple[float, float]:
    """The share of successes over the second half of training, and the seconds of CPU time that it took.

    Ten evaluations of a hundred new levels each, as the suite judges; high for what learns soon and stays.

    Args:
        options: of the search.
        settings: of the task, as the file holds them.
        side: "NovelD" or "none".
    """
    case = exploration.grid_case(options.task, bonus=side == BONUS, frames=options.frames, settings=settings)
    with tempfile.TemporaryDirectory() as folder:
        told = train_one(replace(case, evaluations=EVALUATIONS), FRESH + options.seed, Path(folder))
    late = [success for _, _, success in told["curve"][1 + EVALUATIONS // 2 :]]
    return statistics.fmean(late), told["cpu_seconds"]


def search(
    options: TuneExploration, settings: Mapping[str, Any], side: str, show: Callable[[str], Any] = lambda text: None
) -> tuple[dict[str, Any], list[float], float]:
    """The best of a side, the scores of its trials and their CPU seconds; of equal ones the earliest is best.

    Raises:
        BadOption: without Optuna.
    """
    optuna = optuna_module()
    space, spent = SPACES[side], 0.0

    def objective(trial: Any) -> float:
        nonlocal spent
        tried = suggested(trial, space)
        value, seconds = score(options, {**settings, side: tried}, side)
        spent += seconds
        show(f"{side}, trial {trial.number}: {value:.3f} by {tried} in {seconds:.0f} CPU s")
        return value

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=options.seed, n_startup_trials=max(1, options.trials // 2))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.enqueue_trial({k: settings[side][k] for k in space})
    study.optimize(objective, n_trials=options.trials)
    scores = [float(t.value) for t in study.trials]
    best = study.trials[scores.index(max(scores))]
    return suggested(optuna.trial.FixedTrial(best.params), space), scores, spent


def entry(
    options: TuneExploration,
    settings: Mapping[str, Any],
    found: Mapping[str, tuple[dict[str, Any], list[float], float]],
) -> dict[str, Any]:
    """The settings of a task with what was found for each side, and how."""
    told = "; ".join(
        f"{side} {', '.join(f'{x:.2f}' for x in scores)} in {spent:.0f} CPU s"
        for side, (_, scores, spent) in found.items()
    )
    text = (
        f"by rewardlab.benchmarks.tune_exploration, {options.trials} trials of {options.frames} frames on each side "
        f"with seed {options.seed}, the first as it stood here; share of successes over the second half of training by "
        f"trial: {told}"
    )
    return {**settings, **{side: best for side, (best, _, _) in found.items()}, "found": text}


def main(options: TuneExploration) -> int:
    """Search, show and write."""
    import torch

    torch.set_num_threads(1)
    total = len(SPACES) * options.trials * options.frames
    show(f"{total} frames in {options.trials} trials on each side, about {total / RATE / 60:.0f} minutes of CPU time")
    settings = yaml.safe_load(options.out.read_text(encoding="utf-8"))[options.env]
    found = {side: search(options, settings, side, show) for side in SPACES}
    content = entry(options, settings, found)
    write(options.out, options.env, content)
    show(yaml.safe_dump({options.env: content}, sort_keys=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(tyro.cli(TuneExploration)))
