"""Whole programs: which function is the reward, what its parameters are, what it returns."""

import numpy as np
import pytest
from core.sandbox.one_step import BATCH, SIGNATURE

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language import compile_program


@pytest.mark.parametrize(
    "source",
    [
        "def helper(x):\n    return 0.0\n\ndef reward(obs):\n    return obs[0]\n",
        "def reward(obs):\n    return obs[0]\n\ndef helper(x):\n    return 0.0\n",
        "def compute_reward(obs):\n    return obs[0]\n\ndef other(obs):\n    return 0.0\n",
        "def helper(x):\n    return x\n\ndef my_shaping(obs):\n    return helper(obs[0])\n",
        "def anything(observation):\n    return observation[0]\n",
    ],
)
def test_the_reward_function_is_found(source: str) -> None:
    assert np.array_equal(compile_program(source, SIGNATURE)(BATCH), BATCH.obs[:, 0])


@pytest.mark.parametrize(
    ("name", "true"),
    [
        ("prev_obs[0]", BATCH.obs[:, 0]),
        ("state[0]", BATCH.obs[:, 0]),
        ("next_observation[0]", BATCH.next_obs[:, 0]),
        ("actions[0]", BATCH.action[:, 0]),
        ("reward", BATCH.reward),
        ("terminated", BATCH.terminated),
        ("truncated", BATCH.truncated),
        ("done", BATCH.done),
        ("distance", BATCH.info["distance"]),  # a column of info by its own name
    ],
)
def test_parameters(name: str, true: np.ndarray) -> None:
    program = compile_program(
        f"def reward({name.removesuffix('[0]')}, scale=1.0):\n    return scale * {name}\n", SIGNATURE
    )
    assert np.array_equal(program(BATCH), true)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def reward(obs, velocity):\n    return 0.0\n", "'velocity' is none that a step has"),
        ("def reward(self, obs):\n    return 0.0\n", r"write a plain function: def reward\(obs, action"),
        ("def f(obs):\n    return 0.0\n\ndef g(obs):\n    return 0.0\n", "no function called reward"),
        ("X = 1\n", "there is no function"),
        ("def reward(obs):\n    return obs\n", "the reward is an array of shape .17,."),
        ("def reward(obs):\n    return 'a'\n", "the reward is a str"),
        ("def reward(obs):\n    return 1.0, 2.0\n", r"number, or \(number, dict of named parts\)"),
        ("def reward(obs):\n    return 1.0, {'a': obs}\n", "the part 'a' is an array"),
        ("def reward(obs):\n    return float('nan')\n", "the reward is always nan"),
        ("def reward(obs):\n    x = 1\n", "the function returns nothing"),
    ],
)
def test_what_does_not_fit_is_said(source: str, said: str) -> None:
    with pytest.raises(BadProgram, match=said):
        compile_program(source, SIGNATURE)


def test_parts_that_are_missing_on_a_path_are_zero() -> None:
    source = """
def reward(obs):
    if obs[0] > 0:
        return 2.0, {"a": 1.0, "b": obs[1]}
    if obs[1] > 0:
        return 5.0
    return 0.0, {"a": 3.0}
"""
    program = compile_program(source, SIGNATURE)
    high, second = BATCH.obs[:, 0] > 0, BATCH.obs[:, 1] > 0
    assert np.array_equal(program(BATCH), np.where(high, 2.0, np.where(second, 5.0, 0.0)))
    parts = program.parts(BATCH)
    assert np.array_equal(parts["a"], np.where(high, 1.0, np.where(second, 0.0, 3.0)))
    assert np.array_equal(parts["b"], np.where(high, BATCH.obs[:, 1], 0.0))


def test_one_number_in_a_vector_is_a_number() -> None:
    assert np.array_equal(compile_program("def reward(obs):\n    return obs[:1]\n", SIGNATURE)(BATCH), BATCH.obs[:, 0])
