"""Key room: take the key, open the door, reach the chest; each step has a caption.

    r = 1 on the step that reaches the chest, 0 otherwise

MiniGrid's own rules in a room that a wall with a locked door divides. Only the end pays, but what happens is told in
words and in flags: the ground for rewards from captions, from judged transitions, and from sub-goals.

Source: Zheng, Henaff, Zhang, Grover, Amos, "Online Intrinsic Rewards for Decision Making Agents from Large Language
Model Feedback", 2024 (captions of steps); Pignatelli, Ferret, Rocktäschel, Grefenstette, Paglieri, Coward, Toni,
"Assessing the Zero-Shot Capabilities of LLMs for Action Evaluation in RL", 2024 (sub-goals judged from transitions).
The room is ours.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.missions import Missions
from rewardlab.envs.gridworlds.pictures import captions, grid_shown
from rewardlab.envs.gridworlds.tasks.drawn import Sketch
from rewardlab.envs.gridworlds.tasks.watched import WatchedTask
from rewardlab.envs.rules import Card, State

_MISSION = "take the key, open the door, reach the chest"
_EVENT = codes.P0
LEGEND = (
    "Two letters for a cell, its kind and its colour: W wall, K key, L locked door, D closed door, __ open door, "
    "G chest. You are >>, VV, << or ^^, the way you look."
)
"""What the letters of the level mean; the last line of the text view."""


@dataclass
class KeyRoom(WatchedTask):
    """A key, a door and a chest.

    Args:
        room_width, room_height: of the level in cells, walls included: 9 x 9 by default, 12 x 12 the large one, and
            9 x 3 the line, where everything lies in one row. Width at least 6, height 3 or at least 5.
        distractors: probability that the caption of a quiet step says nothing of it, in [0, 1].
        held_out: captions from phrases that are held out, in place of those to train on.

    Raises:
        BadOption: for a room that holds no wall with a door, or a probability outside [0, 1].
    """

    room_width: int = 9
    room_height: int = 9
    distractors: float = 0.2
    held_out: bool = False

    max_episode_steps: ClassVar[int | None] = 200
    notes: ClassVar[tuple[int, ...]] = (_EVENT,)
    own: ClassVar[tuple[str, ...]] = (
        "caption", "event", "subgoal", "subgoal_key", "subgoal_door", "subgoal_chest"
    )  # fmt: skip

    def __post_init__(self) -> None:
        width, height = self.room_width, self.room_height
        if not (6 <= width <= 50 and (height == 3 or 5 <= height <= 50)):
            raise BadOption(
                f"a room of {width} x {height}", where="KeyRoom", expected="6..50 wide, and 3 or 5..50 high"
            )
        if not 0.0 <= self.distractors <= 1.0:
            raise BadOption(f"distractors={self.distractors!r}", where="KeyRoom", expected="a probability in [0, 1]")
        self._set_up(width, height, Missions.of([_MISSION]), rule=codes.STANDARD, flat_pay=True)
        self._deal_levels(200)

    def sketch(self, random: np.random.Generator) -> Sketch:
        drawn = Sketch(self.width, self.height, random)
        drawn.mission = _MISSION
        wall = drawn.whole(3, self.width - 2)
        rows, behind = range(1, self.height - 1), range(wall + 1, self.width - 1)
        door = (wall, drawn.one(rows))
        drawn.cells[wall, 1:-1] = codes.GREY_WALL
        drawn.cells[door] = codes.LOCKED | codes.YELLOW << 4
        drawn.put(codes.GOAL | codes.GREEN << 4, drawn.free(behind, rows))
        drawn.put(codes.KEY | codes.YELLOW << 4, drawn.free(range(1, wall), rows))
        drawn.put_agent(drawn.free(range(1, wall), rows))
        return drawn

    # -- what happens ------------------------------------------------------------------------------------------------

    def before(self, batch: Any) -> dict[str, np.ndarray]:
        field = batch.field
        door = field[:, codes.DOOR_AT]
        return {
            "place": field[:, codes.X] * self.height + field[:, codes.Y],
            "carried": field[:, codes.CARRIED].copy(),
            "door": self.kinds(batch, door),
        }

    def after(self, batch: Any, rows: np.ndarray, before: dict[str, np.ndarray], actions: np.ndarray) -> None:
        now = self.before(batch)
        place, carried, door = (before[k] for k in ("place", "carried", "door"))
        ahead = self._ahead(batch)
        event = np.select(
            [
                batch.field[:, codes.WON] > 0,
                now["carried"] != carried,
                now["door"] != door,
                actions < codes.FORWARD,
                (actions == codes.FORWARD) & (now["place"] == place),
                actions == codes.FORWARD,
                (actions == codes.TOGGLE) & (ahead == codes.LOCKED),
            ],
            [
                np.full(batch.n, captions.REACHED),
                np.where(carried == codes.EMPTY, captions.TOOK, captions.DROPPED),
                np.select(
                    [door == codes.LOCKED, now["door"] == codes.OPEN], [captions.UNLOCKED, captions.OPENED],
                    captions.CLOSED,
                ),
                captions.TURNED,
                captions.BLOCKED,
                captions.MOVED,
                captions.RATTLED,
            ],
            captions.IDLE,
        )  # fmt: skip
        batch.field[rows, _EVENT] = event[rows]

    def _ahead(self, batch: Any) -> np.ndarray:
        """[n] the kind of cell before each agent."""
        step = codes.HEADINGS[batch.field[:, codes.HEADING]] @ (self.height, 1)
        at = batch.field[:, codes.X] * self.height + batch.field[:, codes.Y] + step
        return self.kinds(batch, at)

    def own_columns(self, batch: Any) -> dict[str, Array]:
        field = batch.field
        took, opened, won = (field[:, k] > 0 for k in (codes.TOOK, codes.OPENED, codes.WON))
        out: dict[str, Array] = {
            "event": field[:, _EVENT].astype(np.int64),
            "subgoal": took.astype(np.int64) + opened + won,
            "subgoal_key": took,
            "subgoal_door": opened,
            "subgoal_chest": won,
        }
        if "caption" in self._told_own:
            out["caption"] = captions.captions(
                field[:, _EVENT], batch.wide[:, codes.LEVEL_SEED], field[:, codes.STEPS],
                distractors=self.distractors, held_out=self.held_out,
            )  # fmt: skip
        return out

    # -- exact -------------------------------------------------------------------------------------------------------

    def enumeration(self, seed: int = 0, gamma: float = 0.99) -> Any:
        """The level of a seed, counted out with the flags of the sub-goals (key, door): its fields TOOK and OPENED."""
        from rewardlab.envs.gridworlds.search.enumerate_states import enumerate_states

        start = self.first(seed)
        return enumerate_states(self, start, gamma=gamma, remember=(codes.TOOK, codes.OPENED))

    def text(self, state: State, i: int) -> str:
        return f"{super().text(state, i)}\n{LEGEND}"

    def card(self) -> Card:
        return Card(
            summary=f"{self.width} x {self.height} cells: take the key, open the door, reach the chest behind it.",
            observation=grid_shown.observation(self),
            action={"action": grid_shown.ACTIONS},
            reward="1 on the step that reaches the chest, else 0; an episode has 200 steps at most",
            info={
                **grid_shown.INFO,
                "caption": "what has just happened, in words that vary; sometimes a message that says nothing of it",
                "event": "what has just happened: " + ", ".join(f"{i} {e}" for i, e in enumerate(captions.EVENTS)),
                "subgoal": "0..3, how many of key, door, chest have been reached in this episode",
                "subgoal_key": "True once the key was taken",
                "subgoal_door": "True once the door was opened",
                "subgoal_chest": "True once the chest was reached",
            },
            # Three walks within a room of this size, to key, door and chest, each with a few turns.
            optimal_return=1.0 if 3 * (self.width + self.height) + 20 <= 200 else None,
            source="Zheng et al., Online Intrinsic Rewards for Decision Making Agents from LLM Feedback, 2024",
        )
