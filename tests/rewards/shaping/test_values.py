import numpy as np
import pytest
import torch
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadCheckpoint
from rewardlab.core.nets import encoder_like
from rewardlab.rewards.shaping.values import NetValues, TableValues, numbered, rows_of


def test_one_step_by_hand_where_a_state_comes_twice():
    values = TableValues(0.5, where="here")
    values.table = np.array([0.0, 4.0, 2.0])
    batch = steps(3, obs=np.array([0, 0, 2]), next_obs=np.array([1, 2, 1]), reward=[1.0, 3.0, 0.0])
    batch = steps(3, obs=batch.obs, next_obs=batch.next_obs, reward=batch.reward, terminated=[False, False, True])
    error = values.learn(batch, 0.5)
    # errors: 1 + 2 − 0 = 3, 3 + 1 − 0 = 4, 0 − 2 = −2
    np.testing.assert_allclose(values.table, [0.5 * 3.5, 4.0, 2.0 - 0.5 * 2])
    assert error == pytest.approx((9 + 16 + 4) / 3)


def test_a_table_answers_in_the_kind_of_the_batch_and_grows():
    values = TableValues(1.0, where="here")
    batch = steps(2, obs=np.array([3, 0]), next_obs=np.array([4, 4]), reward=[2.0, 1.0], terminated=[True, True])
    values.learn(batch, 0.9)
    assert values(np.array([0, 3, 4, 99, -1]), steps(5)).tolist()[:4] == [1.0, 2.0, 0.0, 0.0]
    assert np.isnan(values(np.array([-1]), steps(1))).all()
    assert isinstance(values(torch.tensor([3]), as_torch(steps(1))), torch.Tensor)
    with pytest.raises(BadBatch, match="not finite"):
        values.learn(steps(1, obs=np.array([0]), reward=[np.nan]), 0.9)


def test_integers_are_told_from_vectors():
    assert numbered(np.zeros(3, dtype=np.int64), (3,)) and numbered(torch.zeros(2, 3, dtype=torch.int32), (2, 3))
    assert not numbered(np.zeros(3), (3,)) and not numbered(np.zeros((3, 1), dtype=int), (3,))
    assert not numbered({"a": np.zeros(3, dtype=int)}, (3,))
    assert rows_of(steps((4, 5))) == 20


def test_a_terminal_step_teaches_a_network_the_reward_alone():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 2))
    batch = steps(64, obs=x, next_obs=x + 1e3, reward=x[:, 0], terminated=np.ones(64, dtype=bool))
    values = NetValues(encoder_like(x, (64,)), (32,), 1e-2, 0, where="here")
    errors = [values.learn(batch, 0.99) for _ in range(300)]
    assert errors[-1] < 0.01 < errors[0]


def test_a_state_of_another_network_is_refused():
    def make(width):
        return NetValues(encoder_like(np.zeros((1, width)), (1,)), (4,), 1e-3, 0, where="here")

    with pytest.raises(BadCheckpoint):
        make(2).load_state_dict(make(3).state_dict())
    with pytest.raises(BadCheckpoint):
        TableValues(0.1, where="here").load_state_dict(make(2).state_dict())
