import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import MissingColumn
from rewardlab.core.reward import Task
from rewardlab.rewards import Column


def test_it_pays_numbers_and_flags_in_the_type_of_the_reward():
    batch = steps(3, cost=[1, 0, 2], hit=[True, False, True])
    for b in (batch, as_torch(batch)):
        assert Column("cost")(b).tolist() == [1.0, 0.0, 2.0] and Column("hit")(b).tolist() == [1.0, 0.0, 1.0]
        assert Column("hit")(b).dtype == b.reward.dtype


def test_the_part_is_called_as_the_column_is():
    batch = steps(1, cost=[1.0])
    assert list((Task() - 0.5 * Column("cost")).parts(batch)) == ["task", "cost"]
    with pytest.raises(MissingColumn, match="cast"):
        Column("cast")(batch)
    assert np.isnan(Column("cost")(steps(1, cost=[np.nan]))).all()
