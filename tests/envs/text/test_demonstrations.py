"""The expert's conversations succeed, in the form of chat messages."""

import gymnasium as gym
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.demonstrations import demonstrations


def test_they_are_the_experts_and_the_same_for_the_same_seed():
    env = gym.make("rewardlab/ArithChain-v0", by="line", length=2)
    one, two = demonstrations(env, [3, 4]), demonstrations(env, [4])
    assert one[1] == two[0] != one[0]
    assert [m["role"] for m in one[0]] == ["user", "assistant"] * 3 + ["user"]
    assert one[0][-2]["content"].startswith("answer: ")
    env.reset(seed=3)
    assert sum(env.step(m["content"])[1] for m in one[0] if m["role"] == "assistant") == 1.0


def test_others_are_refused():
    with pytest.raises(BadOption, match="a dialogue"):
        demonstrations(gym.make("CartPole-v1"), [0])
