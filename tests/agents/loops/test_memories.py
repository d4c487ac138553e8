"""Memories: regret is counted for each run, files keep it, and rows without a transition tell nothing."""

import numpy as np
import pytest

from rewardlab.agents import LinUCB
from rewardlab.core.errors import BadCheckpoint, BadSpace
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit

MEANS = (0.2, 0.5, 0.9)


def bandit(rows, mode="SameStep", pulls=30):
    return WorldVectorEnv(StochasticBandit(means=MEANS, deviation=None, pulls=pulls), rows, autoreset_mode=mode)


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
@pytest.mark.parametrize("independent", [True, False])
def test_regret_is_that_of_the_pulls(mode, independent, tmp_path):
    agent = LinUCB(bandit(6, mode), seed=0, independent=independent).learn(6 * 100)
    counts = np.diagonal(agent.V[:, 0], axis1=1, axis2=2) - 1.0  # unit vectors: V counts
    assert agent.regret.shape == (6 if independent else 1,)
    np.testing.assert_allclose(counts.sum(), agent.num_timesteps)
    np.testing.assert_allclose(agent.regret, counts @ (0.9 - np.array(MEANS)), rtol=1e-9)
    log = np.array(agent.regret_log)
    assert log.shape[1] == 1 + len(agent.regret) and (np.diff(log, axis=0) >= 0).all()
    assert (log[1:, 0] >= 1.05 * log[:-1, 0]).all()
    agent.save(tmp_path / "agent")
    again = LinUCB.load(tmp_path / "agent", env=bandit(6))
    np.testing.assert_array_equal(again.regret, agent.regret)
    assert again.learn(60).num_timesteps == agent.num_timesteps + 60
    if independent:
        with pytest.raises(BadCheckpoint, match="4 rows"):
            LinUCB.load(tmp_path / "agent", env=bandit(4))
        with pytest.raises(BadSpace, match="2 observations"):
            agent.predict(np.zeros((2, 6), dtype=np.float32))


def test_runs_at_once_lose_as_much_as_runs_alone():
    lost = LinUCB(bandit(200), seed=0, independent=True, alpha=2.0).learn(200 * 60).regret
    singles = np.array([LinUCB(bandit(1), seed=1000 * s, alpha=2.0).learn(60).regret[0] for s in range(40)])
    error = np.hypot(lost.std() / np.sqrt(200), singles.std() / np.sqrt(40))
    assert abs(lost.mean() - singles.mean()) < 3 * error < 0.3 * singles.mean()


def test_regret_is_not_a_number_where_nobody_knows_it():
    agent = LinUCB("rewardlab/DeepSea-v0", seed=0).learn(20)
    assert np.isnan(agent.regret[0]) and agent.num_timesteps == 20
