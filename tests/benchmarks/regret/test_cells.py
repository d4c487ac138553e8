"""Cells: what is asked for is what is played."""

import numpy as np

from rewardlab.agents import KLUCB
from rewardlab.benchmarks.regret.cells import cell
from rewardlab.benchmarks.regret.played import play


def test_a_cell_is_played_as_it_says(tmp_path):
    case = cell(KLUCB, "BernoulliBandit", 40, runs=3, env_kwargs={"arms": 2, "pulls": 40}, options={"c": 3.0})
    assert (case.env, case.method, case.agent_name) == ("rewardlab/BernoulliBandit-v0", "KLUCB", "KLUCB")
    assert case.agent.keywords["c"] == 3.0
    record = play(case, 0, tmp_path)
    assert record["steps"][-1] == 40 and np.shape(record["kept"])[1] == 3 and len(record["arms"]["means"]) == 2
