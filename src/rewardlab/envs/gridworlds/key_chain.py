"""Key chain: k keys and k doors in a row of rooms, each key behind the door that the one before it opens.

    r = 1 on the step that enters the goal, 0 otherwise

The agent holds one key at a time, so the used one must be laid down before the next is taken. With each further link
play at random succeeds more rarely: a ladder of exploration from simple to hopeless.

Source: the rules are those of Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry,
"Minigrid & Miniworld: Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS
2023; the chain is ours.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.missions import Missions
from rewardlab.envs.gridworlds.pictures import grid_shown
from rewardlab.envs.gridworlds.tasks.drawn import DrawnTask, Sketch
from rewardlab.envs.rules import Card

_MISSION = "open the doors one after the other and get to the goal"


@dataclass
class KeyChain(DrawnTask):
    """A row of k + 1 rooms; key i lies in room i, door i leads from it to the next, the goal is in the last.

    Args:
        keys_in_chain: k, 0 to 6.
        room: inner side of a room in cells, 2 to 6.

    Raises:
        BadOption: for values outside their ranges.
    """

    keys_in_chain: int = 2
    room: int = 3

    max_episode_steps: ClassVar[int | None] = 300
    own: ClassVar[tuple[str, ...]] = ("unlocked", "progress")

    def __post_init__(self) -> None:
        k, room = self.keys_in_chain, self.room
        if not 0 <= k <= 6:
            raise BadOption(f"keys_in_chain={k!r}", where="KeyChain", expected="0..6, a colour each")
        if not 2 <= room <= 6:
            raise BadOption(f"room={room!r}", where="KeyChain", expected="2..6 cells of an inner side")
        self._set_up(
            (k + 1) * (room + 1) + 1, room + 2, Missions.of([_MISSION]), rule=codes.STANDARD, flat_pay=True
        )  # fmt: skip
        self._deal_levels(100 * (k + 1))

    def sketch(self, random: np.random.Generator) -> Sketch:
        drawn = Sketch(self.width, self.height, random)
        drawn.mission = _MISSION
        rows, colours = range(1, self.height - 1), drawn.order(range(6))
        doorways: list[tuple[int, int]] = []
        for i in range(self.keys_in_chain):
            wall = (i + 1) * (self.room + 1)
            drawn.cells[wall, 1:-1] = codes.GREY_WALL
            door = drawn.put(codes.LOCKED | colours[i] << 4, [(wall, y) for y in rows])
            doorways += [(wall - 1, door[1]), (wall + 1, door[1])]
        for i in range(self.keys_in_chain + 1):
            xs = range(i * (self.room + 1) + 1, (i + 1) * (self.room + 1))
            thing = codes.KEY | colours[i] << 4 if i < self.keys_in_chain else codes.GOAL | codes.GREEN << 4
            drawn.put(thing, drawn.free(xs, rows, but=doorways))
            if i == 0:
                drawn.put_agent(drawn.free(xs, rows))
        return drawn

    def own_columns(self, batch: Any) -> dict[str, Array]:
        locked = (batch.grids() & 15 == codes.LOCKED).sum((1, 2))
        unlocked = self.keys_in_chain - locked
        return {"unlocked": unlocked, "progress": (unlocked + batch.field[:, codes.WON]) / (self.keys_in_chain + 1)}

    def card(self) -> Card:
        k = self.keys_in_chain
        return Card(
            summary=f"{k + 1} rooms in a row with {k} locked doors between them; each key lies behind the door before.",
            observation=grid_shown.observation(self),
            action={"action": grid_shown.ACTIONS},
            reward=f"1 on the step that enters the goal, else 0; an episode has {self.max_steps} steps at most",
            info={
                **grid_shown.INFO,
                "unlocked": f"0..{k}, how many doors have been unlocked",
                "progress": "0..1, share of the doors and the goal that is done",
            },
            optimal_return=1.0,
            source="The rules of Chevalier-Boisvert et al., Minigrid & Miniworld, NeurIPS 2023",
        )
