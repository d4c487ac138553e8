"""What tasks on the grid kernel look like: frames, letters, and what the parts of an observation mean."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.rules import State

ACTIONS = "0 turn left, 1 turn right, 2 forward, 3 pick up, 4 drop, 5 toggle, 6 nothing"
SUCCESS: Mapping[int, str] = {
    codes.STANDARD: "enters the goal, else 0; lava ends the episode with 0",
    codes.PICK_UP: "picks up the object of the mission, else 0",
    codes.OPEN_DOOR: "opens the locked door, else 0",
    codes.FETCH: "picks up the thing that the mission names, else 0; to pick up another ends the episode with 0",
    codes.GO_DONE: "says done (6) beside the target, else 0; done elsewhere and any toggle end the episode with 0",
    codes.PUT_NEAR: "puts the first thing down beside the second, else 0; another place or thing ends it with 0",
    codes.TWO_DOORS: "opens the blue door while the red one stands open, else 0; blue before red ends it with 0",
    codes.MEMORY: "comes to the matching object's end of the hallway, else 0; the other end ends the episode with 0",
    codes.OBSTACLES: "enters the goal, -1 for a step into an obstacle or a wall, which ends the episode, else 0",
    codes.INSTRUCTION: "obeys the instruction of the mission, else 0; to break a strict one ends the episode with 0",
}
"""Rule -> which step pays, and what else ends an episode."""
_PLACE = "[2] x, y in cells from the top left corner"
INFO: Mapping[str, str] = {
    "mission": "the mission as text",
    "level_seed": "the number that the level of this episode is drawn from",
    "agent_pos": _PLACE,
    "goal_pos": f"{_PLACE}; -1, -1 without one",
    "key_pos": f"{_PLACE}, the first key that lies in the level; -1, -1 without one or in the hand",
    "door_pos": f"{_PLACE}, the level's first door; -1, -1 without one",
    "carrying_key": "True with a key in the hand",
    "door_open": "True while the door at door_pos stands open",
    "progress": "0..1, share of the milestones reached in this episode: key taken, door opened (where the level has "
    "them), and success",
    "success": "True on the step that succeeds",
}
"""Column -> meaning, for the columns that every task gives."""


def draw(rules: Any, state: State, i: int, *, tile: int = 32) -> np.ndarray:
    """Row i of a state as a frame [height * tile, width * tile, 3] uint8; what the agent sees is highlighted."""
    from rewardlab.envs.gridworlds.pictures.tiles import frame, highlighted

    place, heading, grid = _situation(rules, state, i)
    seen = rules.at({k: v[i : i + 1] for k, v in state.items()}).image[0]
    lit = highlighted(seen[..., 0] != codes.UNSEEN, place, heading, rules.width, rules.height)
    return frame(grid, place, heading, seen=lit, tile=tile)


def text(rules: Any, state: State, i: int, *, colour: bool = False) -> str:
    """Row i of a state in MiniGrid's letters, two for a cell."""
    from rewardlab.envs.gridworlds.pictures.letters import ansi

    place, heading, grid = _situation(rules, state, i)
    return ansi(grid, place, heading, colour=colour)


def _situation(rules: Any, state: State, i: int) -> tuple[tuple[int, int], int, np.ndarray]:
    field = state["field"][i]
    grid = codes.unpack(rules.grids({"lines": state["lines"][i : i + 1]})[0])
    return (int(field[codes.X]), int(field[codes.Y])), int(field[codes.HEADING]), grid


def observation(rules: Any) -> dict[str, str]:
    """Component -> meaning of the observations of `rules`, for its card."""
    v, width, height, tile = rules.view, rules.width, rules.height, rules.tile
    if rules.observation == "flat":
        cells = v * v * 20
        return {
            "cells": f"[:{cells}] for each cell of the {v} x {v} view one-hot type (11), colour (6), door state (3)",
            "direction": f"[{cells}:] one-hot: right, down, left, up",
        }
    codes_of = "(type 0..10, colour 0..5, door state 0..2)"
    image = {
        "dict": f"[{v}, {v}, 3] uint8: {codes_of} of what the agent sees, itself at [{v // 2}, {v - 1}]",
        "one_hot": f"[{v}, {v}, 20] uint8: type (11), colour (6), door state (3) of what the agent sees, one-hot",
        "full": f"[{width}, {height}, 3] uint8: {codes_of} of every cell, the agent as type 10 with its direction",
        "rgb": f"[{height * tile}, {width * tile}, 3] uint8: a picture of the level, {tile} pixels a cell",
        "rgb_partial": f"[{v * tile}, {v * tile}, 3] uint8: a picture of what the agent sees, {tile} pixels a cell",
    }[rules.observation]
    words = len(rules.missions.vocabulary)
    return {
        "image": image,
        "direction": "0 right, 1 down, 2 left, 3 up",
        "mission": f"[{rules.missions.length}] word ids 0..{words}, 0 for no word; the text is info['mission']",
    }
