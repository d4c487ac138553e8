"""Text2Reward: faults mended within three tries, an omission mended by one sentence, the nearest examples."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from designed_line import BATCH, CONTEXT, GOOD, NAN, Answers, Plain, Train, fenced, vet

from rewardlab.core.errors import OracleFailed
from rewardlab.core.sandbox import Signature
from rewardlab.core.tabulate import reachable, tabulate
from rewardlab.rewards.language.design.loop import design_reward
from rewardlab.rewards.language.programmed import Programmed
from rewardlab.rewards.language.reward_file import signature_of
from rewardlab.rewards.language.text2reward import Example, Text2Reward, nearest_examples

STILL = (
    'def reward(obs, action, next_obs, info):\n    effort = -abs(action[0])\n    return effort, {"effort": effort}\n'
)
REAL = replace(CONTEXT, signature=Signature.of_batch(BATCH))
HEAD = "def reward(obs, action, next_obs, info):\n"
PLANTED = {
    "unknown name": HEAD + "    return -abs(next_obs[0] - target)\n",
    "index": HEAD + "    return -abs(next_obs[3])\n",
    "shape": HEAD + "    return next_obs + np.ones(4)\n",
    "NaN": HEAD + "    return np.log(next_obs[0] - 2.0)\n",
    "infinite": HEAD + "    return 1.0 / (next_obs[0] - next_obs[0])\n",
    "column": HEAD + "    return info['gripper']\n",
    "syntax": HEAD + "    return (next_obs[0]\n",
    "import": "import os\n" + HEAD + "    return next_obs[0]\n",
    "while": HEAD + "    while True:\n        pass\n    return 1.0\n",
    "nothing": HEAD + "    near = -abs(next_obs[0] - 1.0)\n",
    "vector": HEAD + "    return np.array([1.0, 2.0]) * next_obs[0]\n",
    "method": "class Env:\n    def reward(self):\n        return 0.0\n",
    "constant": HEAD + "    return 1.0\n",
    "sign": HEAD + "    return -next_obs[0]\n",
}  # fmt: skip


class Here(Text2Reward):
    """Its programs run as the tests' own."""

    def reward(self, source, run):
        return Plain(source)


def test_every_planted_fault_is_found_by_the_sandbox_and_mended_within_three_tries():
    faults = list(PLANTED.values())

    def designer(p):
        index, _, attempt = str(p.key[3]).partition(".")
        if not attempt:
            return fenced(faults[int(index)])
        return fenced(faults[int(index)] if attempt in ("1", "2") and int(index) % 2 else GOOD)

    made = design_reward(Text2Reward(), REAL, Answers(designer), Train(), BATCH, rounds=1, size=len(faults))
    assert all(c.accepted and c.source == GOOD for c in made.candidates), [
        (n, c.verdict.problems) for n, c in zip(PLANTED, made.candidates, strict=True) if not c.accepted
    ]
    assert [c.repairs for c in made.candidates] == [1 if i % 2 == 0 else 3 for i in range(len(faults))]


def test_a_missing_goal_is_mended_by_one_sentence():
    sentence = "It saves its strength and never goes to x = 1."

    def designer(p):
        if p.key[3] == "feedback":
            assert STILL in p and "of the episodes never moved" in p
            return sentence
        return fenced(GOOD if sentence in p and STILL in p else STILL)

    ask = Answers(designer)
    made = design_reward(Here(), CONTEXT, ask, Train(), BATCH, rounds=2, size=1, vet=vet)
    assert [c.trained.success for c in made.candidates] == [0.0, 1.0] and made.best.parents == ("1.1",)
    assert [p.key[3] for p in ask.asked] == [0, "feedback", 0]


def test_a_person_may_say_it_and_a_silent_model_leaves_the_figures():
    seen = []

    def person(candidate):
        seen.append(candidate.trained.steps.shape)
        return " go on to 1 "

    ask = Answers(lambda p: fenced(STILL + f"# {p.key}\n"))
    made = design_reward(Here(feedback=person), CONTEXT, ask, Train(), BATCH, rounds=2, size=1, vet=vet)
    assert made.reflections == ("go on to 1",) and seen == [(10, 2)]
    silent = Answers(lambda p: OracleFailed("503") if p.key[3] == "feedback" else fenced(STILL))
    made = design_reward(Here(), CONTEXT, silent, Train(), BATCH, rounds=2, size=1, vet=vet)
    assert "never moved" in made.reflections[0]


def test_faults_beyond_three_tries_drop_the_candidate():
    ask = Answers(lambda p: fenced(GOOD if p.key[3] == 1 else NAN))
    made = design_reward(Here(), CONTEXT, ask, Train(), BATCH, rounds=1, size=2, vet=vet)
    assert made.candidates[0].repairs == 3 and not made.candidates[0].accepted and len(ask.asked) == 5


EXAMPLES = (Example("Push the red cube to the goal", "A"), Example("Open the door", "B"), Example("Push the ball", "C"))


@pytest.mark.parametrize(
    ("task", "most", "names"),
    [("push the ball into the goal", 1, "C"), ("push the ball into the goal", 3, "CAB"), ("open a door", 1, "B"),
     ("fly", 2, ""), ("push it", 0, "")],
)  # fmt: skip
def test_the_nearest_examples_are_shown(task, most, names):
    assert "".join(e.source for e in nearest_examples(task, EXAMPLES, most)) == names
    ask = Answers(lambda p: fenced(GOOD))
    context = replace(CONTEXT, task=task)
    design_reward(Here(examples=EXAMPLES, shots=most), context, ask, Train(), BATCH, rounds=1, size=1, vet=vet)
    assert [
        e.source for e in EXAMPLES if f"Task: {e.instruction}\n```python\n{e.source}\n```" in ask.asked[0]
    ] == sorted(names)


ROOMS = "rewardlab/FourRooms-v0"
PROGRESS = """def far(cell):
    return abs(cell // 11 - {row}) + abs(cell % 11 - {column})

def reward(obs, action, next_obs, info, terminated):
    after = 0.0 if terminated else far(next_obs)
    progress = {kind}
    return progress - 0.01, {{"progress": progress}}
"""


@pytest.mark.parametrize(
    ("kind", "arrives"), [("far(obs) - after", True), ("-0.1 * after", True), ("max(far(obs) - after, 0.0)", False)]
)
def test_the_best_policy_of_a_program_reaches_the_goal_from_every_room(kind, arrives):
    """Of the sound ones; the one that pays progress and not the way back keeps its agent walking to and fro."""
    mdp = gym.make(ROOMS).unwrapped.to_mdp()
    S = mdp.num_states - 1
    to = np.asarray(mdp.P.argmax(1)).reshape(-1, 4)  # every move has one successor
    last, move = np.argwhere(to[:S] == S)[0]
    goal = last + (-11, 1, 11, -1)[move]
    source = PROGRESS.format(row=goal // 11, column=goal % 11, kind=kind)
    reward = Programmed(source, signature_of(ROOMS))
    policy = tabulate(mdp.with_gamma(0.99), reward).mdp.solve().policy
    state = np.flatnonzero(reachable(mdp)[:S])  # not within walls
    assert len(state) > 50
    for _ in range(100):
        state = to[state, policy[state]]
    assert mdp.terminal[state].all() == arrives
