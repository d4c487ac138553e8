"""A cell of a regret benchmark: the record, its determinism, its refusals."""

from functools import partial

import numpy as np
import pytest

from rewardlab.agents import UCB1
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.regret.cells import made, task
from rewardlab.benchmarks.regret.played import play
from rewardlab.core.errors import BadOption


def cell(env="rewardlab/BernoulliBandit-v0", agent=None, rows=20, rounds=200, **kwargs):
    agent = agent or partial(made, kind=UCB1)
    return Case(env, "UCB1", task, agent, rows * rounds, (0,), rows, env_kwargs={"pulls": rounds, **kwargs})


def shared(envs, seed):
    return UCB1(envs, seed=seed)


def test_a_record_tells_the_regret_of_runs_on_the_way(tmp_path):
    record = play(cell(means=[0.2, 0.8]), 1, tmp_path)
    regret, steps = np.array(record["kept"]), np.array(record["kept_steps"])
    assert regret.shape == (len(steps), 20) and steps[0] == 10 and steps[-1] == record["steps"][-1] == 200
    assert (np.diff(regret, axis=0) >= -1e-9).all()
    np.testing.assert_allclose(regret / 0.6, np.round(regret / 0.6), atol=1e-5)  # whole pulls of the one worse arm
    assert record["mean"][-1] == pytest.approx(regret[-1].mean(), abs=1e-5)
    assert record["error"][-1] == pytest.approx(regret[-1].std(ddof=1) / 20**0.5, abs=1e-5)
    assert record["low"][-1] <= record["mean"][-1] <= record["high"][-1]
    assert record["arms"] is None or record["arms"]["means"] == [0.2, 0.8]
    again = play(cell(means=[0.2, 0.8]), 1, tmp_path)
    assert {k: v for k, v in again.items() if "seconds" not in k} | {"platform": 0} == {
        k: v for k, v in record.items() if "seconds" not in k
    } | {"platform": 0}
    assert play(cell(means=[0.2, 0.8]), 2, tmp_path)["kept"] != record["kept"]


def test_what_tells_no_regret_of_each_run_is_refused(tmp_path):
    with pytest.raises(BadOption, match="no regret of each row"):
        play(cell(agent=shared), 0, tmp_path)
    silent = Case("rewardlab/DeepSea-v0", "UCB1", task, partial(made, kind=UCB1), 200, (0,), 20)
    with pytest.raises(BadOption, match="no pseudo_regret"):
        play(silent, 0, tmp_path)
