"""What a dialogue is, as JSON: for every registered one; and episodes that begin by their number."""

import json

import gymnasium as gym
import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs.text.exports import sheet
from rewardlab.envs.text.exports.sheet import begin, dialogue, paid, plain
from rewardlab.envs.text.ids import IDS

FIRST = {
    entry["rules"]: i for i, entry in reversed(IDS.items()) if not entry["rules"].endswith(("Tokens", ":GuessNumber"))
}


@pytest.mark.parametrize("task", sorted(FIRST.values()))
def test_every_task_has_a_sheet(task):
    found = sheet(task)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    env = gym.make(task)
    assert found["card"]["summary"] == env.unwrapped.describe().summary and found["turns"] >= 1
    assert found["said"] == env.action_space.max_length and found["longest"] == env.observation_space.max_length
    assert found["examples"] > 0 and found["vocabulary"]
    _, info = env.reset(seed=0)
    plain_info = plain(env.step("?" if env.action_space.contains("?") else "a")[4])
    assert json.loads(json.dumps(plain_info, allow_nan=False)) == plain_info and set(info) <= set(plain_info)
    env.close()


def test_tools_are_told_as_schemas():
    (calc,) = sheet("rewardlab/ArithChain-Calculator-v0", length=4)["tools"]
    assert calc["name"] == "calc" and calc["parameters"]["required"] == ["expression"]
    assert calc["parameters"]["properties"]["expression"]["type"] == "string"


@pytest.mark.parametrize("seed", [0, 2**63])
def test_begin_jumps_to_an_episode(seed):
    one, _ = dialogue("rewardlab/WordGuess-v0")
    other, _ = dialogue("rewardlab/WordGuess-v0")
    begun = [begin(one, seed, k) for k in (3, 0, 1)]
    shown = [other.reset(seed=seed)] + [other.reset() for _ in range(3)]
    assert begun == [shown[3], shown[0], shown[1]]
    assert [one.step("stone")[:4]] == [(other.reset(seed=seed), other.reset(), other.step("stone")[:4])[2]]


def test_plain_data():
    given = {"a": np.float64("nan"), 2: np.arange(2), "c": (np.True_, None, "x", np.int64(3)), "d": {1}, "e": np.inf}
    assert plain(given) == {"a": None, "2": [0, 1], "c": [True, None, "x", 3], "d": "{1}", "e": None}
    assert paid(0.5, {"part_a": 1.0, "part_b": -0.5, "turn": 1}) == {"a": 1.0, "b": -0.5}
    assert paid(0.5, {"turn": 1}) == {"outcome": 0.5}


@pytest.mark.parametrize(
    ("task", "fields", "words"),
    [
        ("rewardlab/DeepSea-v0", {}, "no dialogue"),
        ("CartPole-v1", {}, "no dialogue"),
        ("rewardlab/No-v0", {}, "No"),
        ("rewardlab/ArithChain-v0", {"size": 3}, "size"),
    ],
)
def test_what_is_no_dialogue_is_refused(task, fields, words):
    with pytest.raises(BadOption, match=words):
        dialogue(task, **fields)
