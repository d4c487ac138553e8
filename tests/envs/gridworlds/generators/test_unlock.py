import pytest

from rewardlab.envs.gridworlds.generators import table

TASKS = ["MiniGrid-Unlock-v0", "MiniGrid-UnlockPickup-v0", "MiniGrid-BlockedUnlockPickup-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cells[door - H] = BALL | colour(bounded(rng, 0, COLOURS)) << 4", "cells[door - H] = BALL | shade"),
        (" | TARGET, 0)", ", 0)"),
    ],
)
def test_a_fault_is_seen(mutant, differences, old, new):
    faulty = mutant("unlock", old, new)
    whole = table.Native("unlock", faulty.generate, table.native("BlockedUnlockPickupEnv").parameters)
    assert differences(TASKS[2], range(10), native=whole)
