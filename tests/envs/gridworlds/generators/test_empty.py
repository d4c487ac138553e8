import pytest

TASKS = [
    "MiniGrid-Empty-5x5-v0",
    "MiniGrid-Empty-Random-5x5-v0",
    "MiniGrid-Empty-6x6-v0",
    "MiniGrid-Empty-Random-6x6-v0",
    "MiniGrid-Empty-8x8-v0",
    "MiniGrid-Empty-16x16-v0",
]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("empty", "rng, W, H, 0, 0, W, H, FOREVER", "rng, W, H, 1, 0, W, H, FOREVER")
    assert differences("MiniGrid-Empty-Random-6x6-v0", range(40), native=faulty)


def test_a_place_given_by_hand(differences):
    assert differences("MiniGrid-Empty-8x8-v0", range(3), agent_start_pos=(3, 4), agent_start_dir=2) == []
