"""The wrapper in text: the same world beneath, for our environments and those of others."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadAction, BadOption
from rewardlab.core.testing.trace import same
from rewardlab.envs import tables
from rewardlab.envs.spoken_actions import escape, numbers
from rewardlab.envs.text_agent import TextAgentWrapper
from rewardlab.envs.text_view import TextView


def say(view, action):
    return view.words[0][action] if view.words else " ".join(repr(float(x)) for x in np.ravel(action))


@pytest.mark.parametrize("name", ["Taxi", "MiniGrid-DoorKey-5x5", "BicycleDrive"])
def test_the_wrapper_is_the_same_world_too(name):
    table = tables()[f"rewardlab/{name}-v0"]
    one, two = gym.make(f"rewardlab/{name}-v0"), TextAgentWrapper(gym.make(f"rewardlab/{name}-v0"), penalty=0.1)
    view = TextView(of=table["rules"], fields=table.get("kwargs"))
    one.action_space.seed(3)
    one.reset(seed=1)
    text, info = two.reset(seed=1)
    assert info["understood"] and text == escape(view.text(two.unwrapped.get_state()["state"], 0))[:4000]
    for _ in range(10):
        assert two.step("what?") == (text, -0.1, False, False, {"understood": False})
        action = one.action_space.sample()
        _, reward, over, cut, _ = one.step(action)
        text, got, ended, stopped, _ = two.step(say(view, action))
        assert (reward, over, cut) == (got, ended, stopped)
        assert same(one.unwrapped.get_state()["state"], two.unwrapped.get_state()["state"])
        if over or cut:
            break


def test_the_wrapper_takes_environments_of_others():
    env = TextAgentWrapper(gym.make("CartPole-v1"), names=["push left", "push right"], patience=2, explain=True)
    twin = gym.make("CartPole-v1")
    text, _ = env.reset(seed=0)
    obs, _ = twin.reset(seed=0)
    assert text.split("\n") == ["Say one of push left, push right.", numbers(obs)]
    text, _, _, _, _ = env.step("Push right")
    assert text.split("\n")[1] == numbers(twin.step(1)[0])
    assert env.step("?")[3] is False and env.step("?")[3] is True
    frozen = TextAgentWrapper(gym.make("FrozenLake-v1", render_mode="ansi"))
    text, _ = frozen.reset(seed=0)
    assert "SFFF" in text.replace("\\u{1b}[41m", "").replace("\\u{1b}[0m", "")
    with pytest.raises(BadAction, match="TextAgentWrapper"):
        env.step(1)


def test_what_cannot_be_asked_is_refused():
    env = gym.make("CartPole-v1")
    for wrong in ({"patience": 0}, {"penalty": -1}, {"shown": 1}, {"names": ["a"]}):
        with pytest.raises(BadOption):
            TextAgentWrapper(env, **wrong)
