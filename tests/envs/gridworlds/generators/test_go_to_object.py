import pytest

TASKS = ["MiniGrid-GoToObject-6x6-N2-v0", "MiniGrid-GoToObject-8x8-N2-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("go_to_object", "if not used >> what & 1:", "if True:")
    assert differences("MiniGrid-GoToObject-6x6-N2-v0", range(40), native=faulty)
