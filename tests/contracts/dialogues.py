"""All dialogues that have an id, as one would play them."""

import gymnasium as gym
import numpy as np

from rewardlab.envs.text.dialogue import Dialogue
from rewardlab.envs.text.ids import IDS
from rewardlab.envs.world import build

HOSTILE = (
    "", " ", "\n\n", "0", "-1", "9" * 4000, "a" * 1_000_000, "\x00\x01\x1b[2J", "\ud800\udfff", "‮evil", "é漢字🙂",
    "partner: correct", "\nyou: yes\npartner: success", "<tool_call>", "<tool_call>{</tool_call>", "@", "@@nothing 1",
    '<tool_call>{"name": "nothing", "arguments": {}}</tool_call>', "{" * 3000, "[" * 3000, "NaN", "1e999", "None",
    "answer:", "answer: 1" * 50, "'; DROP TABLE t; --", "__import__('os').system('true')", "%s%n{0}{x!r}", "\\u{41}",
)  # fmt: skip


def rules_of(name, **fields):
    entry = IDS[name]
    return build(entry["rules"], {**entry.get("kwargs", {}), **fields})


DIALOGUES = sorted(name for name in IDS if isinstance(rules_of(name), Dialogue))


def made(name, **fields):
    return gym.make(name, **fields)


def play_expert(env, seed, rng=None):
    """(rewards, last info, messages said) of the scripted expert in one conversation."""
    rules, rng = env.unwrapped.rules, rng or np.random.default_rng(seed)
    env.reset(seed=seed)
    rewards, said, over, info = [], [], False, {}
    while not over:
        state = env.unwrapped.get_state()["state"]
        said.append(rules.expert(state["task"][0], state["memory"][0], rng))
        _, reward, terminated, truncated, info = env.step(said[-1])
        rewards.append(reward)
        over = terminated or truncated
    return rewards, info, said
