"""MiniGrid's own engine: it draws the levels, and the pictures of them.

A level is named by its seed alone, so the engine holds nothing that the next episode depends on.
"""

import itertools
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.gridworlds import kernel


def load(task: str) -> Any:
    """MiniGrid's own environment of this id.

    Raises:
        BadOption: for an unknown id, or one whose class has rules or a view of its own.
    """
    import minigrid  # registers its ids
    from minigrid.minigrid_env import MiniGridEnv

    known = [name for name in gym.registry if name.startswith("MiniGrid-")]
    if task not in known:
        raise BadOption(
            f"task={task!r}",
            where="MiniGridTask",
            expected=f"an id of MiniGrid {minigrid.__version__}",
            mend=nearest(task, known),
        )
    engine: Any = gym.make(task, disable_env_checker=True).unwrapped
    kind = type(engine)
    rules = (kind.step, kind._reward, kind.gen_obs, kind.gen_obs_grid, engine.agent_view_size)
    standard = (MiniGridEnv.step, MiniGridEnv._reward, MiniGridEnv.gen_obs, MiniGridEnv.gen_obs_grid, kernel.VIEW)
    if rules != standard:
        raise BadOption(
            f"task={task!r} has rules or a view of its own",
            where="MiniGridTask",
            expected="a task with MiniGrid's standard rules, such as DoorKey, Empty, FourRooms, LavaCrossing",
            mend="use gymnasium.make with MiniGrid's own id",
        )
    return engine


def missions(engine: Any) -> list[str]:
    """Every text of the mission space."""
    space = engine.observation_space["mission"]
    return [space.mission_func(*words) for words in itertools.product(*(space.ordered_placeholders or []))]


def level(engine: Any, seed: int, known: list[str]) -> dict[str, Any]:
    """The level of a seed: cells [size], where things are in them (-1 for nowhere), heading, number of the mission.

    Raises:
        BadOption: for a mission that is not in `known`, or a box that holds something.
    """
    engine.reset(seed=seed)
    if engine.mission not in known or any(thing is not None and thing.contains for thing in engine.grid.grid):
        raise BadOption(
            f"level {seed} of {engine.spec.id} has a mission or a filled box that these rules do not know",
            where="MiniGridTask",
            expected="missions of the task's own mission space, and empty boxes",
        )
    cells = kernel.pack(engine.grid.encode())
    x, y = (int(v) + kernel.BORDER for v in engine.agent_pos)
    return {
        "cells": cells,
        "at": x * (engine.height + 2 * kernel.BORDER) + y,
        "heading": int(engine.agent_dir),
        "mission": known.index(engine.mission),
        "goal": _find(cells, kernel.GOAL),
        "key": _find(cells, kernel.KEY),
        "door": _find(cells, kernel.OPEN, kernel.CLOSED, kernel.LOCKED),
    }


def put(
    engine: Any, *, cells: np.ndarray, place: np.ndarray, heading: int, carried: int, steps: int, mission: str
) -> Any:
    """The engine itself, in the given situation: for its drawings."""
    from minigrid.core.grid import Grid
    from minigrid.core.world_object import WorldObj

    engine.grid, _ = Grid.decode(kernel.unpack(cells, engine.height))
    engine.agent_pos, engine.agent_dir = tuple(int(v) for v in place), int(heading)
    engine.carrying = WorldObj.decode(*(int(v) for v in kernel.TRIPLES[carried]))
    engine.step_count, engine.mission = int(steps), mission
    return engine


def _find(cells: np.ndarray, *kinds: int) -> int:
    """The first cell of these kinds, -1 if there is none."""
    found = np.isin(cells & 15, kinds)
    return int(found.argmax()) if found.any() else -1
