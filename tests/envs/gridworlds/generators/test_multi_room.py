import pytest

TASKS = [
    "MiniGrid-MultiRoom-N2-S4-v0",
    "MiniGrid-MultiRoom-N4-S5-v0",
    "MiniGrid-MultiRoom-N4-S5-v1",
    "MiniGrid-MultiRoom-N6-v0",
]


@pytest.mark.filterwarnings("ignore:.*out of date")
@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("multi_room", "            tried = 0\n", "")  # eight tries in all, not from each room
    assert differences("MiniGrid-MultiRoom-N6-v0", range(40), native=faulty)
