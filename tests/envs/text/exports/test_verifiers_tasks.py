"""Tasks of verifiers are the first messages of their seeds; mistakes are named before the package is needed."""

import importlib.util

import gymnasium as gym
import pytest
from chain_answers import CALCULATOR

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.exports import verifiers_config, verifiers_taskset
from rewardlab.envs.text.transcripts import messages

needs_verifiers = pytest.mark.skipif(importlib.util.find_spec("verifiers") is None, reason="needs verifiers")


@pytest.mark.parametrize("make", [verifiers_config, verifiers_taskset])
def test_mistakes_are_named(make):
    with pytest.raises(BadOption, match="count=0"):
        make(CALCULATOR, count=0)
    with pytest.raises(BadOption, match="no dialogue"):
        make("rewardlab/DeepSea-v0")
    with pytest.raises(BadOption, match="size"):
        make(CALCULATOR, size=3)


@needs_verifiers
def test_the_configuration_loads_environment_and_harness():
    import verifiers.v1 as vf

    from rewardlab.envs.text.exports.verified import DialogueEnv, SpeakingHarness

    config = verifiers_config(CALCULATOR, count=3, seed=1, length=2)
    env = vf.load_environment(config)
    assert type(env) is DialogueEnv and [task.data.seed for task in env.taskset] == [1, 2, 3]
    assert type(env._harnesses["player"]) is SpeakingHarness
    again = type(config).model_validate(config.model_dump())
    assert again == config and again.taskset.parameters == {"length": 2}


@needs_verifiers
def test_tasks_are_the_first_messages_of_their_seeds():
    taskset = verifiers_taskset(CALCULATOR, count=4, seed=2, length=3)
    env = gym.make(CALCULATOR, length=3)
    for k, task in enumerate(taskset):
        env.reset(seed=2 + k)
        assert task.data.prompt == messages(env)[0]["content"] and task.data.idx == k
        assert task.data.name == f"{CALCULATOR}#{2 + k}" and task.data.seed == 2 + k
    assert k == 3 and len(list(taskset.shuffle(seed=1).take(2))) == 2
