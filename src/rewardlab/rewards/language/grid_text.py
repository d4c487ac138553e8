"""Steps on MiniGrid's boards in words and letters: what a judge of transitions reads.

    Before, in front: a locked yellow door
    Before, in hand: a yellow key
    Action: toggle
    After, in front: an open yellow door
    ...

Then the map before and after, two letters a cell; `LEGEND` says what they mean. From the agent's own view the map is
what it sees, itself in the middle of the lower edge looking up (cropped); from a full observation the whole level.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array, Tree, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadSpace

KINDS = ("unseen", "nothing", "wall", "floor", "door", "key", "ball", "box", "goal", "lava", "you")
COLOURS = ("red", "green", "blue", "purple", "yellow", "grey")
STATES = ("open", "closed", "locked")
LETTERS = ("??", "..", "W", "F", "D", "K", "A", "B", "G", "V", "")
ACTIONS = ("turn left", "turn right", "go forward", "pick up", "drop", "toggle", "do nothing")
LEGEND = (
    "Two letters a cell, its kind and its colour: W wall, K key, L locked door, D closed door, O open door, A ball, "
    "B box, G goal, F floor, V lava, .. nothing, ?? not seen. You are >>, VV, << or ^^, the way you look; without "
    "one of these you stand in the middle of the lowest row and look up, and that cell shows what you hold."
)
"""What the letters of a map mean: for the notes of who is asked."""
_AGENT, _DOOR, _HEADINGS = 10, 4, ((1, 0), (0, 1), (-1, 0), (0, -1))


@dataclass(frozen=True)
class GridText:
    """Tells steps in words and letters; to be given as the words of a reward.

    Observations are MiniGrid's encoding [*lead, width, height, 3] of (kind, colour, state), alone or as "image" of a
    mapping; with the agent in it (kind 10) the whole level, without it the agent's own view.

    Args:
        goal: what the goal is called, "chest".
        map: whether the maps are shown too.
        actions: names of the actions 0, 1, ...

    Raises:
        BadSpace: when called, for observations of another form.
    """

    goal: str = "goal"
    map: bool = True
    actions: tuple[str, ...] = ACTIONS

    def __call__(self, batch: Transitions) -> Array:
        """The steps [*lead] as texts (objects)."""
        before, after = (self._image(x, batch.shape) for x in (batch.obs, batch.next_obs))
        action = array(batch.action).reshape(-1)
        out = np.empty(len(action), dtype=object)
        for i, a in enumerate(action.tolist()):
            name = self.actions[a] if 0 <= a < len(self.actions) else f"action {a}"
            lines = [*self.situation(before[i], "Before"), f"Action: {name}", *self.situation(after[i], "After")]
            if self.map:
                lines += ["Map before:", *rows(before[i]), "Map after:", *rows(after[i])]
            out[i] = "\n".join(lines)
        return out.reshape(batch.shape)

    def _image(self, obs: Tree, lead: tuple[int, ...]) -> np.ndarray:
        image = obs.get("image") if isinstance(obs, Mapping) else obs
        found = None if image is None else array(image)
        if found is None or found.ndim != len(lead) + 3 or found.shape[-1] != 3 or found.dtype.kind not in "iu":
            raise BadSpace(
                "observations without cells" if found is None else f"cells of shape {found.shape} and {found.dtype}",
                where="GridText",
                expected="MiniGrid's (kind, colour, state) of each cell, [width, height, 3] integers",
                mend='observation="dict" or "full"',
            )
        return found.reshape(-1, *found.shape[len(lead) :])

    def situation(self, image: np.ndarray, when: str) -> list[str]:
        """What is in front of the agent and in its hand, as lines."""
        width, height, _ = image.shape
        if (at := _agent(image)) is None:  # its own view
            x, y = width // 2, height - 1
            hand = [f"{when}, in hand: {self.thing(image[x, y])}"]
            ahead = image[x, y - 1]
        else:
            dx, dy = _HEADINGS[int(image[at][2]) % 4]
            x, y, hand = at[0] + dx, at[1] + dy, []
            ahead = image[x, y] if 0 <= x < width and 0 <= y < height else np.zeros(3, dtype=image.dtype)
        return [f"{when}, in front: {self.thing(ahead)}", *hand]

    def thing(self, cell: np.ndarray) -> str:
        """A cell in words: "a locked yellow door"."""
        kind, colour, state = (int(x) for x in cell)
        name = self.goal if kind == 8 else KINDS[kind] if kind < len(KINDS) else "something"
        if kind <= 1:
            return name
        words = [STATES[state % 3]] if kind == _DOOR else []
        words += [COLOURS[colour % 6]] if kind in (_DOOR, 5, 6, 7) else []
        told = " ".join([*words, name])
        return f"{'an' if told[0] in 'aeiou' else 'a'} {told}"


def rows(image: np.ndarray) -> list[str]:
    """The map of one observation [width, height, 3], a line for each row of cells."""
    return [
        " ".join(_letters(*(int(v) for v in image[x, y])) for x in range(len(image))) for y in range(image.shape[1])
    ]


def _letters(kind: int, colour: int, state: int) -> str:
    if kind == _AGENT:
        return (">>", "VV", "<<", "^^")[state % 4]
    if kind >= len(LETTERS) or kind <= 1:
        return LETTERS[min(kind, 1)] if kind <= 1 else "!!"
    letter = "ODL"[state % 3] if kind == _DOOR else LETTERS[kind]
    return letter + COLOURS[colour % 6][0]


def _agent(image: np.ndarray) -> tuple[int, int] | None:
    found = np.argwhere(image[..., 0] == _AGENT)
    return (int(found[0, 0]), int(found[0, 1])) if len(found) else None
