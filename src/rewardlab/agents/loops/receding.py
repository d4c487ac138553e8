"""The receding horizon: plan for some steps, do the first, see what came of it, and plan again from what is left.

What the planners of `agents.model_based` share. Nothing is learned: the model is the environment's own.
"""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.online import OnlineAgent
from rewardlab.agents.loops.rollout import Rollout, Step
from rewardlab.agents.loops.simulated import Model, Pay, model_of
from rewardlab.core.errors import BadCheckpoint, BadOption


@dataclass(eq=False, kw_only=True)
class Receding(OnlineAgent):
    """An agent that plans with a model at every step.

    While it plays (`learn`, `control`) it keeps the plan of each row and improves it; `predict` plans anew each time.

    Args:
        model: of the world; None for the environment's own rules or physics. Not written to files: that of an id is
            made again, another must be given again.
        reward: pays the steps of a plan; None for the task's own reward. Not written to files.
        horizon: steps of a plan, >= 1.
        gamma: discount in (0, 1] within a plan.
        ended: pay of each step of a plan after the world has ended.
        first: improvements of a plan that begins from nothing, >= 1.
        refine: improvements of a plan that was shifted, >= 1.

    Raises:
        BadOption: for a number outside its range.
        BadSpace: for an environment without a model, or actions without bounds.
    """

    model: InitVar[Model | None] = None
    reward: InitVar[Pay | None] = None
    horizon: int = 12
    gamma: float = 1.0
    ended: float = 0.0
    first: int = 10
    refine: int = 1

    observations: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Box,)
    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Box,)

    def __post_init__(self, model: Model | None, reward: Pay | None) -> None:  # type: ignore[override]
        self._model, self._pay = model, reward
        self._spec: dict[str, Any] = {}
        super().__post_init__()

    def prepare(self) -> None:
        for name, good, expected in (
            ("horizon", _whole(self.horizon) and self.horizon >= 1, "an integer of at least 1"),
            ("gamma", 0 < self.gamma <= 1, "a number in (0, 1]"),
            ("ended", np.isfinite(self.ended), "a finite number"),
            ("first", _whole(self.first) and self.first >= 1, "an integer of at least 1"),
            ("refine", _whole(self.refine) and self.refine >= 1, "an integer of at least 1"),
            *self.ranges(),
        ):
            if not good:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=self._name, expected=expected)
        if self._model is None and self._rollout is not None:
            self._model, self._spec = model_of(self._rollout.envs), _spec_of(self._rollout.envs)
        space = self.action_space
        assert isinstance(space, spaces.Box)
        self.low, self.high = space.low.astype(np.float64), space.high.astype(np.float64)
        self._clear(0)

    # -- what a planner writes -----------------------------------------------------------------------------------

    def ranges(self) -> list[tuple[str, bool, str]]:
        """(option, whether it is right, what was expected) of the planner's own options."""
        return []

    def blank(self, n: int) -> np.ndarray:
        """Plans [n, ...] to begin with."""
        raise NotImplementedError

    def improve(self, obs: np.ndarray, plan: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Better plans [n, ...] for observations [n, *obs]."""
        raise NotImplementedError

    def shifted(self, plan: np.ndarray) -> np.ndarray:
        """What is left of plans [n, ...] after their first step."""
        raise NotImplementedError

    def controls(self, plan: np.ndarray) -> np.ndarray:
        """The actions [n, H, A] that plans [n, ...] say."""
        raise NotImplementedError

    # -- act -----------------------------------------------------------------------------------------------------

    @property
    def world(self) -> Model:
        """The model that is planned with.

        Raises:
            BadOption: if there is none: an agent that was loaded and whose model was not written down.
        """
        if self._model is None:
            raise BadOption("no model to plan with", where=self._name, mend="load(path, model=...) or env=...")
        return self._model

    def control(
        self, obs: np.ndarray, plan: np.ndarray | None = None, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Actions [n, A] for observations [n, *obs], and the plans [n, ...] to hand in at the next step.

        Args:
            obs: of n rows.
            plan: of the last step; None to begin.
            rng: of the samples; None for the same ones at every call.
        """
        rng = np.random.default_rng(0) if rng is None else rng
        plan, times = (self.blank(len(obs)), self.first) if plan is None else (self.shifted(plan), self.refine)
        for _ in range(times):
            plan = self.improve(obs, plan, rng)
        action = np.clip(self.controls(plan)[:, 0], self.low, self.high)
        return action.astype(self.action_space.dtype), plan

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.control(obs, None, rng)[0]

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        return self.control(obs)[0]

    def _clear(self, n: int) -> None:
        self._plans, self._fresh = (self.blank(n) if n else np.zeros(0)), np.ones(n, dtype=bool)

    def _act(self, rollout: Rollout) -> np.ndarray:
        obs, live = rollout.obs, rollout.live
        if len(self._fresh) != len(obs):
            self._clear(len(obs))
        action = np.zeros((len(obs), *self.low.shape), dtype=self.action_space.dtype)
        for fresh in (True, False):
            rows = np.flatnonzero(live & (self._fresh == fresh))
            if len(rows):
                action[rows], self._plans[rows] = self.control(
                    obs[rows], None if fresh else self._plans[rows], self._rng
                )
        return action

    def absorb(self, step: Step) -> None:
        self._fresh = np.where(step.live, step.done, self._fresh)

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        if self._model is None or self._spec:
            assert self._rollout is not None
            self._model, self._spec = model_of(self._rollout.envs), _spec_of(self._rollout.envs)
        self._clear(0)

    # -- files ---------------------------------------------------------------------------------------------------

    @property
    def knowledge(self) -> dict[str, Any]:
        """The id and keywords that the model is made of; empty for one that was given."""
        return self._spec

    @knowledge.setter
    def knowledge(self, held: Mapping[str, Any]) -> None:
        self._spec = {"id": held["id"], "kwargs": dict(held["kwargs"])} if held else {}
        if self._spec and self._model is None:
            if self._spec["id"] not in gym.registry:
                raise BadCheckpoint(f"a model of {self._spec['id']!r}", where=self._name, expected="a registered id")
            self._model = model_of(gym.make(self._spec["id"], **self._spec["kwargs"]))

    def tables(self) -> dict[str, Any]:
        return {"knowledge": self.knowledge}

    @classmethod
    def load(cls, path: str | Path, env: Any = None, model: Model | None = None, reward: Pay | None = None) -> Self:
        """The agent that `save` wrote; a model and a reward of one's own are given again."""
        agent = super().load(path, env)
        agent._model, agent._pay = model or agent._model, reward
        return agent


def _spec_of(envs: Any) -> dict[str, Any]:
    """Id and keywords of what a vector environment's rows are made of; empty if it does not say, or not plainly."""
    inner = envs.unwrapped
    spec = inner.envs[0].spec if hasattr(inner, "envs") and inner.spec is None else inner.spec
    if spec is None or spec.id not in gym.registry:
        return {}
    known = gym.spec(spec.id).kwargs
    given = {k: v for k, v in spec.kwargs.items() if k not in known or known[k] != v}
    given = {k: v for k, v in given.items() if k not in ("render_mode", "num_envs", "max_episode_steps")}
    given = {k: v for k, v in given.items() if k not in ("autoreset_mode", "vectorization_mode", "device", "copy")}
    return {"id": spec.id, "kwargs": given} if all(_plain(v) for v in given.values()) else {}


def _plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_plain(v) for v in value)
    return value is None or isinstance(value, (bool, int, float))


def _whole(x: Any) -> bool:
    return isinstance(x, int) and not isinstance(x, bool)
