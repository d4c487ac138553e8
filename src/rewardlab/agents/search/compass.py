"""COMPASS: units that each plan in words, and follow skills of a growing library.

    perceive → merge messages → t = propose(situation) → k = argmax_{top(t)} UCB → a = f_k(table, self) → reflect

Every few steps each unit tells its situation from its own table of what it saw and heard; a proposer answers with a
sub-task; a skill is retrieved and followed; then the pay of these steps says how good it was. From time to time a
new one is written, and kept if it earns more than its parent. Messages go round in the environment; the newest news is
in the table. A language model can be the proposer; here a script is, and choice by upper confidence bounds stands for
the choice by a model.

Source: Li, Zhao, Pajarinen, "Cooperative Multi-Agent Planning with Adaptive Skill Synthesis", 2025, arXiv:2502.10148
(the loop and the library; bandit choice and weighted rules in place of a language model that writes code are ours).
"""

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.online import OnlineAgent
from rewardlab.agents.loops.rollout import Rollout, Step
from rewardlab.agents.loops.units import WAIT, Field, Table, read, sizes
from rewardlab.agents.search.library import Library, Record, shares
from rewardlab.agents.search.planner import Propose, scripted, situations, words
from rewardlab.agents.search.skills import BASIC, FEATURES, Skill, act
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class Compass(OnlineAgent):
    """Units with a shared library of skills, for battles as `agents.loops.units` describes them.

    Units of one row that have the same sub-task at the same time follow the same skill. `predict` plans anew at each
    call and keeps nothing between calls.

    Args:
        propose: situations in words -> sub-tasks in words, as many; not written to files.
        skills: to begin with; not written to files, the library is.
        side: cells of a side of the field.
        health, damage, reach: of melee and of ranged units.
        plan_every: steps for which a skill is followed, >= 1.
        top_k: skills retrieved for a sub-task, >= 1.
        ucb_c: weight c >= 0 of the confidence width (the default is ours).
        library_max: most skills, >= 1.
        adapt: whether to choose by what skills earned, write new ones and prune; else the most similar is followed.
        gamma: weight in [0, 1] of the pay of the next plan of the episode beside that of this one, and so on (ours).
        trials: uses after which a skill is judged; so many for each of `top_k` lie between new skills, >= 1 (ours).
        margin: standard errors >= 0 by which a new skill must earn more than its parent to stay (ours).
        floor: score below which a tried skill is pruned (ours).
        step: size > 0 of the steps by which new skills differ (ours).

    Attributes:
        library: the skills and what they earned.
        field: what is known of the rules.

    Raises:
        BadOption: for a number outside its range, or a proposer that does not answer each text with a text.
        BadSpace: for another kind of environment.
    """

    propose: InitVar[Propose] = scripted
    skills: InitVar[Sequence[Skill]] = BASIC
    side: int = 12
    health: Sequence[int] = (12, 8)
    damage: Sequence[int] = (3, 2)
    reach: Sequence[int] = (1, 3)
    plan_every: int = 4
    top_k: int = 3
    ucb_c: float = 0.3
    library_max: int = 20
    adapt: bool = True
    gamma: float = 0.5
    trials: int = 150
    margin: float = 1.0
    floor: float = -0.1
    step: float = 1.0

    observations: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Box,)
    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.MultiDiscrete,)

    def __post_init__(self, propose: Propose, skills: Sequence[Skill]) -> None:  # type: ignore[override]
        self._propose, self._given = propose, tuple(skills)
        super().__post_init__()

    def prepare(self) -> None:
        for name, good, expected in (
            ("plan_every", self.plan_every >= 1, "at least 1"),
            ("top_k", self.top_k >= 1, "at least 1"),
            ("ucb_c", 0 <= self.ucb_c < np.inf, "a finite number >= 0"),
            ("library_max", self.library_max >= 1, "at least 1"),
            ("gamma", 0 <= self.gamma <= 1, "a number in [0, 1]"),
            ("trials", self.trials >= 1, "at least 1"),
            ("margin", 0 <= self.margin < np.inf, "a finite number >= 0"),
            ("floor", np.isfinite(self.floor), "a finite number"),
            ("step", 0 < self.step < np.inf, "a positive number"),
            ("skills", 0 < len(self._given) <= self.library_max, f"1 to {self.library_max} of them"),
            ("propose", callable(self._propose), "a function of texts"),
        ):
            if not good:
                shown = self._given if name == "skills" else getattr(self, name, self._propose)
                raise BadOption(f"{name}={shown!r}", where="Compass", expected=expected)
        team, enemies = sizes(self.observation_space, self.action_space, where="Compass")
        pairs = (tuple(int(x) for x in pair) for pair in (self.health, self.damage, self.reach))
        self.field = Field(team, enemies, self.side, *pairs)  # type: ignore[arg-type]
        self.library = Library(dict(enumerate(self._given)))
        self._answers: dict[str, str] = {}  # a situation is asked about once
        self._new: dict[str, int] = {}  # sub-task -> the skill that is on trial for it
        self._since: dict[str, int] = {}  # sub-task -> its uses since that was written
        self._clear(0)

    # -- plan ----------------------------------------------------------------------------------------------------

    def tasks(self, table: Table) -> np.ndarray:
        """[B] the sub-tasks of B units, in words."""
        kinds, which = np.unique(situations(table, self.field), axis=0, return_inverse=True)
        texts = [words(kind) for kind in kinds]
        fresh = [text for text in texts if text not in self._answers]
        if fresh:
            told = list(self._propose(fresh))
            if len(told) != len(fresh) or not all(isinstance(t, str) for t in told):
                raise BadOption(
                    f"{len(told)} answers to {len(fresh)} situations", where="propose", expected="a text for each"
                )
            self._answers.update(zip(fresh, told, strict=True))
        return np.array([self._answers[text] for text in texts], dtype=object)[which.reshape(-1)]

    def candidates(self, task: str) -> list[int]:
        """The numbers of the `top_k` skills to choose from for a sub-task.

        Those that were written for it all say the same and come first, the one that earned most before the others, so
        that the old do not hide the better; then the most similar. One place is kept for the skill on trial.
        """
        library, child = self.library, self._new.get(task, -1)
        held = library.records.get(task, Record())
        own = [n for n, (told, _) in library.origin.items() if told == task and n != child]
        own.sort(key=lambda n: -held.mean.get(n, -np.inf))
        rest = [n for n in library.retrieve(task, len(library.skills)) if n not in own and n != child]
        on_trial = [child] if child in library.skills else []
        return (own + rest)[: self.top_k - len(on_trial)] + on_trial

    def plan(self, table: Table, rng: np.random.Generator | None) -> tuple[np.ndarray, np.ndarray]:
        """Sub-tasks [B] and the numbers [B] of the skills to follow, -1 for the dead; the best known without `rng`."""
        tasks = self.tasks(table)
        chosen = np.full(len(tasks), -1)
        for task in sorted(set(tasks[table.alive])):
            units = np.flatnonzero((tasks == task) & table.alive)
            rows, row = np.unique(units // self.field.team, return_inverse=True)
            numbers = self.candidates(task) if self.adapt else self.library.retrieve(task, 1)
            means, counts = self.library.evidence(task, numbers)
            if rng is None or len(numbers) == 1:
                pick = np.full(len(rows), _tried(means, counts, self.trials).argmax())
            else:
                pick = rng.permutation(shares(means, counts, self.ucb_c, len(rows)))
            chosen[units] = np.array(numbers)[pick[row]]
        return tasks, chosen

    def follow(self, table: Table, chosen: np.ndarray) -> np.ndarray:
        """The actions [B] of units that follow skills [B]."""
        return self._followed(table, self._weights_of(chosen))

    def _weights_of(self, chosen: np.ndarray) -> np.ndarray:
        """[B, 12] of skills [B]; of the dead, who chose none, 0."""
        none = (0.0,) * len(FEATURES)
        used, which = np.unique(chosen, return_inverse=True)
        return np.array([self.library.skills[k].weights if k >= 0 else none for k in used.tolist()])[which.reshape(-1)]

    def _followed(self, table: Table, weights: np.ndarray) -> np.ndarray:
        return np.where(table.alive, act(weights, table, self.field), WAIT)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        table = read(obs, self.field)
        return self.follow(table, self.plan(table, rng)[1]).reshape(len(obs), -1)

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        table = read(obs, self.field)
        return self.follow(table, self.plan(table, None)[1]).reshape(len(obs), -1)

    # -- act and learn -------------------------------------------------------------------------------------------

    def _clear(self, n: int) -> None:
        """No plans yet in n rows."""
        self._left = np.zeros(n, dtype=np.int64)  # [N] steps until the next plan
        self._earned = np.zeros(n)  # [N] pay since the last one
        self._skill = np.full((n, self.field.team), -1)
        self._weights = np.zeros((n, self.field.team, len(FEATURES)))  # a skill is followed to the end, dropped or not
        self._task = np.full((n, self.field.team), "", dtype=object)  # "" for none
        self._past: list[list[tuple[np.ndarray, np.ndarray, float]]] = [[] for _ in range(n)]  # plans of the episode

    def _act(self, rollout: Rollout) -> np.ndarray:
        if len(self._left) != len(rollout.obs):
            self._clear(len(rollout.obs))
        rows = np.flatnonzero((self._left == 0) & rollout.live)
        table = read(rollout.obs, self.field)
        if len(rows):
            part = read(rollout.obs[rows], self.field)
            tasks, chosen = self.plan(part, self._rng)
            self._task[rows] = np.where(part.alive, tasks, "").reshape(len(rows), -1)
            self._skill[rows] = chosen.reshape(len(rows), -1)
            self._weights[rows] = self._weights_of(chosen).reshape(len(rows), self.field.team, -1)
            self._left[rows], self._earned[rows] = self.plan_every, 0.0
        weights = self._weights.reshape(len(table.me), -1)
        return self._followed(table, weights).reshape(len(rollout.obs), -1) + self.first_action

    def absorb(self, step: Step) -> None:
        self._earned += np.where(step.live, step.reward, 0.0)
        self._left -= step.live
        done = step.live & step.done
        over = (step.live & (self._left <= 0)) | done
        self._left[over] = 0
        if not self.adapt:
            return
        for row in np.flatnonzero(over):
            self._past[row].append((self._task[row].copy(), self._skill[row].copy(), float(self._earned[row])))
        scores: dict[tuple[str, int], list[float]] = {}
        for row in np.flatnonzero(done):
            later = 0.0
            for tasks, skills, earned in reversed(self._past[row]):
                later = earned + self.gamma * later
                for task, number in sorted(set(zip(tasks, skills.tolist(), strict=True))):
                    scores.setdefault((task, number), []).append(later)
            self._past[row] = []
        for task, number in sorted(scores):
            if task:
                self.library.reflect(task, number, scores[task, number])
        for task in sorted({task for task, _ in scores if task}):
            self._revise(task, sum(len(x) for (told, _), x in scores.items() if told == task))

    def _revise(self, task: str, uses: int) -> None:
        """Judge the skill on trial for a sub-task and write the next one, whenever it was used often enough."""
        library, k = self.library, self.top_k
        self._since[task] = self._since.get(task, 0) + uses
        if self._since[task] < self.trials * k:
            return
        self._since[task] = 0
        child = self._new.pop(task, -1)
        if child in library.skills and not library.better(task, child, library.origin[child][1], self.margin):
            library.drop(child)
        on_trial = set(self._new.values())
        library.prune(floor=self.floor, trials=self.trials, most=self.library_max - 1, spare=on_trial)
        numbers = self.candidates(task)
        means, counts = library.evidence(task, numbers)
        parent = numbers[int(_tried(means, counts, self.trials).argmax())]
        self._new[task] = library.write(task, parent, self._rng, size=self.step)

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        self._clear(0)  # plans were for the battles before

    # -- files ---------------------------------------------------------------------------------------------------

    @property
    def knowledge(self) -> dict[str, Any]:
        """The library and the skills on trial, as plain data."""
        return {"library": self.library.state(), "new": dict(self._new), "since": dict(self._since)}

    @knowledge.setter
    def knowledge(self, held: Mapping[str, Any]) -> None:
        self.library = Library.of(held["library"])
        self._new, self._since = dict(held["new"]), dict(held["since"])

    def tables(self) -> dict[str, Any]:
        return {"knowledge": self.knowledge}

    @classmethod
    def load(cls, path: str | Path, env: Any = None, propose: Propose = scripted) -> Self:
        """The agent that `save` wrote; a proposer other than the scripted one is given again."""
        agent = super().load(path, env)
        agent._propose = propose
        return agent


def _tried(means: np.ndarray, counts: np.ndarray, trials: int) -> np.ndarray:
    """Means [k] of what was tried often enough, or of the most tried; lower than any for the rest."""
    return np.where(counts >= min(trials, counts.max()), means, -np.inf)
