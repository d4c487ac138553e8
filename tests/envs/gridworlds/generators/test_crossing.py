import pytest

TASKS = [
    "MiniGrid-LavaCrossingS9N1-v0",
    "MiniGrid-LavaCrossingS9N2-v0",
    "MiniGrid-LavaCrossingS9N3-v0",
    "MiniGrid-LavaCrossingS11N5-v0",
    "MiniGrid-SimpleCrossingS9N1-v0",
    "MiniGrid-SimpleCrossingS9N2-v0",
    "MiniGrid-SimpleCrossingS9N3-v0",
    "MiniGrid-SimpleCrossingS11N5-v0",
]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("crossing", "    shuffle(rng, scratch, _RIVERS, turns)\n", "")
    assert differences("MiniGrid-LavaCrossingS9N2-v0", range(40), native=faulty)


def test_more_rivers_than_there_is_space_for(differences):
    assert differences("MiniGrid-LavaCrossingS9N1-v0", range(30), num_crossings=9) == []
