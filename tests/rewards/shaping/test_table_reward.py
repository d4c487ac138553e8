import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.tabulate import tabulate
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import TableReward

TABLE = np.arange(6.0).reshape(3, 2)


def batch(obs, action, after=None):
    obs = np.array(obs)
    return steps(len(obs), obs=obs, action=np.array(action), next_obs=obs if after is None else np.array(after))


def test_it_pays_what_stands_there():
    b = batch([0, 2, 1], [1, 0, 1])
    assert TableReward(TABLE)(b).tolist() == [1.0, 4.0, 3.0]
    np.testing.assert_array_equal(TableReward(TABLE)(as_torch(b)).numpy(), [1.0, 4.0, 3.0])


def test_a_table_of_three_axes_also_looks_at_what_was_reached():
    table = TABLE[:, :, None] + 10.0 * np.arange(3)
    assert TableReward(table)(batch([0, 2], [1, 0], [2, 1])).tolist() == [21.0, 14.0]


def test_an_index_numbers_the_states():
    paid = TableReward(TABLE, index=lambda o: (o[:, 0] > 0).astype(np.int64))
    assert paid(batch([[-1.0], [2.0]], [1, 1])).tolist() == [1.0, 3.0]


@pytest.mark.parametrize("axes", (2, 3))
def test_the_reward_of_a_process_as_a_table_is_that_process(axes):
    mdp = random_mdp(np.random.default_rng(0), per_transition=axes == 3)
    paid = tabulate(mdp.with_reward(0.0 * mdp.R), TableReward(mdp.dense()[1])).mdp
    seen = np.flatnonzero((paid.R != 0).any(1))
    np.testing.assert_allclose(paid.R[seen], mdp.R[seen])
    assert paid.solve().value == pytest.approx(mdp.solve().value)


def test_what_is_not_in_the_table_is_refused():
    for b in (batch([3], [0]), batch([-1], [0]), batch([0], [2]), batch([0.5], [0])):
        with pytest.raises(BadBatch, match="TableReward"):
            TableReward(TABLE)(b)
    for table in (np.zeros(3), np.zeros((2, 2, 3)), np.zeros((0, 2)), np.full((2, 2), np.nan)):
        with pytest.raises(BadOption, match="TableReward"):
            TableReward(table)


def test_state_goes_over_to_a_table_of_the_same_size_alone():
    other = TableReward(0 * TABLE)
    other.load_state_dict(TableReward(TABLE).state_dict())
    assert other(batch([2], [1])) == 5.0
    with pytest.raises(BadCheckpoint, match="shape"):
        TableReward(np.zeros((2, 2))).load_state_dict(other.state_dict())
    with pytest.raises(BadCheckpoint):
        other.load_state_dict({})
