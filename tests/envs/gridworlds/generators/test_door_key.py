import pytest

TASKS = ["MiniGrid-DoorKey-5x5-v0", "MiniGrid-DoorKey-6x6-v0", "MiniGrid-DoorKey-8x8-v0", "MiniGrid-DoorKey-16x16-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("door_key", "bounded(rng, 1, H - 2)", "bounded(rng, 1, H - 1)")
    assert differences("MiniGrid-DoorKey-8x8-v0", range(40), native=faulty)
