"""Laws over arms: draws, unbiased losses over all games, and late pay divided by the chances of its pull."""

import numpy as np
import pytest
from exact_bandits import all_games, bernoulli

from rewardlab.agents import Exp3, TsallisINF
from rewardlab.agents.loops.weights import LawAgent, drawn
from rewardlab.core.errors import BadOption, BadReward, FaultyEnvironment
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DelayedBandit

LOSSES = np.array([[0.1, 0.9, 0.5], [1.0, 0.0, 0.3], [0.2, 0.7, 0.0], [0.6, 0.6, 1.0], [0.0, 0.8, 0.4]])


def test_arms_are_drawn_by_their_chances_and_never_without_one():
    chances = np.tile([0.0, 2.0, 0.0, 1.0, 5.0, 0.0], (60_000, 1))
    share = np.bincount(drawn(chances, np.random.default_rng(0)), minlength=6) / 60_000
    expected = np.array([0, 2, 0, 1, 5, 0]) / 8
    assert (np.abs(share - expected) <= 3.5 * np.sqrt(expected * (1 - expected) / 60_000)).all()

    class Last:
        def random(self, n):
            return np.full(n, 1 - 2.0**-53)

    assert (drawn(np.array([[0.1, 0.2, 0.0], [0.7, 0.1, 0.2]]), Last()) == [1, 2]).all()


def test_rows_that_share_a_law_draw_from_it():
    class Fixed(LawAgent):
        pass

    agent = Fixed(bernoulli((0.1, 0.2, 0.3), 2), seed=0)
    np.testing.assert_array_equal(agent.chances, 1 / 3)
    agent.chances[:] = 0.0, 1.0, 0.0
    assert (agent.pull(5, np.random.default_rng(0)) == 1).all()
    assert (agent.predict(np.zeros((4, 6), dtype=np.float32), deterministic=True)[0] == 1).all()


@pytest.mark.parametrize("kind", [Exp3, TsallisINF])
@pytest.mark.parametrize("options", [{}, {"rate": 0.05}, {"low": -1.0, "high": 3.0}])
def test_estimates_are_unbiased_over_all_games(kind, options):
    agent = kind(bernoulli((0.1, 0.2, 0.3), 3**5), seed=0, independent=True, **options)
    chance, games = all_games(agent, LOSSES)
    assert chance.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(chance @ agent.losses, LOSSES.sum(0), rtol=1e-12)
    np.testing.assert_array_equal(agent.counts.sum(1), 5)
    # A game itself is estimated by what was pulled alone.
    pulled = (games[:, :, None] == np.arange(3)).any(0)
    np.testing.assert_array_equal((agent.losses > 0) & ~pulled, False)


def test_rows_of_one_memory_add_their_losses():
    agent = Exp3(bernoulli((0.1, 0.2, 0.3), 4), seed=0, rate=0.5)
    agent.chances[:] = 0.5, 0.2, 0.3
    agent._chance = agent.chances[0, [0, 2, 0, 1]]
    agent.take(np.arange(4), np.array([0, 2, 0, 1]), np.array([0.0, 0.4, 0.25, 1.0]))
    np.testing.assert_allclose(agent.losses, [[1.0 / 0.5 + 0.75 / 0.5, 0.0, 0.6 / 0.3]], rtol=1e-12)
    weight = np.exp(-0.5 * agent.losses)
    np.testing.assert_allclose(agent.chances, weight / weight.sum(), rtol=1e-12)


@pytest.mark.parametrize("independent", [True, False])
@pytest.mark.parametrize("pulls", [50, 7])
def test_late_pay_is_divided_by_the_chance_of_its_pull(independent, pulls):
    delay, rows = 3, 4
    rules = DelayedBandit(law="fixed", delay=float(delay), means=(0.2, 0.5, 0.8), pulls=pulls)
    agent = Exp3(WorldVectorEnv(rules, rows), seed=0, independent=independent)
    chances, arms, drawn_pay = [], [], []

    def hear(told):
        arms.append(told["actions"].copy())
        done = told["dones"].any()
        drawn_pay.append((told["info"]["final_info"] if done else told["info"])["drawn"].copy())
        chances.append(agent.chances.copy())

    chances.append(agent.chances.copy())
    agent.learn(rows * 50, hear)
    losses = np.zeros((agent.memories, 3))
    for t in range(50):
        if t % pulls + delay < pulls and t + delay < 50:  # else the episode or the run ended before it came
            for row in range(rows):
                m = row if independent else 0
                a = arms[t][row]
                losses[m, a] += (1 - drawn_pay[t][row]) / chances[t][m, a]
    np.testing.assert_allclose(agent.losses, losses, rtol=1e-10)
    assert agent.counts.sum() < agent.num_timesteps == 200


def test_new_environments_owe_nothing():
    rules = DelayedBandit(law="fixed", delay=5.0, means=(0.2, 0.5, 0.8), pulls=50)
    agent = Exp3(WorldVectorEnv(rules, 2), seed=0, independent=True).learn(20)
    assert agent._waiting
    agent.set_env(WorldVectorEnv(rules, 2))
    assert not agent._waiting
    agent.learn(20)
    with pytest.raises(FaultyEnvironment, match="none is due"):
        agent._waiting.clear()
        agent.learn(20)


def test_mistakes_are_named():
    for option in ({"rate": 0.0}, {"low": 2.0}, {"high": np.inf}):
        with pytest.raises(BadOption, match=next(iter(option))):
            Exp3(bernoulli((0.1, 0.2), 2), **option)
    with pytest.raises(BadReward, match="low and high"):
        Exp3(bernoulli((0.9, 0.9), 20), seed=0, high=0.5).learn(20)
