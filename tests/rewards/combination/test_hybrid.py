import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import MissingColumn
from rewardlab.core.responses import expected, tilted
from rewardlab.core.reward import Task
from rewardlab.rewards import CountBonus, FormatReward, Hybrid


class Column(Task):
    def __init__(self, column):
        self.column = column

    def __call__(self, batch):
        return batch.column(self.column)

    @property
    def name(self):
        return self.column


def test_each_prompt_is_paid_by_its_own_judge():
    batch = steps(
        4, rule=[1.0, 0.0, np.nan, np.nan], model=[0.3, np.nan, 0.5, 0.9], verifiable=[True, True, False, False]
    )
    hybrid = Hybrid(Column("rule"), Column("model"))
    assert hybrid(batch).tolist() == [1.0, 0.0, 0.5, 0.9]  # what a judge says of others' prompts does not matter
    assert hybrid(as_torch(batch)).tolist() == [1.0, 0.0, 0.5, 0.9]
    parts = hybrid.parts(batch)
    assert parts["rule"].tolist() == [1.0, 0.0, 0.0, 0.0] and parts["model"].tolist() == [0.0, 0.0, 0.5, 0.9]


def test_nan_shows_where_it_matters():
    batch = steps(3, rule=[np.nan, 1.0, 1.0], model=[0.5, np.nan, 0.5], verifiable=[1.0, 0.0, np.nan])
    assert np.isnan(Hybrid(Column("rule"), Column("model"))(batch)).all()


def test_aspects_are_a_weighted_sum():
    batch = steps(2, rule=[1.0, 0.0], model=[0.0, 0.5], verifiable=[True, False], action=np.array([2, 3]))
    reward = 2.0 * Hybrid(Column("rule"), Column("model")) + FormatReward(lambda a: a % 2 == 0, pay=0.1)
    np.testing.assert_allclose(reward(batch), [2.1, 1.0])


def test_a_rule_where_there_is_one_beats_a_model_that_underrates_numbers():
    """Two kinds of prompts with four answers each: exact optima under the same KL price, rule or model."""
    rng = np.random.default_rng(0)
    prompts, answers, beta = 200, 4, 0.2
    verifiable = np.arange(prompts) % 2 == 0
    gold = np.where(verifiable[:, None], np.eye(answers)[rng.integers(0, answers, prompts)], rng.random((prompts, 4)))
    numeric = verifiable[:, None] & (gold == 1)
    model = np.clip(gold + 0.2 * rng.normal(size=gold.shape) - 0.6 * numeric, 0, 1)
    flat = steps(
        (prompts, answers), rule=gold, model=model, verifiable=np.broadcast_to(verifiable[:, None], gold.shape)
    )
    reference = np.full(gold.shape, 1 / answers)
    value = {
        name: expected(tilted(reference, reward(flat), beta), gold)
        for name, reward in (("hybrid", Hybrid(Column("rule"), Column("model"))), ("model", Column("model")))
    }
    accuracy = {name: v[verifiable].mean() for name, v in value.items()}
    assert accuracy["hybrid"] > accuracy["model"] + 0.10
    np.testing.assert_array_equal(value["hybrid"][~verifiable], value["model"][~verifiable])


def test_both_judges_learn_and_are_kept():
    hybrid = Hybrid(Task(), CountBonus(), "checkable")
    hybrid.update(steps(2, next_obs=np.array([4, 4])))
    other = Hybrid(Task(), CountBonus(), "checkable")
    other.load_state_dict(hybrid.state_dict())
    batch = steps(2, reward=[7.0, 7.0], next_obs=np.array([4, 4]), checkable=[True, False])
    np.testing.assert_allclose(other(batch), [7.0, 1 / np.sqrt(3)])
    with pytest.raises(MissingColumn, match="'verifiable'"):
        Hybrid(Task(), Task())(batch)
