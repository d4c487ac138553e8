import pytest

TASKS = ["MiniGrid-FourRooms-v0"]


@pytest.mark.parametrize("task", TASKS)
def test_every_level_is_minigrids(task, differences):
    assert differences(task) == []


def test_a_fault_is_seen(mutant, differences):
    faulty = mutant("four_rooms", "if i == 0:", "if i == 1:")
    assert differences("MiniGrid-FourRooms-v0", range(40), native=faulty)


def test_places_given_by_hand(differences):
    # MiniGrid 3.2 itself fails for a goal given by hand: it unpacks the pair into two positions.
    assert differences("MiniGrid-FourRooms-v0", range(30), agent_pos=(9, 3)) == []
