import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import tabulate
from rewardlab.rewards import TimePenalty


def test_every_step_costs_in_the_type_of_the_batch():
    assert TimePenalty(0.25)(steps(3)).tolist() == [-0.25] * 3
    single = steps(2).map(lambda x: x.astype(np.float32) if x.dtype.kind == "f" else x)
    assert TimePenalty()(single).dtype == np.float32


def test_without_a_discount_it_makes_the_shorter_way_best():
    """Two ways to the same goal, of one and of three steps."""
    P = np.zeros((4, 2, 4))
    P[0, 0, 3] = P[0, 1, 1] = P[1, :, 2] = P[2, :, 3] = P[3, :, 3] = 1.0
    R = np.zeros((4, 2))
    R[0, 0], R[2] = 1.0, 1.0
    mdp = TabularMDP(P, R, gamma=1.0, terminal=np.arange(4) == 3)
    assert mdp.optimal_actions()[0].all()
    assert tabulate(mdp, Task() + TimePenalty(0.1)).mdp.optimal_actions()[0].tolist() == [True, False]


def test_a_cost_is_a_number():
    with pytest.raises(BadOption, match="cost"):
        TimePenalty(float("inf"))
