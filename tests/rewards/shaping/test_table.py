import pickle

import numpy as np
import pytest
import torch
from steps import steps

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import Potential, Table


def first(obs):
    return obs[..., 0]


def test_it_looks_up_and_pickles():
    table = Table((1.0, 2.5, -3), index=first)
    obs = np.array([[2, 9], [0, 9]])
    for phi in (table, pickle.loads(pickle.dumps(table))):
        assert phi(obs).tolist() == [-3.0, 1.0]
        assert phi(torch.as_tensor(obs)).tolist() == [-3.0, 1.0]
    assert Table((0.5, 1.5))(np.array([[1, 0]])).tolist() == [[1.5, 0.5]]
    assert Table([1, 2]) == Table((1.0, 2.0))


def test_a_tuple_is_a_table_for_a_potential():
    batch = steps(2, obs=np.array([0, 1]), next_obs=np.array([1, 2]), terminated=[False, True])
    assert Potential((1.0, 2.0, 7.0), 0.5)(batch).tolist() == [0.0, -2.0]


@pytest.mark.parametrize("values", [(), (1.0, float("nan"))])
def test_values_that_are_none_are_refused(values):
    with pytest.raises(BadOption, match="Table"):
        Table(values)


@pytest.mark.parametrize("obs", [np.array([3]), np.array([-1]), np.array([0.0]), torch.tensor([5])])
def test_a_state_outside_is_refused_and_does_not_wrap_round(obs):
    with pytest.raises(BadBatch, match=r"(?s)Table.*integers in 0\.\.2"):
        Table((1.0, 2.0, 3.0))(obs)
