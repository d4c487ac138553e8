"""Rules paid as rewards."""

import json

import numpy as np
import pytest

from rewardlab.core.errors import BadOption, BadReward, MissingColumn
from rewardlab.rewards import Scored, box_overlap, exact_match, rollouts, score


def read(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def test_each_answer_is_paid_by_the_rule_with_its_own_columns():
    batch = rollouts(["q"] * 4, ["[0,0,1,1]", "[0,0,1,2]", "box", "[]"], {"truth": [[0, 0, 1, 1]] * 4})
    np.testing.assert_allclose(score(batch, Scored(box_overlap, ("truth",), read)), [1, 0.5, 0, 0])
    folded = batch.map(lambda x: x.reshape(2, 2, *x.shape[1:]))
    np.testing.assert_allclose(score(folded, Scored(box_overlap, ("truth",), read)), [[1, 0.5], [0, 0]])


def test_it_is_a_term_of_its_own_name():
    batch = rollouts(["q"], ["B"], {"truth": ["b"]})
    assert Scored(exact_match, ("truth",), title="choice").parts(batch) == {"choice": np.array([1.0])}


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="rule"):
        Scored("no rule")
    with pytest.raises(BadOption, match="columns"):
        Scored(exact_match, "truth")
    batch = rollouts(["q"], ["B"], {"truth": ["b"]})
    with pytest.raises(MissingColumn, match="answer"):
        Scored(exact_match, ("answer",))(batch)
    with pytest.raises(BadReward, match="'B'"):
        Scored(lambda answer: answer)(batch)
