import pytest

TASKS = ["MiniGrid-Fetch-5x5-N2-v0", "MiniGrid-Fetch-6x6-N2-v0", "MiniGrid-Fetch-8x8-N3-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("fetch", "* COLOURS * _KINDS + what", "* COLOURS + what")
    assert differences("MiniGrid-Fetch-6x6-N2-v0", range(40), native=faulty)
