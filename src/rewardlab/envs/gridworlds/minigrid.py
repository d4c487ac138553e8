"""MiniGrid's tasks: its levels, its rules, its pay, for n levels at once.

    r = 1 − 0.9 t / T on the step t that reaches the goal, 0 otherwise

MiniGrid itself draws the levels; the steps are our own kernel, equal to MiniGrid's in every observation and reward.
The level of an episode is named by `info["level_seed"]`: MiniGrid's own environment, reset with it, shows the same one.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds import engine, kernel
from rewardlab.envs.world import Card, Columns, Rules, State

# task -> (random return, optimal return): means over all its levels, exact, undiscounted, within its own time limit.
_RETURNS = {"MiniGrid-DoorKey-5x5-v0": (0.0338443838654391, 0.9646)}


@dataclass
class MiniGridTask(Rules):
    """One of MiniGrid's tasks with the standard rules: DoorKey, Empty, FourRooms, MultiRoom, LockedRoom, the crossings.

    Args:
        task: MiniGrid's id.
        observation: "dict" (image, direction, mission) or "flat" (Box [984] float32: type, colour and state of each
            visible cell and the direction, one-hot).

    Raises:
        BadOption: for an unknown task, or one whose class has rules of its own.
    """

    task: str = "MiniGrid-DoorKey-5x5-v0"
    observation: str = "dict"

    def __post_init__(self) -> None:
        if self.observation not in ("dict", "flat"):
            raise BadOption(f"observation={self.observation!r}", where="MiniGridTask", expected='"dict" or "flat"')
        self._engine: Any = engine.load(self.task)
        self.max_steps = int(self._engine.max_steps)
        self.width, self.height = int(self._engine.width), int(self._engine.height)
        self._through = bool(self._engine.see_through_walls)
        self._stride = self.height + 2 * kernel.BORDER
        self._offsets = kernel.view_offsets(self._stride)
        self._steps = kernel.HEADINGS @ (self._stride, 1)
        self.missions = engine.missions(self._engine)
        self.vocabulary = sorted({word for mission in self.missions for word in mission.split(" ")})
        length = max(len(mission.split(" ")) for mission in self.missions)
        self._texts = np.array(self.missions, dtype=object)
        self._ids = np.zeros((len(self.missions), length), dtype=np.int64)  # [mission, word], 0 behind the last word
        for row, mission in zip(self._ids, self.missions, strict=True):
            words = mission.split(" ")
            row[: len(words)] = [1 + self.vocabulary.index(word) for word in words]
        side = kernel.VIEW
        self.action_space = spaces.Discrete(7)
        self.observation_space: spaces.Space = spaces.Dict(
            {
                # 10, not 255: nothing in it is larger, and agents take 255 for the brightness of a picture
                "image": spaces.Box(0, 10, (side, side, 3), np.uint8),
                "direction": spaces.Discrete(4),
                "mission": spaces.MultiDiscrete(np.full(length, len(self.vocabulary) + 1)),
            }
        )
        if self.observation == "flat":
            self.observation_space = spaces.Box(0.0, 1.0, (side * side * 20 + 4,), np.float32)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_engine": None}  # the engine holds nothing that a level seed does not bring back

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _engine=engine.load(state["task"]))

    def mission_text(self, ids: np.ndarray) -> str:
        """The text of a mission [length] of word ids: the inverse of what is shown."""
        return " ".join(self.vocabulary[i - 1] for i in ids if i)

    def start(self, n: int, rng: Streams) -> State:
        drawn = rng.integers(2**31)
        seeds = np.asarray(np.where(rng.episode == 0, rng.seed, drawn), dtype=np.int64).view(np.uint64)
        levels = [engine.level(self._engine, int(seed), self.missions) for seed in seeds]
        state = {key: np.array([level[key] for level in levels]) for key in levels[0]}
        state |= {
            "carried": np.full(n, kernel.EMPTY, dtype=np.uint8),
            "steps": np.zeros(n, dtype=np.int64),
            "took": np.zeros(n, dtype=bool),
            "opened": np.zeros(n, dtype=bool),
            "level_seed": seeds,
        }
        return state

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        cells, at, heading, carried, entered = kernel.act(
            state["cells"], state["at"], state["heading"], state["carried"], action, self._steps
        )
        steps = state["steps"] + 1
        key, took, opened = state["key"], state["took"], state["opened"]
        if cells is not state["cells"]:
            is_key = cells & 15 == kernel.KEY
            key = np.where(is_key.any(axis=1), is_key.argmax(axis=1), -1)
            took = took | (carried & 15 == kernel.KEY)
            opened = opened | self._door_open(cells, state["door"])
        success = entered == kernel.GOAL
        reward = np.where(success, 1 - 0.9 * (steps / self.max_steps), 0.0)
        after = {**state, "cells": cells, "at": at, "heading": heading, "carried": carried}
        after |= {"steps": steps, "key": key, "took": took, "opened": opened}
        return after, reward, success | (entered == kernel.LAVA), {"success": success}

    def look(self, state: State) -> Tree:
        codes = kernel.view(
            state["cells"], state["at"], state["heading"], state["carried"], self._offsets, through=self._through
        )
        if self.observation == "dict":
            image, mission = kernel.TRIPLES[codes], self._ids[state["mission"]]
            return {"image": image, "direction": state["heading"].copy(), "mission": mission}
        flat = _ONE_HOT[codes].reshape(len(codes), -1)  # [n, 980]
        return np.concatenate([flat, np.eye(4, dtype=np.float32)[state["heading"]]], axis=1)

    def inform(self, state: State) -> Columns:
        row = np.arange(len(state["at"]))
        door = state["door"]
        has_key, has_door = (state["key"] >= 0) | state["took"], door >= 0
        arrived = state["cells"][row, state["at"]] & 15 == kernel.GOAL
        done = (state["took"] * 1.0 + state["opened"] + arrived) / (1.0 + has_key + has_door)
        agent, goal, key, there = self._place(np.array([state["at"], state["goal"], state["key"], door]))
        return {
            "mission": self._texts[state["mission"]],
            "level_seed": state["level_seed"].copy(),
            "agent_pos": agent,
            "goal_pos": goal,
            "key_pos": key,
            "door_pos": there,
            "carrying_key": state["carried"] & 15 == kernel.KEY,
            "door_open": self._door_open(state["cells"], door),
            "progress": done,
        }

    def _door_open(self, cells: np.ndarray, door: np.ndarray) -> np.ndarray:
        return (cells[np.arange(len(door)), door] & 15 == kernel.OPEN) & (door >= 0)

    def _place(self, at: np.ndarray) -> np.ndarray:
        """[...] positions in the row of cells -> [..., 2] x, y; -1, -1 where there is none."""
        place = np.empty((*at.shape, 2), dtype=np.int64)
        place[..., 0], place[..., 1] = at // self._stride - kernel.BORDER, at % self._stride - kernel.BORDER
        place[at < 0] = -1
        return place

    def _put(self, state: State, i: int) -> Any:
        place = self._place(state["at"][i : i + 1])[0]
        row = {key: state[key][i] for key in ("cells", "heading", "carried", "steps")}
        return engine.put(self._engine, place=place, mission=self.missions[int(state["mission"][i])], **row)

    def draw(self, state: State, i: int) -> np.ndarray:
        return self._put(state, i).get_frame()

    def text(self, state: State, i: int) -> str:
        return self._put(state, i).pprint_grid()

    def card(self) -> Card:
        random, optimal = _RETURNS.get(self.task, (None, None))
        image = "[7, 7, 3] uint8: (type 0..10, colour 0..5, door state 0..2) of what the agent sees, itself at [3, 6]"
        seen = {
            "image": image,
            "direction": "0 right, 1 down, 2 left, 3 up",
            "mission": f"[{self._ids.shape[1]}] word ids 0..{len(self.vocabulary)}, 0 for no word; "
            'the text is info["mission"]',
        }
        place = "[2] x, y in cells from the top left corner"
        return Card(
            summary=f"{self.task}, {self.width} x {self.height} cells: {self.missions[0] or 'no mission'}.",
            observation=seen
            if self.observation == "dict"
            else {
                "cells": "[:980] for each cell of the 7 x 7 view one-hot type (11), colour (6), door state (3)",
                "direction": "[980:] one-hot: right, down, left, up",
            },
            action={"action": "0 turn left, 1 turn right, 2 forward, 3 pick up, 4 drop, 5 toggle, 6 nothing"},
            reward=f"1 - 0.9 t / {self.max_steps} on the step t that enters the goal, else 0; lava ends with 0",
            info={
                "mission": "the mission as text",
                "level_seed": f"MiniGrid's {self.task}, reset with this seed, shows the level of this episode",
                "agent_pos": place,
                "goal_pos": f"{place}; -1, -1 without one",
                "key_pos": f"{place}, the first key that lies in the level; -1, -1 without one or in the hand",
                "door_pos": f"{place}, the level's first door; -1, -1 without one",
                "carrying_key": "True with a key in the hand",
                "door_open": "True while the door at door_pos stands open",
                "progress": "0..1, share of the milestones reached in this episode: key taken, door opened (where the "
                "level has them), goal",
                "success": "True on the step that enters the goal",
            },
            random_return=random,
            optimal_return=optimal,
            source="Chevalier-Boisvert et al., Minigrid & Miniworld, NeurIPS 2023",
        )


_ONE_HOT = np.concatenate(
    [np.eye(size, dtype=np.float32)[kernel.TRIPLES[:, i] % size] for i, size in enumerate((11, 6, 3))], axis=1
)  # [code, 20]
