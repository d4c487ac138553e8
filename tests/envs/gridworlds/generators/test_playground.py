import pytest

TASKS = ["MiniGrid-Playground-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("playground", "bounded(rng, top + 1, bottom - 1)", "bounded(rng, top + 1, bottom)")
    assert differences("MiniGrid-Playground-v0", range(40), native=faulty)
