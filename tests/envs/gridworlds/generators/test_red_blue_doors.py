import pytest

TASKS = ["MiniGrid-RedBlueDoors-6x6-v0", "MiniGrid-RedBlueDoors-8x8-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("red_blue_doors", "= red, blue", "= blue, red")
    assert differences("MiniGrid-RedBlueDoors-6x6-v0", range(40), native=faulty)
