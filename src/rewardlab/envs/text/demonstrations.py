"""Conversations of the scripted expert, for policies that learn by imitation first."""

from collections.abc import Iterable
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue
from rewardlab.envs.text.transcripts import messages


def demonstrations(env: gym.Env, seeds: Iterable[int]) -> list[list[dict[str, str]]]:
    """One conversation for each seed, as chat messages {"role": "user" | "assistant" | "tool", "content": text}.

    Args:
        env: a dialogue; its episode is over afterwards.
        seeds: of the tasks.

    Raises:
        BadOption: for an environment that is no dialogue.
    """
    inner: Any = env.unwrapped
    rules = getattr(inner, "rules", None)
    if not isinstance(rules, Dialogue):
        raise BadOption(f"{env}", where="demonstrations", expected='a dialogue, such as "rewardlab/ArithChain-v0"')
    found = []
    for seed in seeds:
        env.reset(seed=seed)
        rng, over = np.random.default_rng(seed), False
        while not over:
            state = inner.get_state()["state"]
            said = rules.expert(state["task"][0], state["memory"][0], rng)
            _, _, terminated, truncated, _ = env.step(said)
            over = terminated or truncated
        found.append(messages(env))
    return found
