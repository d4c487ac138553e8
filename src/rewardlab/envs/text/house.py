"""Houses: rooms joined by ways, deeds that can be done in them, and the quest that some of these deeds fulfil.

    state = (room, deeds done),    the quest is fulfilled when its deeds are among them

A deed has its rooms and the deeds that it needs; a locked way opens with one of them. All that can be reached is small,
so shortest plans come from a search, over the deeds that matter alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, permutations

import numpy as np

from rewardlab.envs.text.graphs import Graph, explore

DIRECTIONS = ("north", "east", "south", "west")
ROOMS = ("kitchen", "hall", "attic", "cellar", "garden", "study", "library", "bedroom", "bath", "porch", "office",
         "stable")  # fmt: skip
ITEMS = ("lamp", "rope", "book", "coin", "cup", "map", "ring", "bell")
PEOPLE = ("guard", "cook", "maid", "child")
COLOURS = ("red", "blue", "green", "white", "black")
_STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0))

Place = tuple[int, int]  # room, bits of the deeds done


@dataclass(frozen=True)
class Deed:
    """Something that can be done once.

    Attributes:
        verb: "take", "open" or "talk".
        noun: to what.
        rooms: where.
        needs: numbers of the deeds that come before it.
        fatal: the quest is lost by it.
    """

    verb: str
    noun: str
    rooms: tuple[int, ...]
    needs: tuple[int, ...] = ()
    fatal: bool = False


@dataclass(frozen=True)
class House:
    """A house and its quest; one begins in room 0.

    Attributes:
        names: of the rooms.
        ways: of each room, the room to the north, east, south and west; -1 for a wall.
        deeds: what can be done.
        goal: numbers of the deeds that fulfil the quest, all of them.
        locked: two rooms and the deed that opens the way between them, or nothing.
        clue: the deed that tells which of several things is meant, -1 if all is known; who acts on knowledge does it
            first.
        answer: what the clue says.
    """

    names: tuple[str, ...]
    ways: tuple[tuple[int, ...], ...]
    deeds: tuple[Deed, ...]
    goal: tuple[int, ...]
    locked: tuple[int, int, int] | tuple[()] = ()
    clue: int = -1
    answer: str = ""

    def blocked(self, place: Place, target: int) -> bool:
        """Whether the way to a neighbouring room is still locked."""
        if not self.locked:
            return False
        a, b, deed = self.locked
        return {place[0], target} == {a, b} and not place[1] >> deed & 1

    def can(self, place: Place, deed: int) -> bool:
        """Whether a deed can be done here and now."""
        room, done = place
        d = self.deeds[deed]
        return room in d.rooms and not done >> deed & 1 and all(done >> k & 1 for k in d.needs)

    def fulfilled(self, place: Place) -> bool:
        """Whether the quest is."""
        return all(place[1] >> k & 1 for k in self.goal)

    def lost(self, place: Place) -> bool:
        """Whether a fatal deed was done."""
        return any(d.fatal and place[1] >> k & 1 for k, d in enumerate(self.deeds))

    def matters(self) -> int:
        """Bits of the deeds that a plan may need."""
        bits, ahead = 0, [*self.goal, *self.locked[2:], *([self.clue] if self.clue >= 0 else [])]
        while ahead:
            k = ahead.pop()
            bits |= 1 << k
            ahead += [n for n in self.deeds[k].needs if not bits >> n & 1]
        return bits


def command(deed: Deed) -> str:
    """A deed as one says it."""
    return f"{deed.verb} {deed.noun}"


@lru_cache(maxsize=4096)
def graph(house: House) -> Graph:
    """All that whoever acts on knowledge may do, by the commands for it; only deeds that matter are in it."""
    matters = house.matters()
    clue = house.clue

    def moves(place: Place) -> Iterator[tuple[str, Place]]:
        room, done = place
        for k, target in enumerate(house.ways[room]):
            if target >= 0 and not house.blocked(place, target):
                yield f"go {DIRECTIONS[k]}", (target, done)
        for k, deed in enumerate(house.deeds):
            if matters >> k & 1 and house.can(place, k):
                if clue >= 0 and k in house.goal and not done >> clue & 1:
                    continue
                yield command(deed), (room, done | 1 << k)

    return explore((0, 0), moves, house.fulfilled)


def plan(house: House, place: Place) -> list[str]:
    """The first of the shortest ways to fulfil the quest from here, as commands."""
    return graph(house).plan((place[0], place[1] & house.matters()))


def distance(house: House, place: Place) -> int:
    """Commands to the end of the quest from here, -1 if it is lost."""
    if house.lost(place):
        return -1
    if house.fulfilled(place):
        return 0
    return graph(house).distance((place[0], place[1] & house.matters()))


def shortest(house: House) -> int:
    """Commands of the shortest plan, by the lengths of the walks between the rooms that matter."""
    first = [house.clue] if house.clue >= 0 else []
    deeds = [*first, *house.goal] if not house.locked else [0, *house.goal]
    rooms = [house.deeds[k].rooms[0] for k in deeds]
    fixed = bool(first) or bool(house.locked)  # the order is given
    away = {room: _walks(house.ways, room) for room in {0, *rooms}}
    orders = [tuple(rooms)] if fixed else permutations(rooms)
    walk = min(sum(away[a][b] for a, b in pairwise((0, *order))) for order in orders)
    return walk + len(deeds) + bool(house.locked)


def chest_house(rooms: int, others: int, rng: np.random.Generator) -> House:
    """A key somewhere, a locked way, and a chest behind it."""
    ways, joined = _rooms(rooms, 0.0, rng)
    a, b = joined[int(rng.integers(len(joined)))]
    near = _walks(ways, 0, (a, b))
    far = [r for r in range(rooms) if r not in near]
    deeds = [
        Deed("take", "key", (_one(sorted(near), rng),)),
        Deed("open", "door", (a, b), (0,)),
        Deed("open", "chest", (_one(far, rng),)),
        *_others(rooms, others, list(ITEMS), list(PEOPLE), rng),
    ]
    return House(_names(rooms, rng), ways, tuple(deeds), (2,), (a, b, 1))


def goals_house(rooms: int, goals: int, others: int, rng: np.random.Generator) -> House:
    """Some things to take, open and say, in any order."""
    ways, _ = _rooms(rooms, 0.3, rng)
    items, people = list(rng.permutation(ITEMS)), list(rng.permutation(PEOPLE))
    chests = [f"{c} chest" for c in rng.permutation(COLOURS)]
    deeds = []
    for _ in range(goals):
        verb, nouns = (("take", items), ("open", chests), ("talk", people))[int(rng.integers(3))]
        deeds.append(Deed(verb, str(nouns.pop()), (int(rng.integers(rooms)),)))
    deeds += _others(rooms, others, items, people, rng)
    return House(_names(rooms, rng), ways, tuple(deeds), tuple(range(goals)))


def clue_house(rooms: int, chests: int, others: int, rng: np.random.Generator) -> House:
    """Chests of which one is meant, and somebody who knows which; a wrong one ends it."""
    ways, _ = _rooms(rooms, 0.3, rng)
    colours, people = rng.permutation(COLOURS)[:chests], list(rng.permutation(PEOPLE))
    right = int(rng.integers(chests))
    deeds = [Deed("talk", str(people.pop()), (int(rng.integers(rooms)),))]
    for k, colour in enumerate(colours):
        deeds.append(Deed("open", f"{colour} chest", (int(rng.integers(rooms)),), fatal=k != right))
    deeds += _others(rooms, others, list(ITEMS), people, rng)
    return House(_names(rooms, rng), ways, tuple(deeds), (1 + right,), (), 0, str(colours[right]))


def _names(rooms: int, rng: np.random.Generator) -> tuple[str, ...]:
    return tuple(str(name) for name in rng.permutation(ROOMS)[:rooms])


def _others(rooms: int, others: int, items: list[str], people: list[str], rng: np.random.Generator) -> list[Deed]:
    """What can be done and helps nothing."""
    out = []
    for _ in range(others):
        verb, nouns = ("take", items) if rng.random() < 0.5 or not people else ("talk", people)
        out.append(Deed(verb, str(nouns.pop()), (int(rng.integers(rooms)),)))
    return out


def _one(rooms: list[int], rng: np.random.Generator) -> int:
    return rooms[int(rng.integers(len(rooms)))]


def _rooms(
    rooms: int, loops: float, rng: np.random.Generator
) -> tuple[tuple[tuple[int, ...], ...], list[tuple[int, int]]]:
    """Rooms on a lattice, each joined to one before it, and the joints; neighbours may be joined by chance too."""
    cells = [(0, 0)]
    at = {(0, 0): 0}
    ways = [[-1] * 4 for _ in range(rooms)]
    joined = []
    while len(cells) < rooms:
        near, side = int(rng.integers(len(cells))), int(rng.integers(4))
        cell = (cells[near][0] + _STEPS[side][0], cells[near][1] + _STEPS[side][1])
        if cell in at:
            continue
        new = at[cell] = len(cells)
        cells.append(cell)
        ways[near][side], ways[new][(side + 2) % 4] = new, near
        joined.append((near, new))
    if loops:
        for k, (x, y) in enumerate(cells):
            for side in (0, 1):
                other = at.get((x + _STEPS[side][0], y + _STEPS[side][1]), -1)
                if other >= 0 and ways[k][side] < 0 and rng.random() < loops:
                    ways[k][side], ways[other][side + 2] = other, k
    return tuple(tuple(w) for w in ways), joined


def _walks(ways: tuple[tuple[int, ...], ...], start: int, without: tuple[int, ...] = ()) -> dict[int, int]:
    """Room -> steps to it, locks not minded, but for the way between the two of `without`."""
    found, edge = {start: 0}, [start]
    for room in edge:
        for target in ways[room]:
            if target >= 0 and target not in found and not (room in without and target in without):
                found[target] = found[room] + 1
                edge.append(target)
    return found
