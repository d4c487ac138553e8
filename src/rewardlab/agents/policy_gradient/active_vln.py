"""ActiveVLN: routes that are longer than successes of their kind have been are given up.

    B = ⌈k · mean length of the successes of an instruction's kind⌉,    measured anew each epoch
    a route is cut, unpaid, beyond B steps, or when it has come to the same place m times

A few expert routes teach the words (`warm_up`), then groups of own routes are paid for stopping in the right place,
and GRPO or DAPO learns from their tokens alone: the expert's way is not asked for. Hopeless routes are the longest, so
cutting them saves most of the steps and loses no success within B.

Source: Zhang et al., "ActiveVLN: Towards Active Exploration via Multi-Turn RL in Vision-and-Language Navigation", 2025,
Section 3 (stages, chunks, early stopping); the rule of B is ours.
"""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym

from rewardlab.agents.parts.checked import option
from rewardlab.core.checkpoint import check_keys


@dataclass
class Budgets:
    """How many steps routes of each kind may take.

    Args:
        factor: k >= 1.
        first: the limit while no route of a kind has succeeded; None for none.

    Raises:
        BadOption: for a factor below 1.
    """

    factor: float = 1.5
    first: float | None = None

    def __post_init__(self) -> None:
        option("factor", self.factor, self.factor >= 1, by="Budgets", expected="at least 1")
        self._limits: dict[str, int] = {}
        self._lengths: dict[str, list[float]] = {}

    def limit(self, kind: Hashable) -> float:
        """B of a kind."""
        found = self._limits.get(str(kind))
        return found if found is not None else math.inf if self.first is None else self.first

    def note(self, kind: Hashable, length: float, success: bool) -> None:
        """A route that has ended."""
        if success:
            self._lengths.setdefault(str(kind), []).append(float(length))

    def update(self) -> None:
        """After an epoch: measure all kinds anew that succeeded in it."""
        for kind, lengths in self._lengths.items():
            self._limits[kind] = math.ceil(self.factor * sum(lengths) / len(lengths))
        self._lengths = {}

    def state_dict(self) -> dict[str, Any]:
        """Limits and what was noted since."""
        return {"limits": dict(self._limits), "lengths": {k: list(v) for k, v in self._lengths.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, {"limits", "lengths"}, where="Budgets")
        self._limits = {k: int(v) for k, v in state["limits"].items()}
        self._lengths = {k: list(map(float, v)) for k, v in state["lengths"].items()}


class EarlyStop(gym.Wrapper):
    """Routes that end, truncated and unpaid, beyond their budget or in a circle.

    Args:
        env: what is walked in; `info["success"]` tells the end of a route.
        budgets: shared by the copies of the environment.
        kind: of the task that was begun, (environment, info of its reset) -> anything printable.
        length: of the route so far, from the info of a step; None counts steps.
        place: where one is, from that info; None does not look for circles.
        patience: m, how often one may come to a place.

    Raises:
        BadOption: for a patience below 1.
    """

    def __init__(
        self,
        env: gym.Env,
        budgets: Budgets,
        kind: Callable[[gym.Env, Mapping[str, Any]], Hashable],
        *,
        length: Callable[[Mapping[str, Any]], float] | None = None,
        place: Callable[[Mapping[str, Any]], Hashable] | None = None,
        patience: int = 4,
    ) -> None:
        option("patience", patience, patience >= 1, by="EarlyStop", expected="at least 1")
        super().__init__(env)
        self.budgets, self.kind, self.length, self.place, self.patience = budgets, kind, length, place, patience

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        obs, info = self.env.reset(seed=seed, options=options)
        self.steps, self.been = 0, dict[Hashable, int]()
        self.of = self.kind(self.env, info)
        return obs, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        obs, reward, terminated, truncated, info = self.env.step(action)
        self.steps += 1
        length = self.steps if self.length is None else self.length(info)
        circling = False
        if self.place is not None:
            at = self.place(info)
            self.been[at] = self.been.get(at, 0) + 1
            circling = self.been[at] >= self.patience
        over = terminated or truncated
        cut = length > self.budgets.limit(self.of) or (circling and not over)
        if cut:
            return obs, 0.0, False, True, {**info, "cut": True, **({"success": False} if "success" in info else {})}
        if over:
            self.budgets.note(self.of, length, bool(info.get("success")))
        return obs, reward, terminated, truncated, {**info, "cut": False}
