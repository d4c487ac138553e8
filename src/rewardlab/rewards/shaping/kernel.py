"""What shaping methods share: where a vector stands in an observation, the check of a potential, and its memory."""

from collections.abc import Callable, Mapping
from typing import Any

from rewardlab.core.arrays import Array, Tree, is_torch, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadReward
from rewardlab.core.memory import EpisodeMemory

Part = slice | Callable[[Tree], Array]
"""Where a vector stands in an observation: a slice of the last axis, or a function [B, *obs] -> [B, D]."""


def part(where: Part, obs: Tree) -> Array:
    """The vector [B, D] that stands at `where`."""
    return obs[..., where] if isinstance(where, slice) else where(obs)


def away(distance: str | Callable[[Tree], Array], batch: Transitions, *, by: str) -> Array:
    """The distance [B] to the goal after each step: an info column, or a function of the state that was reached.

    Raises:
        MissingColumn: for a column that the environment does not give.
        BadReward: if it is not one number for each step.
    """
    gap = batch.column(distance, by=by) if isinstance(distance, str) else distance(batch.next_obs)
    return namespace(batch.reward).astype(checked(gap, batch, where=by), batch.reward.dtype)


def checked(phi: Any, batch: Transitions, *, where: str) -> Array:
    """What a potential gave, if it is one number for each observation.

    Raises:
        BadReward: if it is anything else.
    """
    shape = getattr(phi, "shape", None)
    if shape is None or tuple(shape) != batch.shape or is_torch(phi) != is_torch(batch.reward):
        raise BadReward(
            f"phi gave {type(phi).__name__}" + ("" if shape is None else f" of shape {tuple(shape)}"),
            where=where,
            expected=f"one number per observation: shape {batch.shape}, in the kind of the batch",
            mend="make it of the observations that phi is given, and reduce every axis but the first",
        )
    return phi


def kept(after: Array, batch: Transitions) -> Array:
    """The potential [B] of what was reached: 0 beyond a termination, its own beyond a truncation."""
    # The terminal state has no potential, or the sum of an episode would depend on where it ended.
    xp = namespace(after)
    return xp.where(batch.terminated, xp.zeros_like(after), after)


def discount(gamma: Any, *, where: str, above: bool = False) -> float:
    """`gamma`, if it is a discount: a number in [0, 1], with `above` in (0, 1].

    Raises:
        BadOption: if it is anything else.
    """
    numbers = isinstance(gamma, (int, float)) and not isinstance(gamma, bool)
    if not numbers or not 0 <= gamma <= 1 or (above and gamma == 0):
        raise BadOption(
            f"gamma={gamma!r}",
            where=where,
            expected="a number in (0, 1]" if above else "a number in [0, 1]",
            mend="give the agent's own discount",
        )
    return float(gamma)


class Standing:
    """The potential of the state that each row stands in, as it was when the row came there.

    A potential that changes while an episode runs only telescopes if what was added on entering a state is what is
    taken off on leaving it.

    Args:
        where: whose memory it is, for messages.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self._memory = EpisodeMemory(shape=(2,), where=where)  # whether a state was entered, and its potential [2, N]

    def pay(self, batch: Transitions, phi: Callable[[Tree], Array], gamma: float) -> Array:
        """γ Φ(s') − Φ(s) [B], where Φ(s) is what it was when s was entered, at an episode's first step what it is now.

        Raises:
            BadReward: if `phi` does not give one number for each observation.
        """
        entered, before = self._memory.read(batch.reward)
        xp = namespace(entered)
        if not bool((entered > 0).all()):
            now = checked(phi(batch.obs), batch, where=self.where)
            before = xp.where(entered > 0, before, xp.astype(now, before.dtype))
        after = xp.astype(checked(phi(batch.next_obs), batch, where=self.where), before.dtype)
        self._memory.write(xp.stack([xp.ones_like(after), after]))
        return gamma * kept(after, batch) - before

    def reset(self, begun: Array) -> None:
        """Forget the episodes of these rows, [N] bool."""
        self._memory.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        """What is remembered, {} before the first step."""
        return self._memory.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        self._memory.load_state_dict(state)
