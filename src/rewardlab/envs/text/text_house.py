"""A house in words: rooms to walk through, things to find and open, and a reward at the end alone.

    r = 1 when the quest is fulfilled, else 0,    A*(s, a) = γ V*(s') − V*(s),    V*(s) = γ^(d(s) − 1)

Quests are a key, a locked door and a chest behind it; several deeds in any order; or a clue that tells which of some
chests is meant. The shortest plan of every house is known by search, so each command has its exact advantage.

Source: Côté et al., "TextWorld: A Learning Environment for Text-based Games", 2018, Section 3 (games generated from
logic, with shortest walkthroughs).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.house import (
    COLOURS,
    DIRECTIONS,
    ITEMS,
    PEOPLE,
    ROOMS,
    Deed,
    House,
    Place,
    chest_house,
    clue_house,
    command,
    distance,
    goals_house,
    plan,
    shortest,
)
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.world import Card

QUESTS = ("chest", "goals", "clue")
_TRIES = 300
_FILLERS = re.compile(r"\b(?:the|a|an|to|with|my|up|at|door to|through)\b")
_VERBS = {"go": "go", "walk": "go", "take": "take", "get": "take", "pick": "take", "open": "open", "unlock": "open",
          "talk": "talk", "ask": "talk", "look": "look"}  # fmt: skip


@dataclass
class TextHouse(Dialogue):
    """Fulfil a quest in a house that one sees room by room, one command a message.

    Args:
        quest: "chest", find the key, open the door, open the chest; "goals", do `goals` things in any order; "clue",
            find out which of `goals` chests is meant and open no other.
        rooms: 2..12.
        goals: 1..4; chests of "clue", 2..4.
        others: things and people that do not matter, 0..3.
        turns: commands, 8..60; every quest can be fulfilled within them.
        shortest: commands that the shortest plan has at least, from 1.
        gamma: discount of the column `advantage`, in (0, 1]; it pays nothing.

    Raises:
        BadOption: for values outside these ranges, and if no house fits them.
    """

    quest: str = "chest"
    rooms: int = 5
    goals: int = 3
    others: int = 2
    turns: int = 12
    shortest: int = 1
    gamma: float = 0.9

    said = 80
    heard = 400
    columns = {"room": 0, "distance": 0, "progress": 0, "advantage": 0.0, "subgoals": 0, "effect": False}

    def __post_init__(self) -> None:
        if self.quest not in QUESTS:
            raise BadOption(f"quest={self.quest!r}", where="TextHouse", expected=f"one of {QUESTS}")
        ranges = (("rooms", 2, 12), ("goals", 2 if self.quest == "clue" else 1, 4), ("others", 0, 3), ("turns", 8, 60),
                  ("shortest", 1, self.turns))  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="TextHouse", expected=f"{low}..{high}")
        if not 0 < self.gamma <= 1:
            raise BadOption(f"gamma={self.gamma!r}", where="TextHouse", expected="above 0, at most 1")
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> House:
        for _ in range(_TRIES):
            if self.quest == "chest":
                house = chest_house(self.rooms, self.others, rng)
            elif self.quest == "goals":
                house = goals_house(self.rooms, self.goals, self.others, rng)
            else:
                house = clue_house(self.rooms, self.goals, self.others, rng)
            if self.shortest <= shortest(house) <= self.turns:
                return house
        raise BadOption(
            f"none of {_TRIES} houses has a plan of {self.shortest}..{self.turns} commands",
            where="TextHouse",
            expected="a size that fits",
            mend="change rooms, turns or shortest",
        )

    def prompt(self, task: House) -> str:
        here = self.describe(task, (0, 0))
        deeds = [command(task.deeds[k]) for k in task.goal]
        if self.brief:
            return f"{'open chest' if self.quest == 'clue' else ', '.join(deeds)}: {here}"
        if self.quest == "clue":
            who = task.deeds[task.clue].noun
            asked = f"Open the chest that holds the treasure; the {who} knows its colour, and a wrong one is the end"
        else:
            asked = f"Your quest: {', '.join(deeds)}"
        how = "Say one command in each message: look, go north, take it, open it, talk to them."
        return f"{asked}. You have {self.turns} commands. {how} {here}"

    def describe(self, task: House, place: Place) -> str:
        """What one sees in a room."""
        room, done = place
        sides = [
            (name, task.blocked(place, target))
            for name, target in zip(DIRECTIONS, task.ways[room], strict=True)
            if target >= 0
        ]
        things = [
            d.noun
            for k, d in enumerate(task.deeds)
            if room in d.rooms and d.noun != "door" and not (d.verb == "take" and done >> k & 1)
        ]
        if self.brief:
            ways = " ".join(name + ("*" if shut else "") for name, shut in sides)
            return f"{task.names[room]}; {ways}" + (f"; {' '.join(things)}" if things else "")
        ways = ", ".join(name + (" (a locked door)" if shut else "") for name, shut in sides)
        seen = f" You see: {', '.join(things)}." if things else ""
        return f"You are in the {task.names[room]}. Ways: {ways}.{seen}"

    def begin(self, task: House) -> Place:
        return 0, 0

    # -- a turn --------------------------------------------------------------------------------------------------

    def hear(self, task: House, memory: Place, said: str, rng: np.random.Generator) -> Heard:
        """One command; what does nothing costs its turn."""
        order = parse(said)
        if order is None:
            return Heard(
                "what" if self.brief else "Say one command, such as go north.", memory=memory, understood=False
            )
        after, reply = self.act(task, memory, *order)
        success = task.fulfilled(after) and not task.lost(after)
        before, now = distance(task, memory), distance(task, after)
        columns = {
            "room": after[0],
            "distance": now,
            "progress": before - now if now >= 0 else -1,
            "subgoals": sum(after[1] >> k & 1 for k in task.goal),
            "effect": after != memory,
            "advantage": self._value(now, success) * (1.0 if success else self.gamma) - self._value(before, False),
        }
        over = success or task.lost(after)
        return Heard(reply, {"outcome": float(success)}, over, success, after, True, columns)

    def act(self, task: House, place: Place, verb: str, noun: str) -> tuple[Place, str]:
        """Where a command leads, and what is said of it."""
        room, done = place
        if verb == "look":
            return place, self.describe(task, place)
        if verb == "go":
            target = task.ways[room][DIRECTIONS.index(noun)]
            if target < 0:
                return place, "no" if self.brief else "There is a wall."
            if task.blocked(place, target):
                return place, "locked" if self.brief else "The door is locked."
            return (target, done), self.describe(task, (target, done))
        for k, deed in enumerate(task.deeds):
            if (deed.verb, deed.noun) == (verb, noun) and room in deed.rooms and not done >> k & 1:
                if not task.can(place, k):
                    return place, "no key" if self.brief else "You have no key."
                return (room, done | 1 << k), self._told_of(task, k, deed)
        return place, "no" if self.brief else "That cannot be done here."

    def _told_of(self, task: House, k: int, deed: Deed) -> str:
        if deed.fatal:
            return "dead" if self.brief else "The chest was a trap. It is over."
        if k == task.clue:
            return task.answer if self.brief else f"The {deed.noun} says: it is in the {task.answer} chest."
        if self.brief:
            return "ok"
        return {"take": "Taken.", "open": "It is open.", "talk": f"The {deed.noun} greets you."}[deed.verb]

    def _value(self, far: int, success: bool) -> float:
        """The discounted value of a distance, time enough being left; a product, which is the same everywhere."""
        if success:
            return 1.0
        if far < 0:
            return 0.0
        out = 1.0
        for _ in range(far - 1):
            out *= self.gamma
        return out

    # -- the rest ------------------------------------------------------------------------------------------------

    def check(self, said: str, task: House) -> bool:
        """Does a plan, its commands parted by line breaks or semicolons, fulfil the quest in time?"""
        place: Place = (0, 0)
        for turn, line in enumerate(re.split(r"[\n;]", unescaped(said)[:10_000])):
            order = parse(line)
            if order is None or turn >= self.turns:
                return False
            place, _ = self.act(task, place, *order)
            if task.lost(place):
                return False
            if task.fulfilled(place):
                return True
        return False

    def expert(self, task: House, memory: Place, rng: np.random.Generator) -> str:
        return (plan(task, memory) or ["look"])[0]

    def examples(self) -> Sequence[Example]:
        deeds = (Deed("take", "key", (1,)), Deed("open", "door", (0, 2), (0,)), Deed("open", "chest", (2,)))
        task = House(("hall", "attic", "cellar"), ((1, 2, -1, -1), (-1, -1, 0, -1), (-1, -1, -1, 0)), deeds, (2,),
                     (0, 2, 1))  # fmt: skip
        right = (
            "go north;take key;go south;open door;go east;open chest",
            "n\ntake the key\ns\nunlock the door with the key\ne\nopen chest",
            " GO NORTH ; Take Key. ; South ; Open door! ; east ; Open the chest ",
            "look;north;get key;walk south;open door;go to the east;open chest",
            "n;take key;s;open door;e;open chest;look",
            "w;n;pick up the key;s;open door;e;open chest",
        )
        wrong = (
            "", "open chest", "go east;open chest", "go north;take key;go south;go east;open chest",
            "go north;take key;go south;open door;go east", "n;take key;s;open door;e;open chest?no",
            "n;take key;s;open door;e;take chest", "n;take key;s;open door;e;;open chest", "\uff4e;take key",
            "look;" * self.turns + "n;take key;s;open door;e;open chest", "n take key s open door e open chest",
            "go\\u{20}north", "look;" * 4000,
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        words = ("look", "go", "take", "open", "talk", "key", "door", "chest", "ok", "no", "what", "locked", "dead")
        return (*ROOMS, *DIRECTIONS, *ITEMS, *PEOPLE, *COLOURS, *words, *" :;,*")

    def card(self) -> Card:
        return Card(
            summary="Find things and open doors in a house of rooms, told in words.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: look, go DIRECTION, take, open or talk to something"},
            reward="1 when the quest is fulfilled, else 0",
            info={
                "room": "number of the room one is in, 0 the first",
                "distance": "commands of the shortest plan from here, 0 at the end, -1 if the quest is lost",
                "progress": "how much shorter that plan has become: 1, 0 or less",
                "advantage": f"exact advantage of the command at discount {self.gamma:g}, at most 0",
                "subgoals": "deeds of the quest that are done",
                "effect": "False if the command changed nothing",
                **self.told(),
            },
            optimal_return=1.0,
            source="Côté et al., TextWorld: A Learning Environment for Text-based Games, 2018",
        )


def parse(said: str) -> tuple[str, str] | None:
    """Verb and noun of a command, or None if it is none."""
    words = _FILLERS.sub(" ", unescaped(said[:400]).lower().strip().rstrip(".!")).split()
    if not words:
        return None
    if len(words) == 1 and (side := _direction(words[0])):
        return "go", side
    verb, rest = _VERBS.get(words[0], ""), words[1:]
    if verb == "look":
        return ("look", "") if not rest or rest == ["around"] else None
    if verb == "go":
        side = _direction(rest[0]) if len(rest) == 1 else ""
        return ("go", side) if side else None
    if verb == "open" and rest[-1:] == ["key"] and len(rest) > 1:  # with the key
        rest = rest[:-1]
    noun = " ".join(rest)
    return (verb, noun) if verb and noun and noun.replace(" ", "").isalpha() else None


def _direction(word: str) -> str:
    return next((d for d in DIRECTIONS if word in (d, d[0])), "")
