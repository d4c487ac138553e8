import functools
import pickle

import numpy as np
import pytest
import torch
from steps import steps

from rewardlab.core.errors import BadOption, BadReward
from rewardlab.rewards import FormatReward, has_tags, rollouts, score

THINK = functools.partial(has_tags, tags=("think", "answer"))
GOOD = [
    "<think>1+1</think><answer>2</answer>",
    " <think>\n</think>\n\n<answer>4</answer>\n",
    "<think><b></think><answer></answer>",
]
BAD = [
    "",
    "2",
    "<answer>2</answer>",
    "<answer>2</answer><think>x</think>",
    "<think>x</think><answer>2",
    "<think>x</think> so <answer>2</answer>",
    "<think>x</think><answer>2</answer> and more",
    "<think>x</think><think>y</think><answer>2</answer>",
    "<think>x<think>y</think></think><answer>2</answer>",
    "<THINK>x</THINK><answer>2</answer>",
]


def test_what_must_pass_passes_and_what_must_fail_fails():
    texts = np.array(GOOD + BAD, dtype=object)
    assert THINK(texts).tolist() == [True] * len(GOOD) + [False] * len(BAD)
    assert THINK(texts[:4].reshape(2, 2)).shape == (2, 2)
    assert has_tags(np.array(["<a.b>x</a.b>", "<aXb>x</aXb>"], dtype=object), tags=("a.b",)).tolist() == [True, False]


def test_text_is_paid_through_score():
    reward = FormatReward(THINK, pay=0.1, miss=-0.5)
    paid = score(rollouts(["q"] * 2, [GOOD[0], BAD[1]]), reward)
    assert paid.tolist() == [0.1, -0.5]
    assert score(rollouts(["q"], [GOOD[0]]), pickle.loads(pickle.dumps(reward))).tolist() == [0.1]


def test_other_actions_and_torch():
    batch = steps(3, action=np.array([1, 2, 4]))
    assert FormatReward(lambda a: a > 1)(batch).tolist() == [0.0, 0.1, 0.1]
    paid = FormatReward(lambda a: a > 1)(batch.map(torch.as_tensor))
    assert isinstance(paid, torch.Tensor) and paid.tolist() == [0.0, 0.1, 0.1]


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="pay=nan"):
        FormatReward(THINK, pay=float("nan"))
    for parses in (lambda a: a, lambda a: (a > 1)[:2]):
        with pytest.raises(BadReward, match="parses gave"):
            FormatReward(parses)(steps(3, action=np.array([1, 2, 4])))
