import pytest

TASKS = [
    "MiniGrid-Dynamic-Obstacles-5x5-v0",
    "MiniGrid-Dynamic-Obstacles-Random-5x5-v0",
    "MiniGrid-Dynamic-Obstacles-6x6-v0",
    "MiniGrid-Dynamic-Obstacles-Random-6x6-v0",
    "MiniGrid-Dynamic-Obstacles-8x8-v0",
    "MiniGrid-Dynamic-Obstacles-16x16-v0",
]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("dynamic_obstacles", "field[FIELDS + ball] = at", "field[FIELDS + p[3] - 1 - ball] = at")
    assert differences("MiniGrid-Dynamic-Obstacles-8x8-v0", range(40), native=faulty)


def test_too_many_obstacles_are_reduced_as_minigrid_does(differences):
    assert differences("MiniGrid-Dynamic-Obstacles-5x5-v0", range(30), n_obstacles=9) == []
    assert differences("MiniGrid-Dynamic-Obstacles-6x6-v0", range(30), n_obstacles=4) == []
