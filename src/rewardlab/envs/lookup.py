"""What worlds that are tables share: numbers on every device, and the returns that a card tells."""

from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, is_torch, tensor


class Tables:
    """Arrays of fixed numbers, one copy on each device that asks.

    Args:
        **arrays: name -> NumPy array.
    """

    def __init__(self, **arrays: Any) -> None:
        self._on: dict[Any, dict[str, Array]] = {None: {name: np.asarray(x) for name, x in arrays.items()}}

    def __call__(self, device: Any = None) -> dict[str, Array]:
        """The arrays by name: NumPy for None, else tensors on that device."""
        if device not in self._on:
            self._on[device] = {name: tensor(x, device=device) for name, x in self._on[None].items()}
        return self._on[device]

    def beside(self, x: Array) -> dict[str, Array]:
        """The arrays where `x` is."""
        return self(device_of(x))


def device_of(x: Array) -> Any:
    """The device of a tensor, None for NumPy: what `Tables` are called with."""
    return x.device if is_torch(x) else None


def returns(mdp: Any, steps: int) -> tuple[float, float]:
    """The expected sums of rewards over at most `steps` steps of uniformly random and of the best play.

    Args:
        mdp: a `TabularMDP`; its discount is not used.
        steps: >= 0.
    """
    random = best = np.zeros(mdp.num_states)
    for _ in range(steps):  # terminal states are loops that pay nothing
        random, best = (mdp.R + mdp.expect(random)).mean(1), (mdp.R + mdp.expect(best)).max(1)
    return float(mdp.initial @ random), float(mdp.initial @ best)
