"""The audit: the linter of reward design.

    regret = (J*(R) − J(π)) / (J*(R) − J_min(R)),    π optimal for what is paid, R the true reward

For an environment and a reward pipeline: how large, bounded and sparse the pay is and which part has how much of it,
under random, trained and expert behaviour; whether the optimal policy is kept; which loops an agent could farm; how far
the reward is from the true one; how much is lost by who maximises it. Exact where the environment exports its table,
from play elsewhere. The verdict is in plain words, with a heat map and JSON.

Source: Ng, Harada, Russell, "Policy Invariance Under Reward Transformations: Theory and Application to Reward Shaping",
ICML 1999 (what keeps the optimum); Randløv, Alstrøm, "Learning to Drive a Bicycle Using Reinforcement Learning and
Shaping", ICML 1998 (loops that pay); Skalse, Farnik, Motwani, Jenner, Gleave, Abate, "STARC: A General Framework For
Quantifying Differences Between Reward Functions", ICLR 2024 (the distance and the regret).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.core.agent import as_vector_env
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward, Task
from rewardlab.core.store import write_atomic
from rewardlab.core.tabulate import reachable
from rewardlab.rewards.drivers.kernel import check_reward
from rewardlab.rewards.metrics.auditing import exact as exactly
from rewardlab.rewards.metrics.auditing import picture, sampled
from rewardlab.rewards.metrics.auditing.behaviour import Behaviour
from rewardlab.rewards.metrics.auditing.distances import between, tabulated
from rewardlab.rewards.metrics.auditing.findings import Finding, sorted_by_grade
from rewardlab.rewards.metrics.auditing.model import Model, model_of
from rewardlab.rewards.metrics.auditing.policies import Policy, as_table, graded
from rewardlab.rewards.metrics.rank_correlation import rank_correlation, rank_correlation_of

_TASK = Task().name


@dataclass(frozen=True)
class Audit:
    """What the audit of a reward found, in numbers and in words.

    Attributes:
        env: the environment, in words.
        reward: the expression.
        gamma: the agent's discount.
        exact: whether the table was solved; else everything is from play.
        why: why it is not exact, "" if it is.
        behaviours: what is paid under each policy.
        findings: the gravest first.
        distances: "starc" to the true reward, in 0..1, and "epic" where the reward pays for any transition that one can
            think of; empty without a table.
        regret: (least, largest) normalised true regret of policies that are best for the reward; None without a table.
        ranking: Kendall's τ of the returns, paid and true, of 20 mixtures from random to truly optimal play; of the
            given policies where there is no table; None if they are fewer than two.
        maps: name -> [height, width] what the heat map shows.
        marks: [height, width] bool, states in which the reward's best actions are wrong.
    """

    env: str
    reward: str
    gamma: float
    exact: bool
    why: str
    behaviours: tuple[Behaviour, ...]
    findings: tuple[Finding, ...]
    distances: Mapping[str, float]
    regret: tuple[float, float] | None
    ranking: float | None
    maps: Mapping[str, np.ndarray] = field(repr=False)
    marks: np.ndarray | None = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether no fault was found."""
        return not any(f.grade == "fault" for f in self.findings)

    def has(self, name: str) -> bool:
        """Whether there is a fault or a warning of this name."""
        return any(f.name == name and f.grade in ("fault", "warning") for f in self.findings)

    def __str__(self) -> str:
        from rewardlab.rewards.metrics.auditing.words import text

        return text(self)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values, without the maps."""
        return {
            "env": self.env,
            "reward": self.reward,
            "gamma": self.gamma,
            "exact": self.exact,
            "why": self.why,
            "passed": self.passed,
            "behaviours": [b.to_json() for b in self.behaviours],
            "findings": [f.to_json() for f in self.findings],
            "distances": dict(self.distances),
            "regret": None if self.regret is None else list(self.regret),
            "ranking": self.ranking,
        }

    def save(self, folder: str | Path) -> Path:
        """Write `audit.json`, `audit.txt` and the heat map `audit.png`.

        Returns:
            The folder.

        Raises:
            BadStore: if it cannot be written.
        """
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        write_atomic(place / "audit.json", json.dumps(self.to_json(), indent=1, default=float) + "\n")
        write_atomic(place / "audit.txt", f"{self}\n")
        if self.maps:
            picture.draw(dict(self.maps), self.marks, place / "audit.png", title=f"{self.env}: {self.reward}"[:150])
        return place


def audit(
    env: Any,
    reward: Reward,
    *,
    policies: Mapping[str, Policy | np.ndarray] | None = None,
    gamma: float = 0.99,
    exact: bool = True,
    steps: int = 512,
    seed: int = 0,
) -> Audit:
    """Audit a reward in an environment.

    Args:
        env: an id, a `gym.Env`, a `VectorEnv`, or a `TabularMDP`.
        reward: the whole pipeline, as it stands: it does not learn here.
        policies: name -> trained or expert behaviour: a function of observations [N, *obs] to actions [N]; where the
            environment exports a table also actions [S] or probabilities [S, A].
        gamma: the agent's discount, in [0, 1].
        exact: whether to solve the table where there is one.
        steps: of every row and policy in play.
        seed: of everything that is played.

    Raises:
        BadOption: for what is no reward, a gamma outside [0, 1], or a policy of another form.
        BadReward: if the reward pays NaN or infinity, naming the part and the transition.
        MissingColumn: for an info column that the environment does not give.
    """
    check_reward(reward, "audit")
    if isinstance(gamma, bool) or not 0.0 <= gamma <= 1.0:
        raise BadOption(f"gamma={gamma!r}", where="audit", expected="a number in [0, 1]", mend="gamma=0.99")
    given = dict(policies or {})
    envs = None if isinstance(env, TabularMDP) else as_vector_env(env, num_envs=64 if isinstance(env, str) else None)
    name = env if isinstance(env, str) else _named(env)
    model: Model | str = "it was not asked for"
    if exact:
        model = model_of(env if isinstance(env, (TabularMDP, gym.Env)) else envs, gamma=gamma)
    if isinstance(model, str):
        if envs is None:
            raise BadOption(
                "a TabularMDP with exact=False", where="audit", expected="an environment that can be played"
            )
        return _played(envs, name, reward, given, gamma=gamma, why=model, steps=steps, seed=seed)
    table = tabulated(model, reward, envs, seed)
    if isinstance(table, str):
        assert envs is not None
        return _played(envs, name, reward, given, gamma=gamma, why=table, steps=steps, seed=seed)
    truth = table.task.with_reward(model.truth[table.base])
    tables = {k: as_table(p, model.mdp, model.obs, name=k)[table.base] for k, p in given.items()}
    found = exactly.study(table, truth, tables, proxy=not np.allclose(truth.R, table.task.R))
    maps, marks = _maps(found, model.mdp.num_states, picture.places_of(env if isinstance(env, gym.Env) else envs))
    return Audit(
        env=name,
        reward=repr(reward),
        gamma=gamma,
        exact=True,
        why="",
        behaviours=found.behaviours,
        findings=tuple(sorted_by_grade([*exactly.findings(found, task=_TASK), *_about(model)])),
        distances=between(model, table, reward),
        regret=found.regret,
        ranking=rank_correlation(truth, truth.R, table.mdp.R, policies=graded(truth)).kendall,
        maps=maps,
        marks=marks,
    )


def _about(model: Model) -> list[Finding]:
    return [Finding("table", "note", model.about)] if model.about else []


def _maps(found: exactly.Exact, states: int, places: np.ndarray | None) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What the heat map shows, and where a wrong action is among the best."""
    table, truth = found.table, found.truth
    seen = np.where(reachable(table.mdp) & ~table.mdp.terminal, 1.0, np.nan)
    best = table.mdp.R.argmax(1)[:, None]
    panels = {
        "truly right: the best action": truth.R.max(1),
        "paid: the best action": table.mdp.R.max(1),
        "paid beyond the truth, there": np.take_along_axis(table.mdp.R - truth.R, best, 1)[:, 0],
    }
    maps = {k: picture.on_map(_by_state(table.base, v * seen, states), places) for k, v in panels.items()}
    wrong = np.bincount(table.base, found.wrong.any(1), states) > 0
    return maps, picture.on_map(wrong.astype(float), places) > 0


