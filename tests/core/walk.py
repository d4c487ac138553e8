"""A world for tests that carries everything a face must carry."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.testing.trace import same
from rewardlab.envs.world import Card, Rules, WorldVectorEnv


@dataclass
class Drift(Rules):
    """A walk with everything that a face must carry: a Dict observation, columns of all kinds, NaN, random ends."""

    length: int = 9
    torch: ClassVar[bool] = True

    def __post_init__(self):
        self.observation_space = spaces.Dict(
            {"at": spaces.Box(-99, 99, (2,), np.float64), "count": spaces.Discrete(self.length + 1)}
        )
        self.action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)

    def start(self, n, rng):
        return {"at": rng.uniform((2,)), "count": rng.integers(3)}

    def move(self, state, action, rng):
        xp = rng.xp
        at = state["at"] + action + rng.uniform((2,)) - 0.5
        count = state["count"] + 1
        luck = rng.uniform()
        over = (count >= self.length) | (luck < 0.1)
        reward = -xp.astype(at[:, 0] > 0, xp.float64)
        # sums of two only: a sum over an axis may be taken in another order elsewhere
        gap = xp.where(luck < 0.3, xp.full_like(luck, float("nan")), -luck)
        return {"at": at, "count": count}, reward, over, {"success": luck < 0.05, "gap": gap, "action": action + 0.0}

    def look(self, state):
        return {"at": state["at"] + 0.0, "count": state["count"] + 0}

    def inform(self, state):
        return {"parity": state["count"] % 2 == 0, "place": state["at"] * 2.0}

    def draw(self, state, i):
        return np.full((4, 4, 3), int(state["count"][i]), dtype=np.uint8)

    def text(self, state, i):
        return f"step {int(state['count'][i])}"

    def card(self):
        return Card("A walk.", {"at": "m", "count": "steps"}, {"push": "m, -1..1"}, "-1 on the right", {"gap": "NaN"})


def vector(n=4, mode="SameStep", **options):
    return WorldVectorEnv(Drift, n, autoreset_mode=mode, **options)


def drawn(envs, seed=0, steps=40):
    draws = np.random.default_rng(seed)
    return [draws.uniform(-1, 1, (envs.num_envs, 2)).astype(np.float32) for _ in range(steps)]


def assert_same(a, b):
    """Equal to the bit, NumPy or torch, NaN equal to NaN."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, tuple):
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, np.ndarray) and a.dtype == object:
        for x, y in zip(a, b, strict=True):
            assert (x is None) == (y is None)
            if x is not None:
                assert_same(x, y)
    else:
        assert same(np.asarray(a), np.asarray(b)), (a, b)
