"""A walk on a line beside a screen: six random numbers that no action moves."""

import numpy as np
from gymnasium import spaces

from rewardlab.core.batch import Transitions

SPACE, ACTIONS = spaces.Box(-10, 10, (8,)), spaces.Discrete(3)


def walk(n: int, *, seed: int, far: bool = False, quiet: bool = False) -> Transitions:
    """n steps; `far` in a part of the line that is never learned from; `quiet` with the screen off."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, 8))
    x[:, 0] = rng.uniform(3, 6, n) if far else rng.uniform(-2, 2, n)
    x[:, 1] = np.sin(2 * x[:, 0])
    action = rng.integers(0, 3, n)
    y = x.copy()
    y[:, 0] += 0.5 * (action - 1)
    y[:, 1] = np.sin(2 * y[:, 0])
    if not quiet:
        x[:, 2:], y[:, 2:] = rng.normal(size=(2, n, 6))
    over = np.zeros(n, dtype=bool)
    return Transitions(x, action, np.zeros(n), y, over, over.copy(), {})
