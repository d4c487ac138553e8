"""How to make each reward for the laws, and the world that they are tried on. One row per reward of the catalogue."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, Task
from rewardlab.envs.world import Rules
from rewardlab.rewards import (
    RND,
    BradleyTerry,
    Clip,
    CountBonus,
    GatedAccumulation,
    Milestones,
    Normalise,
    Potential,
    Progress,
)


@dataclass
class Walk(Rules):
    """A walk in the plane with all info columns that rewards ask for; ends on a far point, with a random last word."""

    def __post_init__(self):
        self.observation_space = spaces.Box(-50.0, 50.0, (3,), np.float64)
        self.action_space = spaces.Discrete(4)

    def start(self, n, rng):
        return {"x": rng.uniform((2,)) * 2 - 1, "goal": rng.uniform() * 4 - 2, "stage": rng.integers(1)}

    def move(self, state, action, rng):
        way = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])[action]
        x = state["x"] + way * (0.5 + 0.5 * rng.uniform())[:, None]
        stage = np.maximum(state["stage"], (np.abs(x).sum(-1) > 2).astype(np.int64) + (np.abs(x).sum(-1) > 3))
        far = np.abs(x).max(-1) > 2.5
        reward = np.where(far, 1.0, -0.1) + 0.01 * x[:, 0]
        columns = {"distance": np.abs(x[:, 0] - state["goal"]), "stage": stage, "success": far & (x[:, 1] < 0)}
        return {**state, "x": x, "stage": stage}, reward, far, columns

    def look(self, state):
        return np.concatenate([state["x"], state["goal"][:, None]], axis=-1)


def sample(rows: int, *, seed: int = 0) -> Transitions:
    """[rows] unrelated steps that differ in every column."""
    rng = np.random.default_rng(seed)
    obs = rng.normal(size=(rows, 3))
    return Transitions(
        obs=obs,
        action=rng.integers(0, 4, rows),
        reward=rng.normal(size=rows),
        next_obs=obs + rng.normal(size=(rows, 3)),
        terminated=rng.random(rows) < 0.3,
        truncated=rng.random(rows) < 0.2,
        info={
            "distance": rng.random(rows) * 3,
            "stage": rng.integers(0, 3, rows),
            "success": rng.random(rows) < 0.5,
        },
    )


def comparisons(pairs: int, length: int, *, seed: int = 0) -> Transitions:
    """[pairs, 2, length] steps, the first segment better where it goes further to the right."""
    flat = sample(pairs * 2 * length, seed=seed)
    steps = flat.map(lambda x: x.reshape((pairs, 2, length, *x.shape[1:])))
    score = steps.obs[..., 0].sum(-1)
    return steps.paying(steps.reward, label=(score[:, 0] > score[:, 1]).astype(np.float64))


def height(obs: Array) -> Array:
    """A potential for the laws: half the sum of squares."""
    return 0.5 * (obs * obs).sum(-1)


@dataclass(frozen=True)
class Row:
    """A reward for the laws.

    Attributes:
        make: a new one, untaught.
        teach: the batches that it learns from before the laws are tried.
        skip: laws of `check_reward` that it need not keep -> why.
        digits: relative tolerance between NumPy and torch; 0 where both must give the same bits.
        in_place: False if recorded episodes are paid at other steps than online ones, with the same sum.
    """

    make: Callable[[], Reward]
    teach: Callable[[], list[Transitions]] = list
    skip: tuple[str, ...] = ()
    digits: float = 0.0
    in_place: bool = True

    def taught(self) -> Reward:
        """A new one that has learned."""
        reward = self.make()
        for batch in self.teach():
            reward.update(batch)
        return reward


def _steps() -> list[Transitions]:
    return [sample(8, seed=0), sample(8, seed=1), sample(12, seed=9)]


LEVELS = (Task(), Milestones({"stage": 0.5}), Potential(height))

ROWS: dict[str, tuple[Row, ...]] = {
    "BradleyTerry": (
        Row(
            functools.partial(
                BradleyTerry, observation_space=spaces.Box(-50, 50, (3,)), action_space=spaces.Discrete(4)
            ),
            lambda: [comparisons(12, 5)],
            digits=1e-5,
        ),
    ),
    "Chain": (
        Row(lambda: Potential(height).then(Clip(-0.5, 0.5))),
        Row(lambda: Milestones({"stage": 1.0}).then(Clip())),
        Row(lambda: Potential(height).then(Normalise()), _steps, digits=1e-12),
    ),
    "Clip": (Row(Clip), Row(lambda: Clip(-0.1, 0.2))),
    "CountBonus": (
        Row(CountBonus, _steps),
        Row(functools.partial(CountBonus, beta=0.5, key=np.sign), lambda: [sample(50)]),
    ),
    "GatedAccumulation": (
        Row(lambda: GatedAccumulation((Task(), Milestones({"stage": 0.5}))), in_place=False),
        Row(lambda: GatedAccumulation(LEVELS, (-2.0, 0.5)), in_place=False),
    ),
    "Milestones": (Row(lambda: Milestones({"stage": 0.3, "success": 2.0})),),
    "Normalise": (Row(Normalise, _steps, digits=1e-12), Row(lambda: Normalise(clip=0.5))),
    "Potential": (Row(lambda: Potential(height)), Row(lambda: Potential(height, gamma=1.0))),
    "Progress": (Row(lambda: Progress("distance")), Row(lambda: Progress("stage", sign=0.5, start=0.25), digits=1e-6)),
    "RND": (Row(lambda: RND(space=spaces.Box(-50, 50, (3,))), _steps, digits=1e-5),),
    "Scale": (Row(lambda: -0.3 * Potential(height)), Row(lambda: 2.0 * (Task() + Clip()))),
    "Sum": (
        Row(lambda: Task() + 0.5 * Potential(height) - Clip()),
        Row(lambda: Task() + 0.1 * CountBonus() + Milestones({"stage": 1.0}), _steps),
    ),
    "Task": (Row(Task),),
}
"""Name in the catalogue -> how to make it, in each form that behaves differently."""
