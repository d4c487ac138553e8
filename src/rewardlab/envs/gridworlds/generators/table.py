"""Which of MiniGrid's classes have a native generator.

All that MiniGrid registers have one, but for those of WFC, whose levels another package makes, and BabyAI's.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

_HERE = "rewardlab.envs.gridworlds.generators"
_TWO_DOORS = {"keys_last": False, "agent_room": (2, 1), "num_quarters": 1}
_TABLE: dict[str, tuple[str, dict[str, Any]]] = {
    "BlockedUnlockPickupEnv": ("unlock", {"box": True, "missions": 2, "blocked": True}),
    "CrossingEnv": ("crossing", {}),
    "DistShiftEnv": ("dist_shift", {}),
    "DoorKeyEnv": ("door_key", {}),
    "DynamicObstaclesEnv": ("dynamic_obstacles", {}),
    "EmptyEnv": ("empty", {}),
    "FetchEnv": ("fetch", {}),
    "FourRoomsEnv": ("four_rooms", {}),
    "GoToDoorEnv": ("go_to_door", {}),
    "GoToObjectEnv": ("go_to_object", {}),
    "KeyCorridorEnv": ("key_corridor", {}),
    "LavaGapEnv": ("lava_gap", {}),
    "LockedRoomEnv": ("locked_room", {}),
    "MemoryEnv": ("memory", {}),
    "MultiRoomEnv": ("multi_room", {}),
    "ObstructedMaze_1Dlhb": ("obstructed_maze", {"keys_last": False, "num_quarters": 0}),
    "ObstructedMaze_2Dl": ("obstructed_maze", {**_TWO_DOORS, "key_in_box": False, "blocked": False}),
    "ObstructedMaze_2Dlh": ("obstructed_maze", {**_TWO_DOORS, "key_in_box": True, "blocked": False}),
    "ObstructedMaze_2Dlhb": ("obstructed_maze", {**_TWO_DOORS, "key_in_box": True, "blocked": True}),
    "ObstructedMaze_Full": ("obstructed_maze", {"keys_last": False}),
    "ObstructedMaze_Full_V1": ("obstructed_maze", {"keys_last": True}),
    "PlaygroundEnv": ("playground", {}),
    "PutNearEnv": ("put_near", {}),
    "RedBlueDoorEnv": ("red_blue_doors", {}),
    "UnlockEnv": ("unlock", {"box": False, "missions": 1, "blocked": False}),
    "UnlockPickupEnv": ("unlock", {"box": True, "missions": 1, "blocked": False}),
}
"""Class -> module, and what the class says about the level that is no argument of it."""


class Native(NamedTuple):
    """A native generator.

    Args:
        family: its module.
        generate: scalar function (cells, inside, field, rng, scratch, W, H, p) -> 0, or 1 where MiniGrid's reset fails.
            It writes one level: cells [W * H] uint8 codes, x-major, with the target's bit; inside [W * H] uint8 codes
            of what the boxes hold, 0 for nothing; field [24 + K] int32: X, Y, HEADING, MISSION, P0..P3 and the cells of
            K moving obstacles. rng [5] uint64 is a stream of `pcg` just seeded, and left where MiniGrid leaves its own.
            scratch [256] int64 is working memory, p [8] int64 the task's parameters.
        parameters: MiniGrid's keyword arguments of the task -> the first numbers of p; the others are 0.
    """

    family: str
    generate: Any
    parameters: Callable[[Mapping[str, Any]], tuple[int, ...]]


def native(class_name: str) -> Native | None:
    """The generator of one of MiniGrid's classes, None if there is none."""
    if class_name not in _TABLE:
        return None
    family, fixed = _TABLE[class_name]
    module = importlib.import_module(f"{_HERE}.{family}")
    return Native(family, module.generate, lambda kwargs: module.parameters({**fixed, **kwargs}))
