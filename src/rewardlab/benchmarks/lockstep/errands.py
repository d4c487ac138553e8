"""Errands in a MiniGrid level: go there, fetch that, open this, put it there; with all that stands in the way.

What stands in the way is cleared by errands in turn: a key is fetched for a locked door, from behind other doors or out
of a box; what blocks a passage is carried to where it blocks nothing. Everything is planned with full sight of the
level, from any state of it.
"""

from collections.abc import Callable
from typing import Any

from rewardlab.benchmarks.lockstep.routes import Cell, Pose, ahead, free, places, route
from rewardlab.benchmarks.lockstep.trial import DROP, FORWARD, LEFT, PICKUP, RIGHT, TOGGLE, Stuck, Trial

DEEPEST = 12  # errands within errands
PATIENCE = 60  # times that one errand may be planned anew

Colours = frozenset[str]
NONE: Colours = frozenset()


class Errands:
    """Errands on a trial; each returns when it is done.

    Args:
        trial: what to act on.
        hands: False where moving anything but the target would end the episode.

    Raises:
        Stuck: by each errand, if no way is known.
        Ended: by each errand, if the episode ends meanwhile.
    """

    def __init__(self, trial: Trial, *, hands: bool = True) -> None:
        self.trial, self.world, self.hands = trial, trial.world, hands
        self._depth = 0

    def travel(
        self, accept: Callable[[Pose], bool], *, shut: Colours = NONE, goal: Cell | None = None, hands: bool = True
    ) -> None:
        """Go to a pose that is accepted. What was carried may have been left on the way."""
        for _ in range(PATIENCE):
            way = route(self.world, accept, hands=hands and self.hands, shut=shut, goal=goal)
            if way is None:
                break
            if all(self._advance(pose, shut, goal) for pose in way):
                return
        raise Stuck("no way there")

    def face(self, cells: set[Cell], *, shut: Colours = NONE, hands: bool = True) -> None:
        """Go and look at one of some cells."""
        self.travel(lambda pose: ahead(pose) in cells, shut=shut, hands=hands)

    def fetch(self, wanted: Callable[[Any], bool], *, shut: Colours = NONE) -> None:
        """Get a thing into the hand; what else is held is put down, and boxes with such a thing are opened."""
        for _ in range(PATIENCE):
            held = self.world.carrying
            if held is not None and wanted(held):
                return
            cells = self._where(lambda x: wanted(x) or (x.contains is not None and wanted(x.contains)))
            if not cells:
                if held is None:
                    break
                self.put_down()  # it may be a box with the thing in it
                continue
            self.face(cells, shut=shut)
            thing = self.world.grid.get(*ahead(self.trial.pose))
            if not wanted(thing):
                self.trial.act(TOGGLE)
            elif self.world.carrying is None:
                self.trial.act(PICKUP)
            else:
                self.put_down()
        raise Stuck("nothing of that kind")

    def put_down(self) -> None:
        """Put what is held where it blocks nothing."""
        found = places(self.world)
        if not found:
            raise Stuck("no place to put a thing")
        self.face(found, hands=False)
        self.trial.act(DROP)

    def open(self, doors: list[Any]) -> None:
        """Open one of some doors; one that is open is closed first."""
        for _ in range(PATIENCE):
            self.face(self._where(lambda x: any(x is d for d in doors)))
            door = self.world.grid.get(*ahead(self.trial.pose))
            held, was_open = self.world.carrying, door.is_open
            if door.is_locked and not (held is not None and held.type == "key" and held.color == door.color):
                self._key(door.color, NONE)
                continue
            self.trial.act(TOGGLE)
            if not was_open:
                return
        raise Stuck("no such door can be opened")

    def deliver(self, wanted: Callable[[Any], bool], near: Callable[[Cell], bool]) -> None:
        """Fetch a thing and drop it on a free cell that is near enough."""
        for _ in range(PATIENCE):
            self.fetch(wanted)
            w = self.world
            cells = ((x, y) for x in range(w.width) for y in range(w.height))
            self.face({cell for cell in cells if w.grid.get(*cell) is None and near(cell)})
            if w.carrying is not None and wanted(w.carrying) and w.grid.get(*ahead(self.trial.pose)) is None:
                self.trial.act(DROP)
                return
        raise Stuck("it cannot be brought there")

    def _advance(self, pose: Pose, shut: Colours, goal: Cell | None) -> bool:
        """One step of a way; False if something was cleared instead, so that the way must be planned anew."""
        x, y, heading = self.trial.pose
        if pose[:2] == (x, y):
            self.trial.act(RIGHT if (pose[2] - heading) % 4 == 1 else LEFT)
            return True
        thing = self.world.grid.get(*pose[:2])
        if free(thing) or pose[:2] == goal:
            self.trial.act(FORWARD)
            return True
        self._clear(thing, shut)
        return False

    def _clear(self, thing: Any, shut: Colours) -> None:
        """Do something about what stands ahead."""
        held = self.world.carrying
        if thing.type == "door":
            if thing.is_locked and not (held is not None and held.type == "key" and held.color == thing.color):
                self._key(thing.color, shut)
            else:
                self.trial.act(TOGGLE)
        elif held is not None:
            self.put_down()
        else:
            self.trial.act(PICKUP)
            self.put_down()

    def _key(self, color: str, shut: Colours) -> None:
        """Fetch a key without going through the doors that wait for it."""
        if self._depth == DEEPEST:
            raise Stuck("keys behind keys")
        self._depth += 1
        self.fetch(lambda x: x.type == "key" and x.color == color, shut=shut | {color})
        self._depth -= 1

    def _where(self, wanted: Callable[[Any], bool]) -> set[Cell]:
        """The cells of things that are wanted."""
        w = self.world
        return {(i % w.width, i // w.width) for i, x in enumerate(w.grid.grid) if x is not None and wanted(x)}
