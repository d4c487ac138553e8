"""Token views of worlds of rooms, screens, tools and programs: an expert's words fit, and so do whole conversations."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.envs.text.ids import IDS
from rewardlab.envs.text.tokens import UNKNOWN

OF = ("gui_critic", "mini_gui", "program_repair", "text_house", "text_nav", "tool_call", "tool_world")
VIEWS = [n for n, e in IDS.items() if any(f".{of}:" in e.get("kwargs", {}).get("of", "") for of in OF)]


@pytest.mark.parametrize("name", VIEWS)
def test_the_expert_succeeds_in_tokens_and_sees_the_whole_conversation(name):
    env = gym.make(name)
    view, rng = env.unwrapped.rules, np.random.default_rng(0)
    for seed in range(4):
        env.reset(seed=seed)
        over = False
        while not over:
            state = env.unwrapped.get_state()["state"]
            said = view.talk.expert(state["task"][0], state["memory"][0], rng)
            ids = view.encode(said)
            assert len(ids) <= view.tokens and UNKNOWN not in ids and view.decode(view.action(said)) == said
            obs, _, over, _, info = env.step(view.action(said))
            assert UNKNOWN not in obs
        assert info["success"]
        whole = [t for m in view.talk.messages(env.unwrapped.get_state()["state"], 0)
                 for t in view.message(m["role"], m["content"])]  # fmt: skip
        assert len(whole) <= view.window and list(obs[: len(whole)]) == whole


def test_every_class_has_a_view():
    assert {e["kwargs"]["of"].split(".")[-1].split(":")[0] for n, e in IDS.items() if n in VIEWS} == set(OF)
