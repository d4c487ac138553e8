import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.rewards import TerminalBonus


def test_each_kind_of_end_by_hand():
    batch = steps(
        5,
        terminated=[True, True, False, False, True],
        truncated=[False, False, True, False, True],
        success=[True, False, True, True, True],
    )
    reward = TerminalBonus(2.0, -1.0)
    assert reward(batch).tolist() == reward(as_torch(batch)).tolist() == [2.0, -1.0, 0.0, 0.0, 2.0]


def test_a_column_of_numbers_counts_above_zero():
    batch = steps(3, terminated=[True] * 3, score=[0, 3, -1])
    assert TerminalBonus(column="score")(batch).tolist() == [0.0, 1.0, 0.0]


def test_bad_options_and_columns_are_named():
    with pytest.raises(BadOption, match="failure"):
        TerminalBonus(1.0, float("nan"))
    with pytest.raises(MissingColumn, match="success"):
        TerminalBonus()(steps(1))
