import pytest

TASKS = ["MiniGrid-DistShift1-v0", "MiniGrid-DistShift2-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("dist_shift", "range(3, W - 3)", "range(3, W - 2)")
    assert differences("MiniGrid-DistShift2-v0", range(40), native=faulty)
