"""A seeded search for hyper-parameters, written as an entry of the zoo with how it was found.

    python -m rewardlab.benchmarks.tune ppo rewardlab/MiniGrid-DoorKey-5x5-v0 [--trials 20] [--steps 100000] [--seed 0]

The tree-structured Parzen estimator proposes, and the median rule ends what falls behind. Every algorithm has the same
budget, as many trials of as many steps. One seed flatters: the best few are trained again with other seeds, the best of
these is chosen, and it is judged by seeds that the search has not seen.

Source: Akiba, Sano, Yanase, Ohta, Koyama, "Optuna: A Next-generation Hyperparameter Optimization Framework", KDD 2019.
"""

import importlib
import math
import re
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import gymnasium as gym
import tyro
import yaml
from stable_baselines3.common.callbacks import BaseCallback

from rewardlab.agents import deep
from rewardlab.benchmarks import zoo
from rewardlab.benchmarks.tune_spaces import SPACES, proposed
from rewardlab.benchmarks.words import show
from rewardlab.core.agent import as_vector_env
from rewardlab.core.errors import BadOption, UnknownName, nearest
from rewardlab.core.store import write_atomic

FRESH = 1000
"""From the seed of the search to those with which its best is trained again."""


@dataclass(frozen=True)
class Tune:
    """Search for hyper-parameters.

    Args:
        algorithm: ppo, dqn or sac.
        env: an id.
        trials: sets of hyper-parameters that are tried.
        steps: transitions of each, over all rows.
        budget: transitions of a training by the entry that is written; as many as of a trial if not given.
        rows: environments.
        finalists: the best trials, which are trained again before one is chosen.
        fresh: seeds of each finalist; as many others judge the choice.
        seed: of the search and of every training in it.
        env_kwargs: of the environment, e.g. --env-kwargs observation flat.
        out: folder of the YAML files; by default the one of this package.

    Raises:
        BadOption: for a number below 1.
        UnknownName: for an algorithm without a space, or an unknown id.
    """

    algorithm: Annotated[str, tyro.conf.Positional]
    env: Annotated[str, tyro.conf.Positional]
    trials: int = 20
    steps: int = 100_000
    budget: int | None = None
    rows: int = 64
    finalists: int = 4
    fresh: int = 3
    seed: int = 0
    env_kwargs: dict[str, str] = field(default_factory=dict)
    out: Path = zoo.FOLDER

    def __post_init__(self) -> None:
        for name in ("trials", "steps", "budget", "rows", "finalists", "fresh"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise BadOption(f"{name}={value!r}", where="tune", expected="at least 1")
        if self.algorithm not in SPACES:
            raise UnknownName(f"no space for {self.algorithm!r}", where="tune", mend=nearest(self.algorithm, SPACES))
        if self.env not in gym.registry:
            raise UnknownName(f"no environment {self.env!r}", where="tune", mend=nearest(self.env, gym.registry))


class Reports(BaseCallback):
    """Tells the mean return of the last episodes ten times; ends training where it is told to."""

    def __init__(self, steps: int, told: Callable[[int, float], bool]) -> None:
        super().__init__()
        self.due = [steps * k // 10 for k in range(1, 11)]
        self.told = told
        self.values: list[float] = []
        self.ended = False

    def _on_step(self) -> bool:
        while self.due and self.num_timesteps >= self.due[0]:
            self.due.pop(0)
            records = [r["r"] for r in self.model.ep_info_buffer or ()]
            self.values.append(statistics.fmean(records) if records else -math.inf)
            self.ended = self.ended or self.told(len(self.values), self.values[-1])
        return not self.ended


def score(
    options: Tune, arguments: Mapping[str, Any], seed: int, told: Callable[[int, float], bool] = lambda k, value: False
) -> float:
    """The mean return over the second half of training: high for what learns soon and stays.

    Args:
        options: of the search.
        arguments: of the constructor.
        seed: of the agent and the environments.
        told: (report 1 .. 10, mean return of the last episodes) -> whether to end here.
    """
    rows = _made(options)
    model = getattr(deep, options.algorithm.upper())(
        _policy(rows), rows, seed=seed * 1_000_000, device="cpu", **arguments
    )
    reports = Reports(options.steps, told)
    model.learn(options.steps, callback=reports)
    rows.close()
    late = [v for v in reports.values[len(reports.values) // 2 :] if math.isfinite(v)]
    return statistics.fmean(late) if late else -math.inf


def search(options: Tune, show: Callable[[str], Any] = lambda text: None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The chosen arguments, and what is known of the search.

    Returns:
        Arguments of the constructor; and "trials", "pruned", "finalists", "best" (the chosen one's mean return with the
        seeds of the finalists) and "again" (its returns with seeds that nobody has seen).

    Raises:
        BadOption: without Optuna.
    """
    optuna = optuna_module()

    def objective(trial: Any) -> float:
        def told(k: int, value: float) -> bool:
            trial.report(value, k)
            return bool(trial.should_prune())

        value = score(options, proposed(trial, options.algorithm), options.seed, told)
        if trial.should_prune():
            raise optuna.TrialPruned
        show(f"trial {trial.number}: {value:.3f}")
        return value

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=options.seed, n_startup_trials=max(1, options.trials // 3)),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=max(1, options.trials // 4), n_warmup_steps=3),
    )
    study.optimize(objective, n_trials=options.trials)
    done = [t for t in study.trials if t.state is optuna.trial.TrialState.COMPLETE]
    done.sort(key=lambda t: (-float(t.value), t.number))
    final = [proposed(optuna.trial.FixedTrial(t.params), options.algorithm) for t in done[: options.finalists]]

    def judged(arguments: Mapping[str, Any], first: int) -> list[float]:
        return [score(options, arguments, options.seed + first + k) for k in range(options.fresh)]

    means = []
    for k, arguments in enumerate(final):
        means.append(statistics.fmean(judged(arguments, FRESH)))
        show(f"finalist {k}: {means[-1]:.3f}")
    chosen = final[means.index(max(means))]
    known = {"trials": options.trials, "pruned": len(study.trials) - len(done), "finalists": len(final)}
    return chosen, {**known, "best": max(means), "again": judged(chosen, 2 * FRESH)}


def entry(options: Tune, best: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of the zoo."""
    again = ", ".join(f"{x:.3g}" for x in known["again"])
    text = (
        f"by rewardlab.benchmarks.tune, {known['trials']} trials of {options.steps} steps with seed {options.seed} "
        f"({known['pruned']} ended early), the best {known['finalists']} trained again with {options.fresh} more; mean "
        f"return over the second half of training {known['best']:.3g}, with seeds that the search had not seen {again}"
    )
    first: dict[str, Any] = {"n_envs": options.rows, "n_timesteps": options.budget or options.steps}
    if options.env_kwargs:
        first["env_kwargs"] = dict(options.env_kwargs)
    rows = _made(options)
    policy = _policy(rows)
    rows.close()
    return {**first, "policy": policy, **best, "found": text}


def write(path: Path, env_id: str, content: Mapping[str, Any]) -> None:
    """Put an entry into a file of the zoo, in the place of an older one; the other lines stay as they are.

    Raises:
        BadOption: if the file would be no YAML of entries any more, as where others refer to the older entry.
    """
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    block = yaml.safe_dump({env_id: dict(content)}, sort_keys=False, width=110, default_flow_style=None)
    held = re.compile(rf"^{re.escape(env_id)}:.*\n(?:(?:[ \t].*)?\n)*?(?=\S|\Z)", re.MULTILINE)
    new = held.sub(lambda _: block + "\n", old, count=1) if held.search(old) else old.rstrip() + "\n\n" + block
    new = new.strip() + "\n"
    try:
        found = yaml.safe_load(new)
        lost = set(yaml.safe_load(old) or {}) - set(found)
    except yaml.YAMLError as e:
        raise BadOption(f"{path.name} would break: {e}", where="tune", mend="write entries out in full") from None
    if lost or found[env_id] != dict(content):
        raise BadOption(f"{path.name} would lose {sorted(lost)}", where="tune", mend="one entry after the other")
    write_atomic(path, new)


def optuna_module() -> Any:
    """Optuna.

    Raises:
        BadOption: where it is not installed.
    """
    try:
        return importlib.import_module("optuna")
    except ImportError:
        raise BadOption(
            "Optuna is not installed", where="tune", expected="the extra tune", mend="pip install 'rewardlab[tune]'"
        ) from None


def _made(options: Tune) -> Any:
    if not options.env_kwargs:
        return as_vector_env(options.env, num_envs=options.rows)
    keywords: dict[str, Any] = dict(options.env_kwargs)
    return gym.make_vec(options.env, num_envs=options.rows, **keywords)


def _policy(rows: Any) -> str:
    mapping = isinstance(rows.single_observation_space, gym.spaces.Dict)
    return "MultiInputPolicy" if mapping else "MlpPolicy"


def main(options: Tune) -> int:
    """Search, show and write."""
    import torch

    torch.set_num_threads(1)
    more = (options.finalists + 1) * options.fresh
    total = (options.trials + more) * options.steps
    show(f"at most {total} transitions in {options.trials} trials and {more} trainings more")
    best, known = search(options, show)
    content = entry(options, best, known)
    write(options.out / f"{options.algorithm}.yml", options.env, content)
    show(yaml.safe_dump({options.env: content}, sort_keys=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(tyro.cli(Tune)))
