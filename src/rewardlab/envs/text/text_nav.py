"""Finding a room by an instruction: rooms and corridors seen from inside, in words, and a few moves in each message.

    r = 1[stopped, D ≤ ρ] · (1 − graded · D / 2ρ),    SPL = success · l / max(l, moves)

D is how many cells it is to the goal, ρ the radius, l the shortest number of moves. The instruction says the turns, the
doors and the rooms of the shortest way. Maps of the test split are never those of the training split.

Source: Anderson et al., "On Evaluation of Embodied Navigation Agents", 2018, Equation 1 (SPL); Zhang et al.,
"ActiveVLN: Towards Active Exploration via Multi-Turn RL in Vision-and-Language Navigation", 2025 (chunks of moves).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.text.rooms import (
    FORWARD,
    LEFT,
    NAMES,
    RIGHT,
    STEPS,
    Cell,
    Map,
    Pose,
    ahead,
    cells_to,
    door,
    drawn_map,
    joints_between,
    moved,
    route,
)
from rewardlab.envs.world import Card

STOP = "stop"
_TRIES = 300
_TURNS = ("ahead", "right", "back", "left")
_FULL = ("go straight on", "turn right", "turn back", "turn left")
_WORDS = {w: m for m in (FORWARD, LEFT, RIGHT, STOP) for w in (m, m[0])} | {"ahead": FORWARD}


@dataclass(frozen=True)
class Errand:
    """A map, a way through it and the words for it.

    Attributes:
        map: of blocks.
        start: the first pose.
        goal: the cell to stop at.
        clauses: of the instruction but the last: (turn 0..3 to the right, "door" or "corridor", name of what follows).
        moves: of the shortest way.
    """

    map: Map
    start: Pose
    goal: Cell
    clauses: tuple[tuple[int, str, str], ...]
    moves: int


@dataclass(frozen=True)
class Walk:
    """What is remembered: the pose, moves made, walls run into, and the poses in which messages ended."""

    pose: Pose
    moves: int = 0
    bumps: int = 0
    seen: tuple[Pose, ...] = ()


@dataclass
class TextNav(Dialogue):
    """Follow an instruction through rooms and corridors, and stop in the right place.

    Args:
        side: blocks of 3 × 3 cells on each side of the map, 2..4.
        corridors: chance that a block is a corridor, 0..0.8.
        loops: chance that neighbours are joined beyond what joins all blocks, 0..1.
        least, most: clauses of an instruction, 2..4.
        radius: cells from the goal that still count, 0..2.
        graded: pay less at a distance: half at the radius.
        chunk: moves of one message, 1..9.
        turns: messages, 6..60.
        budget: an errand is over, unpaid, where a move would be beyond this many times the shortest number; 0 for
            never, else at least 1. Stopping is no move.
        loop: it is over, unpaid, when so many messages ended in a pose that was seen before; 0 for never.

    Raises:
        BadOption: for values outside these ranges, and if no errand fits them.
    """

    side: int = 3
    corridors: float = 0.4
    loops: float = 0.3
    least: int = 2
    most: int = 4
    radius: int = 1
    graded: bool = False
    chunk: int = 3
    turns: int = 20
    budget: float = 0.0
    loop: int = 0

    said = 80
    heard = 400
    columns = {
        "x": 0, "y": 0, "heading": 0, "distance": 0, "moves": 0, "bumps": 0, "repeats": 0, "shortest": 0, "spl": 0.0,
        "stopped": False,
    }  # fmt: skip

    def __post_init__(self) -> None:
        ranges = (("side", 2, 4), ("corridors", 0, 0.8), ("loops", 0, 1), ("least", 2, 4), ("most", self.least, 4),
                  ("radius", 0, 2), ("chunk", 1, 9), ("turns", 6, 60), ("loop", 0, 60))  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="TextNav", expected=f"{low}..{high}")
        if self.budget != 0 and not 1 <= self.budget < np.inf:
            raise BadOption(f"budget={self.budget!r}", where="TextNav", expected="0, or a number from 1")
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Errand:
        for _ in range(_TRIES):
            map_ = drawn_map(self.side, self.corridors, self.loops, rng)
            rooms = [k for k, name in enumerate(map_.names) if name]
            end, begin = rooms[int(rng.integers(len(rooms)))], int(rng.integers(len(map_.names)))
            start, goal = (*map_.centre(begin), int(rng.integers(4))), map_.centre(end)
            if not self.least <= joints_between(map_, begin, end) + 1 <= self.most:
                continue
            moves = route(map_, start, goal)
            clauses = clauses_of(map_, start, moves)
            messages = (len(moves) + self.chunk) // self.chunk  # the stop is a word too
            if self.least <= len(clauses) + 1 <= self.most and messages <= self.turns:
                return Errand(map_, start, goal, clauses, len(moves))
        raise BadOption(
            f"none of {_TRIES} errands has {self.least}..{self.most} clauses and fits into {self.turns} messages",
            where="TextNav",
            expected="a size that fits",
            mend="change side, chunk or turns",
        )

    def key(self, task: Errand) -> Map:
        return task.map

    def prompt(self, task: Errand) -> str:
        last = task.map.names[task.map.block(task.goal)]
        here = self.describe(task, task.start)
        if self.brief:
            return (
                ", ".join([*(f"{_TURNS[t]} {way} {to}" for t, way, to in task.clauses), f"stop {last}"]) + f": {here}"
            )
        said = []
        for turn, way, to in task.clauses:
            into = f"into the {to}" if way == "door" else "along the corridor"
            said.append(f"{_FULL[turn]} " + (f"through the door {into}" if way == "door" else into))
        asked = ", then ".join([*said, f"stop in the middle of the {last}"])
        how = f"Say up to {self.chunk} of forward, left, right in a message, and stop at the end."
        return f"{asked[0].upper()}{asked[1:]}. {how} {here}"

    def describe(self, task: Errand, pose: Pose) -> str:
        """What one sees of a pose."""
        name = task.map.names[task.map.block((pose[0], pose[1]))]
        seen = [(word, *ahead(task.map, pose, turn)) for word, turn in (("left", 3), ("ahead", 0), ("right", 1))]
        if self.brief:
            return f"{name or 'corridor'} " + ", ".join(f"{word} {what} {free}" for word, free, what in seen)
        inside = f"You are in the {name}." if name else "You are in a corridor."
        return f"{inside} " + " ".join(
            f"{word.capitalize()}: {what}{f' after {free}' if free else ''}." for word, free, what in seen
        )

    def begin(self, task: Errand) -> Walk:
        return Walk(task.start, seen=(task.start,))

    # -- a turn --------------------------------------------------------------------------------------------------

    def hear(self, task: Errand, memory: Walk, said: str, rng: np.random.Generator) -> Heard:
        """The moves of a message, one after the other."""
        words = parse(said)
        if not words or len(words) > self.chunk:
            reply = "what" if self.brief else f"Say one to {self.chunk} of forward, left, right and stop."
            return Heard(reply, memory=memory, understood=False)
        walk, cut = memory, False
        for word in words:
            if word == STOP:
                break
            if self.budget and walk.moves + 1 > self.budget * task.moves:
                cut = True
                break
            pose = moved(task.map, walk.pose, word)
            walk = Walk(pose, walk.moves + 1, walk.bumps + (word == FORWARD and pose == walk.pose), walk.seen)
        stopped = not cut and words[-1] == STOP
        walk = Walk(walk.pose, walk.moves, walk.bumps, (*walk.seen, walk.pose))
        repeats = sum(p in walk.seen[:k] for k, p in enumerate(walk.seen) if k)
        far = cells_to(task.map, task.goal)[walk.pose[0], walk.pose[1]]
        success = stopped and far <= self.radius
        cut = cut or bool(self.loop and repeats >= self.loop and not stopped)
        pay = (1 - far / (2 * self.radius) if self.graded and self.radius else 1.0) * success
        columns = {
            "x": walk.pose[0], "y": walk.pose[1], "heading": walk.pose[2], "distance": far, "moves": walk.moves,
            "bumps": walk.bumps, "repeats": repeats, "shortest": task.moves, "stopped": stopped,
            "spl": (task.moves / max(task.moves, walk.moves) if walk.moves else 1.0) * success,
        }  # fmt: skip
        over = stopped or cut
        return Heard(
            "" if over else self.describe(task, walk.pose), {"outcome": pay}, over, success, walk, True, columns
        )

    # -- the rest ------------------------------------------------------------------------------------------------

    def check(self, said: str, task: Errand) -> bool:
        """Do the moves, in messages of any length up to 400 moves, stop close enough to the goal?"""
        words = parse(said[:4000])
        if not words or words[-1] != STOP or len(words) > 400:
            return False
        pose = task.start
        for word in words[:-1]:
            pose = moved(task.map, pose, word)
        return cells_to(task.map, task.goal)[pose[0], pose[1]] <= self.radius

    def expert(self, task: Errand, memory: Walk, rng: np.random.Generator) -> str:
        return " ".join([*route(task.map, memory.pose, task.goal), STOP][: self.chunk])

    def examples(self) -> Sequence[Example]:
        names = ("hall", "study", "", "", "bath", "", "", "", "attic")
        joints = ((0, 1), (1, 2), (2, 5), (3, 4), (4, 5), (4, 7), (6, 7), (7, 8))
        task = Errand(Map(3, names, joints), (1, 1, 0), (4, 1), ((1, "door", "study"),), 4)
        right = (
            "right forward forward forward stop", "r f f f s", "RIGHT, FORWARD, FORWARD, FORWARD, STOP",
            "left left left forward forward forward stop", "right\nforward\nforward\nforward\nstop", "r,f,f,f,s",
            "left right right forward forward forward stop", "right ahead ahead ahead stop.",
        )  # fmt: skip
        wrong = (
            "", "stop", "right forward forward forward", "forward stop", "left forward stop", "rfffs",
            "stop right forward forward forward", "right forward forward forward stop stop", "r f f f \uff53",
            "r f f f halt", "r f f f \\u{73}", "f " * 5000 + "s", "right forward forward forward st op",
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        words = ("forward", "left", "right", "back", "ahead", "stop", "door", "wall", "corridor", "what")
        return (*NAMES, *words, *"0123456789 ,:")

    def card(self) -> Card:
        size = 3 * self.side
        return Card(
            summary="Follow an instruction through rooms and corridors that one sees from inside, in words.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"1..{self.chunk} of forward, left, right; stop as the last one ends the errand"},
            reward=f"1 for a stop within {self.radius} cells of the goal"
            + (", less with the distance, down to a half" if self.graded else ""),
            info={
                "x": f"cell from the west, 0..{size - 1}",
                "y": f"cell from the south, 0..{size - 1}",
                "heading": "0 north, 1 east, 2 south, 3 west",
                "distance": "cells to walk to the goal",
                "moves": "moves so far",
                "bumps": "moves against a wall so far",
                "repeats": "messages that ended in a pose seen before",
                "shortest": "moves of the shortest way",
                "spl": "success weighted by path length, 0..1, at the end",
                "stopped": "True if one has stopped",
                **self.told(),
            },
            optimal_return=1.0,
            source="Anderson et al., On Evaluation of Embodied Navigation Agents, 2018",
        )


def parse(said: str) -> list[str]:
    """The moves of a message; none if a word is no move or stop is not the last one."""
    words = re.split(r"[\s,;]+", unescaped(said).lower().strip().rstrip("."))
    moves = [_WORDS.get(word, "") for word in words]
    return moves if all(moves) and STOP not in moves[:-1] else []


def clauses_of(map_: Map, start: Pose, moves: Sequence[str]) -> tuple[tuple[int, str, str], ...]:
    """What is to be said of a way: the turn towards each next block, what leads there, and its name."""
    pose, facing, out = start, start[2], []
    for move in moves:
        new = moved(map_, pose, move)
        a, b = (pose[0], pose[1]), (new[0], new[1])
        if map_.block(a) != map_.block(b):
            side = STEPS.index((b[0] - a[0], b[1] - a[1]))
            name = map_.names[map_.block(b)] or "corridor"
            out.append(((side - facing) % 4, "door" if door(map_, a, b) else "corridor", name))
            facing = side
        pose = new
    return tuple(out)
