import pytest

TASKS = ["MiniGrid-LockedRoom-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("locked_room", "    while keeps == locked:\n        keeps = bounded(rng, 0, _ROOMS)\n", "")
    assert differences("MiniGrid-LockedRoom-v0", range(40), native=faulty)
