import pytest

TASKS = ["MiniGrid-PutNear-6x6-N2-v0", "MiniGrid-PutNear-8x8-N3-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("put_near", "abs(at % H - other % H) <= 1", "abs(at % H - other % H) < 1")
    assert differences("MiniGrid-PutNear-8x8-N3-v0", range(40), native=faulty)
