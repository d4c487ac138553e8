"""The tasks of the suite of designed rewards: sparse ones, each with its agent, its budget, and a shaping by hand.

The agent of a task and its settings are the same for all sides, and for the trainings of the design too. In the grids
it sees 7 x 7 cells and has no memory, so that it is judged with the actions it draws and not with its likeliest ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.benchmarks.design_play import Recipe
from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping import Potential, Progress


@dataclass(frozen=True)
class DrawingRecipe(Recipe):
    """A recipe whose agent is judged with the actions that it draws."""

    def agent(self, envs: VectorEnv, *, steps: int, seed: int) -> Any:
        """The agent, marked as one that draws."""
        made = Recipe.agent(self, envs, steps=steps, seed=seed)
        made.stochastic = True
        return made


@dataclass(frozen=True)
class DesignTask:
    """A task of the suite.

    Attributes:
        env: the id.
        kind: "grid", "control" or "text".
        steps: transitions of each run.
        design_steps: transitions of each candidate's training while a reward is designed.
        rows: of training.
        arguments: of the agent's constructor.
        shaping: makes the shaping by hand.
        curiosity: the weight of RND, where none was chosen by trainings.
        env_kwargs: keywords of the environment.
        scale: (random, optimal) return; None where the environment's card says both.
        held_out: whether neither the grammar of the evolution nor its search was worked out on it.
        numbered: makes the same task with numbers of states for observations, and what each state looks like [S, ...],
            for an exact audit; None where there is no table.
    """

    env: str
    kind: str
    steps: int
    design_steps: int
    rows: int
    arguments: Mapping[str, Any]
    shaping: Callable[[], Reward]
    curiosity: float
    env_kwargs: Mapping[str, Any]
    scale: tuple[float, float] | None
    held_out: bool
    numbered: Callable[[], tuple[VectorEnv, np.ndarray]] | None = None

    @property
    def recipe(self) -> Recipe:
        """The agent of the task."""
        kind = DrawingRecipe if self.kind == "grid" else Recipe
        return kind(self.rows, dict(self.env_kwargs), dict(self.arguments))


# -- shaping by hand -------------------------------------------------------------------------------------------------


def behind_the_ball(obs: Tree) -> Array:
    """Ball push: minus the way of the ball to the target, and half of that of the disc to where it must push from."""
    xp = namespace(obs)
    disc, ball, target = obs[..., 0:2], obs[..., 4:6], obs[..., 8:10]
    way = target - ball
    far = xp.sqrt((way**2).sum(-1))
    spot = ball - 0.2 * way / (far[..., None] + 1e-6)
    return -far - 0.5 * xp.sqrt(((disc - spot) ** 2).sum(-1))


def possible(obs: Tree, *, largest: int) -> Array:
    """Guessing: minus the bits that are still to be found out, in units of all of them."""
    return -np.log2(np.maximum(obs[..., :largest].sum(-1), 1.0)) / np.log2(largest)


def object_then_goal(obs: Tree) -> Array:
    """Pick and carry: minus the steps to the object and from there to the goal, in units of all of them."""
    xp = namespace(obs)
    place, thing, grip = obs[..., 0:2], obs[..., 2:4], obs[..., 4]
    cells = xp.asarray([4.0, 6.0])  # rows and columns of the map less one; the goal lies in its last corner
    fetch = (xp.abs(place - thing) * cells).sum(-1) + 2 * (1 - grip)
    return -(fetch + ((1 - thing) * cells).sum(-1)) / 16


def pick_carry_by_number() -> tuple[VectorEnv, np.ndarray]:
    """Pick and carry whose observations are the numbers of its states, and the observation that each stands for."""
    import gymnasium as gym

    from rewardlab.envs.gridworlds import PickCarry

    rules = PickCarry()
    cell, grip = np.divmod(np.arange(rules.size), rules.hold + 1)
    looks = np.asarray(rules.look({"cell": cell, "grip": grip}))
    return gym.make_vec("rewardlab/PickCarry-v0", num_envs=32, observation="index"), looks


# -- the tasks -------------------------------------------------------------------------------------------------------

# MiniGrid-DoorKey-5x5's own, from the zoo's seeded search; the quickstart's for the others.
_GRID: Mapping[str, Any] = {
    "policy": "MlpPolicy", "learning_rate": 0.0015, "n_steps": 32, "batch_size": 512, "n_epochs": 8, "gamma": 0.99,
    "gae_lambda": 0.9, "ent_coef": 0.035, "clip_range": 0.1,
}  # fmt: skip
_PLAIN: Mapping[str, Any] = {
    "policy": "MlpPolicy", "learning_rate": 1e-3, "n_steps": 64, "batch_size": 256, "n_epochs": 4, "ent_coef": 0.01
}  # fmt: skip
_LARGEST = 32

TASKS = (
    DesignTask(
        env="rewardlab/MiniGrid-DoorKey-5x5-v0",
        kind="grid",
        steps=32_000,
        design_steps=32_000,
        rows=64,
        arguments=_GRID,
        shaping=partial(Progress, "progress", sign=0.5),
        curiosity=0.01,
        env_kwargs={"observation": "flat"},
        scale=None,
        held_out=False,
    ),
    DesignTask(
        env="rewardlab/KeyRoom-v0",
        kind="grid",
        steps=120_000,
        design_steps=80_000,
        rows=64,
        arguments=_GRID,
        shaping=partial(Progress, "progress", sign=0.5),
        curiosity=0.01,
        env_kwargs={"observation": "flat"},
        scale=(0.0, 1.0),
        held_out=True,
    ),
    DesignTask(
        env="rewardlab/PickCarry-v0",
        kind="grid",
        steps=80_000,
        design_steps=80_000,
        rows=32,
        arguments=_PLAIN,
        shaping=partial(Potential, object_then_goal),
        curiosity=0.01,
        env_kwargs={},
        scale=None,
        held_out=True,
        numbered=pick_carry_by_number,
    ),
    DesignTask(
        env="rewardlab/SparseReacher-v0",
        kind="control",
        steps=60_000,
        design_steps=30_000,
        rows=32,
        arguments=_PLAIN,
        shaping=partial(Progress, "distance", sign=-2.0, start=-0.6),
        curiosity=0.01,
        env_kwargs={},
        scale=None,
        held_out=False,
    ),
    DesignTask(
        env="rewardlab/BallPush-v0",
        kind="control",
        steps=200_000,
        design_steps=60_000,
        rows=32,
        arguments=_PLAIN,
        shaping=partial(Potential, behind_the_ball),
        curiosity=0.01,
        env_kwargs={},
        scale=None,
        held_out=True,
    ),
    DesignTask(
        env="rewardlab/PointMaze-v0",
        kind="control",
        steps=24_000,
        design_steps=24_000,
        rows=32,
        arguments=_PLAIN,
        shaping=partial(Progress, "progress", sign=0.5),
        curiosity=0.01,
        env_kwargs={},
        scale=(0.0, 1.0),
        held_out=True,
    ),
    DesignTask(
        env="rewardlab/GuessNumber-v0",
        kind="text",
        steps=60_000,
        design_steps=60_000,
        rows=32,
        arguments=_PLAIN,
        shaping=partial(Potential, partial(possible, largest=_LARGEST)),
        curiosity=0.05,
        env_kwargs={"largest": _LARGEST, "turns": 6},
        scale=None,
        held_out=True,
    ),
)
