"""What a callback of Stable-Baselines3 finds in `locals`: made when it is asked for, and not before."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from torch import Tensor

from rewardlab.agents.loops.stream import Moved
from rewardlab.core.arrays import array


class Step(NamedTuple):
    """What a loop did in one step of N rows, for callbacks that ask.

    Attributes:
        agent: whose step it is.
        moved: what it brought.
        obs: [N, *obs] that the actions were for.
        action: [N, *action] as drawn.
        sent: [N, *action] as the environment had them.
        number: of the step in its rollout, from 0.
        mask: [N, A] of the actions that were allowed; None for all.
        memory: what a policy with a memory held before, and the rows [N] bool whose episode began.
    """

    agent: Any
    moved: Moved
    obs: Any
    action: Tensor
    sent: Tensor
    number: int
    mask: Tensor | None = None
    memory: Any = None


def _arrays(tree: Any) -> Any:
    return {k: array(v) for k, v in tree.items()} if isinstance(tree, Mapping) else array(tree)


Recipes = dict[str, Callable[[Step], Any]]
RECIPES: Recipes = {
    "infos": lambda step: step.moved.infos(),
    "dones": lambda step: array(step.moved.done),
    "rewards": lambda step: array(step.moved.reward),
    "new_obs": lambda step: _arrays(step.moved.obs),
    "obs_tensor": lambda step: step.obs,
    "actions": lambda step: array(step.action),
    "clipped_actions": lambda step: array(step.sent),
    "n_steps": lambda step: step.number + 1,
    "env": lambda step: step.agent.env,
    "moved": lambda step: step.moved,
}
"""What callbacks of Stable-Baselines3 find in `locals` at each step."""


class Locals(dict[str, Any]):
    """A dict whose values may be recipes: called at the first look in a step, kept until the next step.

    Callbacks that read nothing cost nothing; one that reads `infos` pays for the dicts of that step alone.

    Args:
        fixed: what stays.
        recipes: name -> function of a step; known from the first step on.
    """

    def __init__(self, fixed: Mapping[str, Any], recipes: Recipes) -> None:
        super().__init__(fixed)
        self._given = recipes
        self._recipes: Recipes = {}  # none before the first step
        self._step: Step | None = None

    def now(self, step: Step) -> None:
        """A new step: the recipes are for it, and what they made of the last one is forgotten."""
        for name in self._given:
            super().pop(name, None)
        self._recipes, self._step = self._given, step

    def __missing__(self, name: str) -> Any:
        self[name] = value = self._recipes[name](self._step)  # type: ignore[arg-type]  # there is one
        return value

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._recipes

    def get(self, name: str, default: Any = None) -> Any:
        """The value of `name`, or `default`."""
        try:
            return self[name]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[str]:
        return iter([*super().__iter__(), *(k for k in self._recipes if not super(Locals, self).__contains__(k))])

    def keys(self) -> Any:
        """All names, made or not."""
        return list(self)

    def items(self) -> Any:
        """All names and values; makes what was not made."""
        return [(k, self[k]) for k in self]
