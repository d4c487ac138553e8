"""The bandit loop: independent memories are independent runs, and shared ones are one."""

import numpy as np
import pytest

from rewardlab.agents import UCB1, EpsilonGreedy
from rewardlab.agents.loops.bandit import IndexAgent, any_best
from rewardlab.core.errors import BadCheckpoint, BadSpace
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit

MEANS = (0.2, 0.5, 0.9)


def bandit(rows, mode="SameStep", pulls=100):
    return WorldVectorEnv(StochasticBandit(means=MEANS, deviation=None, pulls=pulls), rows, autoreset_mode=mode)


@pytest.mark.parametrize("kind", [UCB1, EpsilonGreedy])
@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_each_row_is_a_run_of_its_own(kind, mode, tmp_path):
    agent = kind(bandit(6, mode, pulls=30), seed=0, independent=True).learn(6 * 100)
    assert agent.counts.shape == agent.totals.shape == (6, 3)
    assert (agent.pulled == agent.num_timesteps // 6).all() and agent.num_timesteps >= 600
    np.testing.assert_allclose(agent.regret, agent.counts @ (0.9 - np.array(MEANS)), rtol=1e-12)
    assert len({tuple(c) for c in agent.counts}) > 1
    log = np.array(agent.regret_log)
    assert log.shape[1] == 7 and (np.diff(log, axis=0) >= 0).all()
    agent.save(tmp_path / "agent")
    again = kind.load(tmp_path / "agent", env=bandit(6))
    assert (again.learn(60).pulled == agent.pulled + 10).all()
    with pytest.raises(BadCheckpoint, match="4 rows"):
        kind.load(tmp_path / "agent", env=bandit(4))
    with pytest.raises(BadSpace, match="2 observations"):
        agent.predict(np.zeros((2, 6), dtype=np.float32))
    known = agent.predict(np.zeros((6, 6), dtype=np.float32), deterministic=True)[0]
    np.testing.assert_array_equal(known, agent.means.argmax(1))


def test_runs_at_once_lose_as_much_as_runs_alone():
    together = UCB1(bandit(200), seed=0, independent=True).learn(200 * 300).regret
    alone = np.array([UCB1(bandit(1), seed=1000 * s).learn(300).regret[0] for s in range(25)])
    error = np.hypot(together.std() / np.sqrt(200), alone.std() / 5)
    assert abs(together.mean() - alone.mean()) < 3 * error < 0.2 * alone.mean()


class Greedy(IndexAgent):
    """The largest n-th root of nothing: means, less what a pull makes of the count."""

    def prepare(self) -> None:
        pass

    def index(self, means, counts, pulled):
        return means + 1.0 / counts


def test_rows_of_one_memory_choose_one_after_the_other():
    agent = Greedy(bandit(7), seed=0).learn(7)
    assert sorted(agent.counts[0]) == [2, 2, 3]  # no mean is known: counts alone, evenly
    before, means = agent.counts[0].copy(), agent.means[0]
    agent.learn(7)
    for _ in range(7):
        before[np.argmax(means + 1.0 / before)] += 1
    np.testing.assert_array_equal(agent.counts[0], before)


def test_ties_are_broken_evenly():
    rng = np.random.default_rng(0)
    values = np.tile([1.0, 3.0, 3.0, 2.0, 3.0], (30_000, 1))
    values[:10_000, 0] = 4.0
    best = any_best(values, rng)
    assert (best[:10_000] == 0).all()
    share = np.bincount(best[10_000:], minlength=5) / 20_000
    np.testing.assert_allclose(share, [0, 1 / 3, 1 / 3, 0, 1 / 3], atol=0.012)  # 3.5 standard errors
