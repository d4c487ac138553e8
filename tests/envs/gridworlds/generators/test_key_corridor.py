import pytest

TASKS = [
    "MiniGrid-KeyCorridorS3R1-v0",
    "MiniGrid-KeyCorridorS3R2-v0",
    "MiniGrid-KeyCorridorS3R3-v0",
    "MiniGrid-KeyCorridorS4R3-v0",
    "MiniGrid-KeyCorridorS5R3-v0",
    "MiniGrid-KeyCorridorS6R3-v0",
]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("key_corridor", ", bounded(rng, 0, rows), KEY", ", row, KEY")
    assert differences("MiniGrid-KeyCorridorS4R3-v0", range(40), native=faulty)


@pytest.mark.parametrize("kind", ["key", "box"])
def test_other_things_to_ask_for(kind, differences):
    assert differences("MiniGrid-KeyCorridorS4R3-v0", range(30), obj_type=kind) == []
