"""Recordings of play: what a policy did, as transitions that rewards can be fitted to."""

from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Task
from rewardlab.rewards.drivers.vector import PaidVector


class Recorder(Task):
    """The environment's own reward, which keeps every step that it is shown."""

    def __init__(self) -> None:
        self.batches: list[Transitions] = []

    def update(self, batch: Transitions) -> dict[str, float]:
        self.batches.append(batch)
        return {}


def random_play(envs: VectorEnv, steps: int, *, seed: int) -> Transitions:
    """Uniformly random play in fresh episodes of every row.

    Args:
        envs: N rows that reset in the same step; left in the middle of episodes.
        steps: T, vector steps.
        seed: of the rows and of the actions.

    Returns:
        Transitions [T, N] with true successors and all info columns; the columns of each step are the same.
    """
    recorder = Recorder()
    paid = PaidVector(envs, recorder, update_every=steps)
    paid.reset(seed=seed)
    actions: Any = paid.action_space
    actions.seed(int(np.random.default_rng(seed).integers(2**31)))
    for _ in range(steps):
        paid.step(actions.sample())
    return recorder.batches[0]
