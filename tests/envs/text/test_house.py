"""Houses: closed forms of the shortest plans against search, and houses that are what they say."""

import numpy as np
import pytest

from rewardlab.envs.text.house import chest_house, clue_house, distance, goals_house, graph, plan, shortest

MAKERS = {
    "chest": lambda rng: chest_house(int(rng.integers(2, 8)), 2, rng),
    "goals": lambda rng: goals_house(int(rng.integers(2, 8)), int(rng.integers(1, 5)), 3, rng),
    "clue": lambda rng: clue_house(int(rng.integers(2, 8)), int(rng.integers(2, 5)), 3, rng),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_the_shortest_plan_is_as_long_as_its_formula_says(kind):
    rng = np.random.default_rng(1)
    for _ in range(80):
        house = MAKERS[kind](rng)
        assert shortest(house) == distance(house, (0, 0)) == len(plan(house, (0, 0)))
        assert graph(house).distance((0, 0)) == shortest(house)


@pytest.mark.parametrize("kind", MAKERS)
def test_ways_lead_back_and_all_rooms_are_reached(kind):
    rng = np.random.default_rng(2)
    for _ in range(40):
        house = MAKERS[kind](rng)
        for room, ways in enumerate(house.ways):
            for side, other in enumerate(ways):
                assert other < 0 or house.ways[other][(side + 2) % 4] == room
        seen, edge = {0}, [0]
        while edge:
            edge += (new := [t for t in house.ways[edge.pop()] if t >= 0 and t not in seen])
            seen |= set(new)
        assert seen == set(range(len(house.names))) and len(set(house.names)) == len(house.names)
        assert len({(d.verb, d.noun) for d in house.deeds}) == len(house.deeds)


def test_the_chest_lies_behind_the_door_and_the_key_before_it():
    rng = np.random.default_rng(3)
    for _ in range(60):
        house = chest_house(6, 0, rng)
        key, _, chest = (d.rooms[0] for d in house.deeds)
        places = {0}
        for _ in range(6):
            places |= {t for r in places for t in house.ways[r] if t >= 0 and not house.blocked((r, 0), t)}
        assert key in places and chest not in places
        assert not house.blocked((house.locked[0], 0b10), house.locked[1])


def test_a_wrong_chest_is_the_end():
    house = clue_house(4, 3, 0, np.random.default_rng(0))
    wrong = next(k for k, d in enumerate(house.deeds) if d.fatal)
    assert distance(house, (0, 1 << wrong)) == -1 and house.lost((0, 1 << wrong))
