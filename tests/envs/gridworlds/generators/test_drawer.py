import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from contracts.chosen import has_turn
from minigrid.envs import DynamicObstaclesEnv

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.generators.drawer import Drawer
from rewardlab.envs.gridworlds.kernel import codes

TASKS = [
    ("CrossingEnv", {}, 9, 9, 0),
    ("DynamicObstaclesEnv", {}, 8, 8, 4),
    ("KeyCorridorEnv", {}, 16, 16, 0),
    ("MultiRoomEnv", {"minNumRooms": 2, "maxNumRooms": 4}, 25, 25, 0),
    ("ObstructedMaze_Full", {}, 16, 16, 0),
]


def digest(only):
    """Two levels of some tasks, as a hash."""
    found = hashlib.sha256()
    for name, kwargs, width, height, balls in [TASKS[k] for k in only]:
        cells, inside = np.zeros((2, 2, width * height), dtype=np.uint8)
        field = np.zeros((2, codes.FIELDS + balls), dtype=np.int32)
        wide = np.zeros((2, codes.WIDE), dtype=np.uint64)
        Drawer(name, kwargs, width, height)(np.array([3, 2**63], dtype=np.uint64), cells, inside, field, wide)
        for array in (cells, inside, field, wide):
            found.update(array.tobytes())
    return found.hexdigest()


def drawn(seeds, balls=4, **kwargs):
    cells, inside = np.zeros((2, len(seeds), 64), dtype=np.uint8)
    field = np.zeros((len(seeds), codes.FIELDS + balls), dtype=np.int32)
    wide = np.zeros((len(seeds), codes.WIDE), dtype=np.uint64)
    name = "DynamicObstaclesEnv" if balls else "DoorKeyEnv"
    Drawer(name, kwargs, 8, 8)(np.array(seeds, dtype=np.uint64), cells, inside, field, wide)
    return cells, inside, field, wide


def test_a_level_is_the_same_alone_and_in_a_batch():
    whole = drawn([5, 2**64 - 1, 5, 7])
    for row, seed in enumerate([5, 2**64 - 1, 5, 7]):
        for many, one in zip(whole, drawn([seed]), strict=True):
            np.testing.assert_array_equal(many[row], one[0])


def test_no_seeds_no_levels():
    assert drawn([])[0].shape == (0, 64)


def test_the_generator_is_kept_only_by_tasks_that_draw_while_they_step():
    assert drawn([1, 2])[3][:, codes.RANDOM :].all()
    wide = drawn([1, 2], balls=0)[3]
    assert wide[:, codes.LEVEL_SEED].tolist() == [1, 2] and not wide[:, codes.RANDOM :].any()


def test_an_unknown_class_is_refused():
    with pytest.raises(BadOption, match="GoToRedBall"):
        Drawer("GoToRedBall", {}, 8, 8)


def test_a_level_that_minigrid_does_not_find_is_refused():
    with pytest.raises(RecursionError):
        DynamicObstaclesEnv(size=3, n_obstacles=1).reset(seed=6)  # the only cell is the goal's
    cells, inside = np.zeros((2, 1, 9), dtype=np.uint8)
    field, wide = np.zeros((1, codes.FIELDS + 1), dtype=np.int32), np.zeros((1, codes.WIDE), dtype=np.uint64)
    draw = Drawer("DynamicObstaclesEnv", {"size": 3, "n_obstacles": 1}, 3, 3)
    with pytest.raises(BadOption, match="seed 6 of DynamicObstaclesEnv"):
        draw(np.array([6], dtype=np.uint64), cells, inside, field, wide)


PARTS = [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    "only", [pytest.param(p, marks=() if has_turn(k, 3, "drawn") else pytest.mark.slow) for k, p in enumerate(PARTS)]
)
def test_ordinary_python_draws_the_same_levels(only):
    program = f"import runpy; print(runpy.run_path({__file__!r})['digest']({only}))"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-W", "error:overflow", "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest(only)
