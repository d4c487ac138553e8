"""What one who knows the chains of arithmetic says at the end."""

from collections.abc import Iterable
from typing import Any

import gymnasium as gym

import rewardlab  # noqa: F401

CHAIN, CALCULATOR = "rewardlab/ArithChain-v0", "rewardlab/ArithChain-Calculator-v0"


def answers(task: str, seeds: Iterable[int], **parameters: Any) -> dict[int, str]:
    """Seed -> the right answer, as the task wants it."""
    env: Any = gym.make(task, **parameters)
    found = {}
    for seed in seeds:
        env.reset(seed=seed)
        found[seed] = env.unwrapped.rules.solution(env.unwrapped.get_state()["state"]["task"][0])[-1]
    return found
