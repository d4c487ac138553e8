"""Rewards that are programs: pay, parts that sum to it, files and pickles."""

import pickle

import numpy as np
import pytest
from designed_line import AWAY, BATCH, GOOD

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadProgram
from rewardlab.core.reward import Task
from rewardlab.core.sandbox import Signature, compile_program
from rewardlab.rewards.language.programmed import Programmed, in_python

SIGNATURE = Signature.of_batch(BATCH)
HALF = """def reward(obs, action, next_obs, info):
    near = -abs(next_obs[0] - 1.0)
    effort = -0.5 * abs(action[0])
    return near + effort + 0.25, {"near": near, "rest": effort}
"""


def test_it_pays_what_its_program_says():
    assert np.array_equal(Programmed(GOOD, SIGNATURE)(BATCH), -np.abs(BATCH.next_obs[:, 0] - 1.0))
    program = compile_program(GOOD, SIGNATURE)
    assert np.array_equal(Programmed(program)(BATCH), program(BATCH))


@pytest.mark.parametrize("source", [GOOD, HALF, AWAY])
def test_parts_sum_to_the_pay(source):
    reward = Programmed(source, SIGNATURE)
    parts = reward.parts(BATCH)
    assert np.allclose(sum(parts.values()), reward(BATCH), rtol=0, atol=1e-15)
    assert list(parts) == {GOOD: ["near", "rest"], HALF: ["near", "rest", "rest_"], AWAY: ["programmed"]}[source]


def test_what_the_terms_lack_is_the_rest():
    parts = Programmed(HALF, SIGNATURE).parts(BATCH)
    assert np.allclose(parts["rest_"], 0.25) and np.allclose(parts["rest"], -0.5 * np.abs(BATCH.action[:, 0]))
    assert np.all(Programmed(GOOD, SIGNATURE).parts(BATCH)["rest"] == 0.0)


def test_it_joins_others_and_pickles():
    reward = Task() + 0.5 * Programmed(GOOD, SIGNATURE)
    again = pickle.loads(pickle.dumps(reward))
    assert np.array_equal(again(BATCH), BATCH.reward + 0.5 * Programmed(GOOD, SIGNATURE)(BATCH))
    assert repr(Programmed(GOOD, SIGNATURE)).startswith("Programmed(")


def test_whole_python_is_played_in_the_jail_with_the_columns_of_its_signature():
    source = "class Near:\n    pass\n" + HALF.replace("+ 0.25", "+ 0.25 * len(info)")
    reward = in_python(source, SIGNATURE)
    info = {**BATCH.info, "task_reward": BATCH.reward}
    steps = Transitions(**{**vars(BATCH), "info": info})
    assert np.allclose(reward(steps), Programmed(HALF, SIGNATURE)(BATCH), rtol=0, atol=1e-15)
    assert list(reward.parts(steps)) == ["near", "rest", "rest_"] and "seccomp" in reward.program.layers
    again = pickle.loads(pickle.dumps(Task() + reward))
    assert np.array_equal(again(steps), steps.reward + reward(steps)) and repr(reward).startswith("Programmed(")


def test_what_is_no_program_is_refused():
    with pytest.raises(BadOption, match="without a signature"):
        Programmed(GOOD)
    with pytest.raises(BadOption, match="program=3"):
        Programmed(3)
    with pytest.raises(BadProgram, match="import"):
        Programmed("import os\n" + GOOD, SIGNATURE)
    with pytest.raises(BadProgram, match="gripper"):
        Programmed("def reward(info):\n    return info['gripper']\n", SIGNATURE)
