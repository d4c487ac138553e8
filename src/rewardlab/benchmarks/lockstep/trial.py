"""A trial: a copy of a MiniGrid level on which a plan is made by playing it."""

import copy
from typing import Any

LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE, DONE = range(7)
FIXED = ("wall", "lava", "goal", "floor")  # no step ever changes them: the copy may share them


class Stuck(Exception):
    """No way to go on is known."""


class Ended(Exception):
    """The episode of the trial is over; `Trial.paid` says with which pay."""


class Trial:
    """A level as it stands, copied; whatever is done here is kept as a list of actions.

    Args:
        env: an unwrapped MiniGrid environment in a running episode; it is not changed.

    Attributes:
        world: the copy. It draws no observations, which take most of a step's time.
        actions: what was done since the copy was made.
        paid: the reward of the last step.
    """

    def __init__(self, env: Any) -> None:
        shared = [env.observation_space, env.action_space, env.spec, *(c for c in env.grid.grid if _fixed(c))]
        self.world = copy.deepcopy(env, {id(x): x for x in shared})
        self.world.gen_obs = _nothing
        self.actions: list[int] = []
        self.paid = 0.0

    def act(self, action: int) -> None:
        """One step.

        Raises:
            Ended: if the episode ends by it.
        """
        self.actions.append(action)
        _, reward, terminated, truncated, _ = self.world.step(action)
        self.paid = float(reward)
        if terminated or truncated:
            raise Ended

    @property
    def pose(self) -> tuple[int, int, int]:
        """Column, row and heading of the agent."""
        x, y = self.world.agent_pos
        return int(x), int(y), int(self.world.agent_dir)


def _fixed(cell: Any) -> bool:
    return cell is not None and cell.type in FIXED


def _nothing() -> dict[str, Any]:
    return {}
