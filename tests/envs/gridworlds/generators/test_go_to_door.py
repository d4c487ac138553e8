import pytest

TASKS = ["MiniGrid-GoToDoor-5x5-v0", "MiniGrid-GoToDoor-6x6-v0", "MiniGrid-GoToDoor-8x8-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("go_to_door", "if not used >> rank & 1:", "if True:")
    assert differences("MiniGrid-GoToDoor-8x8-v0", range(40), native=faulty)
