"""The bandit loop: independent memories are runs of their own, shared ones are one, and late pay is learned late."""

import numpy as np
import pytest
from gymnasium.vector import VectorWrapper

from rewardlab.agents import (
    KLUCB,
    UCB1,
    EpsilonGreedy,
    Exp3,
    ExploreThenCommit,
    GradientBandit,
    SlidingWindowUCB,
    SuccessiveElimination,
    Thompson,
    TsallisINF,
)
from rewardlab.agents.loops.bandit import IndexAgent, any_best, turns
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadCheckpoint, BadSpace, FaultyEnvironment
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DelayedBandit, StochasticBandit

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


def test_turns_hold_each_memory_once_and_keep_the_order():
    rng = np.random.default_rng(0)
    for size in (0, 1, 7, 50):
        memory = rng.integers(0, 6, size)
        parts = turns(memory)
        assert all(len(np.unique(memory[p])) == len(p) for p in parts)
        order = np.concatenate([np.zeros(0, dtype=int), *parts])
        np.testing.assert_array_equal(np.sort(order), np.arange(size))
        for m in range(6):
            np.testing.assert_array_equal(order[memory[order] == m], np.flatnonzero(memory == m))
        assert len(parts) == max(np.bincount(memory, minlength=1))


class Labelled(VectorWrapper):
    """Pay that comes at once, told in the columns of late pay beside a reward that says nothing."""

    def step(self, actions):
        obs, reward, terminated, truncated, info = self.env.step(actions)
        return obs, 0 * reward, terminated, truncated, self._told(actions, reward, info)

    def _told(self, actions, reward, info):
        nothing = np.full(len(actions), -1)
        arm = np.stack([nothing, actions], 1)
        return {**info, "arrived_arm": arm, "arrived_pay": np.stack([7.0 * nothing, reward], 1)}


LATE = {
    UCB1: {},
    EpsilonGreedy: {},
    KLUCB: {},
    Thompson: {},
    SlidingWindowUCB: {"window": 20},
    Exp3: {},
    TsallisINF: {},
    GradientBandit: {},
    SuccessiveElimination: {},
    ExploreThenCommit: {"each": 5},
}


@pytest.mark.parametrize("independent", [True, False])
@pytest.mark.parametrize("kind", LATE)
def test_late_pay_that_comes_at_once_is_pay(kind, independent):
    agents = [
        kind(env, seed=0, independent=independent, **LATE[kind]).learn(240)
        for env in (bandit(4, pulls=1000), Labelled(bandit(4, pulls=1000)))
    ]
    for name, value in agents[0].tables().items():
        np.testing.assert_array_equal(value, agents[1].tables()[name], err_msg=name)


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
@pytest.mark.parametrize("independent", [True, False])
def test_a_pull_is_known_when_its_pay_is(mode, independent):
    rules = DelayedBandit(law="uniform", delay=3.0, means=MEANS, pulls=25)
    agent, heard = UCB1(WorldVectorEnv(rules, 5, autoreset_mode=mode), seed=0, independent=independent), []
    agent.learn(500, lambda told: heard.append(told["step"]))
    counts, totals = np.zeros((5, 3)), np.zeros((5, 3))
    for step in (s for s in heard if s.live.any()):
        arm, pay = step.column("arrived_arm"), step.column("arrived_pay")
        for row, slot in np.argwhere(arm >= 0):
            if step.live[row]:
                counts[row, arm[row, slot]] += 1
                totals[row, arm[row, slot]] += pay[row, slot]
    np.testing.assert_array_equal(agent.counts, counts if independent else counts.sum(0)[None])
    np.testing.assert_allclose(agent.totals, totals if independent else totals.sum(0)[None], rtol=1e-12)
    # Of the last pulls of an episode the pay of some never comes: 3 of 25 on average.
    assert agent.counts.sum() / agent.num_timesteps == pytest.approx(22 / 25, abs=0.03)


def test_rows_that_are_only_being_reset_tell_of_no_arrivals():
    agent, n = UCB1(bandit(3), seed=0, independent=True), np.zeros(3)
    live, no = np.array([True, False, True]), np.zeros(3, dtype=bool)
    info = {"arrived_arm": np.array([[1, -1], [0, 0], [2, 2]]), "arrived_pay": np.array([[0.5, 0], [9, 9], [1, 0.25]])}
    info |= {"_arrived_arm": live, "_arrived_pay": live}  # what such a row has in an array of numbers is any number
    agent.absorb(Step(n, np.zeros(3, dtype=int), n, no, no, live, n, info))
    np.testing.assert_array_equal(agent.counts, [[0, 1, 0], [0, 0, 0], [0, 0, 2]])
    np.testing.assert_array_equal(agent.totals, [[0, 0.5, 0], [0, 0, 0], [0, 0, 1.25]])


def test_a_delay_costs_what_is_pulled_meanwhile_and_no_more():
    gaps, delay, rows, lost = 0.9 - np.array(MEANS), 25, 200, {}
    for d in (0, delay):
        rules = DelayedBandit(law="fixed", delay=float(d), means=MEANS, pulls=1000)
        agent = UCB1(WorldVectorEnv(rules, rows), seed=0, independent=True)
        early = agent.learn(rows * 300).regret.copy()
        lost[d] = early, agent.learn(rows * 700).regret - early
    extra = lost[delay][0] - lost[0][0]
    error = np.hypot(lost[delay][0].std(), lost[0][0].std()) / np.sqrt(rows)
    # At most each worse arm is pulled through one more delay; and before the first pay comes it knows nothing.
    assert 0.3 * delay * gaps.mean() < extra.mean() - 3 * error
    assert extra.mean() + 3 * error < delay * gaps.sum()
    late = lost[delay][1] - lost[0][1]
    error = np.hypot(lost[delay][1].std(), lost[0][1].std()) / np.sqrt(rows)
    assert abs(late.mean()) < 3 * error + 0.1 * lost[0][1].mean()  # afterwards it grows as without a delay


def test_arrivals_that_cannot_be_are_named():
    class Wrong(Labelled):
        def _told(self, actions, reward, info):
            return {**super()._told(actions, reward, info), **self.wrong}

    for wrong in (
        {"arrived_arm": np.full((4, 2), 3)},
        {"arrived_pay": np.zeros((4, 1))},
        {"arrived_pay": None},
        {"arrived_arm": np.zeros(4, dtype=int), "arrived_pay": np.zeros(4)},
    ):
        env = Wrong(bandit(4))
        env.wrong = wrong
        with pytest.raises(FaultyEnvironment, match="arrived_arm"):
            UCB1(env, seed=0).learn(4)