def _by_state(base: np.ndarray, values: np.ndarray, states: int) -> np.ndarray:
    ok = np.isfinite(values)
    return picture.mean_by(base[ok], values[ok], states)


def _played(
    envs: VectorEnv,
    name: str,
    reward: Reward,
    policies: Mapping[str, Policy | np.ndarray],
    *,
    gamma: float,
    why: str,
    steps: int,
    seed: int,
) -> Audit:
    """The audit from play alone."""
    played = {}
    for key, policy in {"random": None, **policies}.items():
        if policy is not None and not callable(policy):
            raise BadOption(
                f"policy {key!r} is {type(policy).__name__}", where="audit", expected="a function of observations"
            )
        played[key] = sampled.play(envs, reward, key, policy, steps=steps, gamma=gamma, seed=seed)
    by = [p.behaviour for p in played.values()]
    features = np.concatenate([p.features.reshape(-1, p.features.shape[-1]) for p in played.values()])
    pay, task = (np.concatenate([array(getattr(p, k)).ravel() for p in played.values()]) for k in ("pay", "task"))
    maps = {}
    if features.shape[1]:
        panels = {"the task pays": task, "is paid": pay, "paid beyond the task": pay - task}
        maps = {k: picture.by_features(features, v) for k, v in panels.items()}
    return Audit(
        env=name,
        reward=repr(reward),
        gamma=gamma,
        exact=False,
        why=why,
        behaviours=tuple(by),
        findings=tuple(sorted_by_grade(sampled.findings(played, gamma=gamma, task=_TASK))),
        distances={},
        regret=None,
        ranking=rank_correlation_of([b.true for b in by], [b.paid for b in by]).kendall if len(by) > 1 else None,
        maps=maps,
        marks=None,
    )


def _named(env: Any) -> str:
    spec = getattr(env, "spec", None)
    return str(spec.id) if spec is not None else repr(env) if isinstance(env, TabularMDP) else type(env).__name__
