"""The text view: the world beneath is the same to the bit, whatever is said beside its actions."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.core.errors import BadAction, BadOption, ResetNeeded
from rewardlab.core.testing.trace import same
from rewardlab.envs import tables
from rewardlab.envs.rules import build
from rewardlab.envs.spoken_actions import numbers
from rewardlab.envs.text_view import TextView
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

WORLDS = [
    "Taxi", "DeepSea", "TokenTree", "LinearSystem", "GuessNumber", "Cliff", "KeyRoom", "MiniGrid-DoorKey-5x5",
    "MiniGrid-Dynamic-Obstacles-5x5", "KeyChain-K1", "Subgoals", "Teamwork", "PointNav", "BicycleDrive",
    "BernoulliBandit", "OnlineLosses", "DuelingBandit", "MatchingPennies", "BallPush",
]  # fmt: skip


def table(name):
    return tables()[f"rewardlab/{name}-v0"]


def both(name, **fields):
    entry = table(name)
    of, own = entry["rules"], entry.get("kwargs", {})
    return build(of, own), TextView(of=of, fields=own, **fields)


def say(rules, view, action):
    """An action as one would say it: by its name where there is one, else by its numbers."""
    if isinstance(rules.action_space, spaces.Box):
        return " ".join(repr(float(x)) for x in np.ravel(action))
    start = getattr(rules.action_space, "start", 0)
    both = zip(np.ravel(action).tolist(), np.ravel(action - start).tolist(), view.words, strict=True)
    return ", ".join(part[k] if part else str(number) for number, k, part in both)


@pytest.mark.parametrize("name", WORLDS)
def test_the_same_seed_and_actions_give_the_same_states_whatever_else_is_said(name):
    rules, view = both(name)
    one, two = WorldEnv(rules), WorldEnv(view)
    rules.action_space.seed(7)
    one.reset(seed=3)
    text, _ = two.reset(seed=3)
    steps = 0
    for k in range(30):
        if k % 3 == 1:  # nonsense moves nothing and draws nothing
            again, reward, over, cut, info = two.step("hm ?")
            assert (again, reward, over, cut) == (text, 0.0, False, False) and not info["understood"]
        action = rules.action_space.sample()
        _, reward, over, cut, info = one.step(action)
        text, got, ended, stopped, told = two.step(say(rules, view, action))
        steps += 1
        assert (reward, over, cut) == (got, ended, stopped) and told["understood"]
        assert text in two.observation_space and info.keys() <= told.keys()
        assert all(same(told[key], value) for key, value in info.items())
        a, b = one.get_state(), two.get_state()
        assert same(a["state"], b["state"]) and np.array_equal(a["rng"].draw, b["rng"].draw)
        if over or cut:
            break
    assert steps > 0


@pytest.mark.parametrize("name", ["Taxi", "MiniGrid-DoorKey-5x5", "PointNav"])
def test_a_vector_is_so_many_single_ones_with_some_silent(name):
    rules, view = both(name, penalty=0.5)
    envs = WorldVectorEnv(view, 3, max_episode_steps=9)
    alone = [gym.wrappers.TimeLimit(WorldEnv(view), 9) for _ in range(3)]
    seen = envs.reset(seed=5)[0]
    mine = [env.reset(seed=5 + i)[0] for i, env in enumerate(alone)]
    assert list(seen) == mine
    rules.action_space.seed(1)
    for k in range(12):
        said = ["?" if (i + k) % 3 == 0 else say(rules, view, rules.action_space.sample()) for i in range(3)]
        seen, reward, over, cut, _ = envs.step(said)
        for i, env in enumerate(alone):
            text, got, ended, stopped, _ = env.step(said[i])
            assert (got, ended, stopped) == (reward[i], over[i], cut[i])
            if ended or stopped:
                text = env.reset()[0]
            assert text == seen[i]
            assert got == -0.5 or said[i] != "?"


@pytest.mark.parametrize("name", ["Taxi", "DeepSea", "BernoulliBandit"])
def test_the_pure_rules_agree_with_the_rows(name):
    from rewardlab.core.rng import Streams

    _, view = both(name)
    env = WorldVectorEnv(view, 4, autoreset_mode="Disabled")
    env.reset(seed=2)
    rng = Streams([2, 3, 4, 5])
    rng.begin(slice(None))
    state = view.start(4, rng)
    said = ["0", "?", "1", "0"]
    state, reward, over, columns = view.move(state, said, rng)
    _, got, ended, _, info = env.step(said)
    assert same(state, env.get_state()["state"]) and np.array_equal(rng.draw, env.get_state()["rng"].draw)
    assert np.array_equal(reward, got) and np.array_equal(over, ended)
    assert columns["understood"].tolist() == info["understood"].tolist() == [True, False, True, True]


def test_a_state_is_kept_and_taken_up_again_and_nonsense_uses_up_the_time_limit():
    env = WorldVectorEnv(TextView(), 2, max_episode_steps=4)
    env.reset(seed=0)
    env.step(["up", "?"])
    saved = env.get_state()
    first = [env.step(["left", "down"])[1].tolist() for _ in range(2)]
    env.set_state(saved)
    assert [env.step(["left", "down"])[1].tolist() for _ in range(2)] == first
    assert env.step(["?", "?"])[3].all()


def test_explained_and_in_numbers():
    env = WorldEnv(TextView(of=table("Cliff")["rules"], explain=True))
    text, _ = env.reset(seed=0)
    assert "Say one of up, right, down, left." in text.split("\n")[0]
    view = TextView(of=table("LinearSystem")["rules"], numbers=True)
    text, _ = WorldEnv(view).reset(seed=0)
    obs, _ = WorldEnv(view.rules).reset(seed=0)
    assert [float(x) for x in text.split()] == pytest.approx(obs, rel=1e-5)
    assert numbers({"a": np.array([1, 2]), "b": ("x", 0.5)}) == "a: 1 2\nb: x\n0.5"
    assert "0: listen" in TextView(of=table("LatentMDP")["rules"]).prompt()  # its names are too long to be said
    short = WorldEnv(TextView(shown=10))
    assert len(short.reset(seed=0)[0]) == 10


@pytest.mark.parametrize("of", ["rewardlab.envs.text_view:TextView", "rewardlab.envs.text.arith_chain:ArithChain"])
def test_what_is_no_row_of_texts_is_refused_by_name(of):
    envs = WorldVectorEnv(of, 2)
    envs.reset(seed=0)
    for wrong in (np.float32(0), np.array(0.0), np.array("up"), ["up"], "up", [["up"], "up"], ["up", 3], None):
        with pytest.raises(BadAction, match=" x 2"):
            envs.step(wrong)


def test_what_cannot_be_asked_is_refused():
    for wrong, word in (({"penalty": -1.0}, "penalty"), ({"said": 7}, "said"), ({"shown": 2}, "shown"),
                        ({"names": ["a"]}, "names"),
                        ({"of": "rewardlab.envs.text.arith_chain:ArithChain"}, "actions in")):  # fmt: skip
        with pytest.raises(BadOption, match=word):
            TextView(**wrong)
    with pytest.raises(BadOption, match="device"):
        WorldVectorEnv(TextView(), 1, device="cpu")
    with pytest.raises(ResetNeeded):
        WorldEnv(TextView()).step("up")
    view = WorldEnv(TextView())
    view.reset(seed=0)
    with pytest.raises(BadAction, match="TextView"):
        view.step(3)
