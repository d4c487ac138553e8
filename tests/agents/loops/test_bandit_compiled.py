"""Compiled play is the same play: the games of the loop over environments, pull by pull."""

import numpy as np
import pytest
from gymnasium import spaces

from rewardlab.agents import UCB1
from rewardlab.agents.loops import bandit
from rewardlab.agents.loops.bandit_compiled import play
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.arms import Arms
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit


def idle(arms):
    return UCB1(Spaces(spaces.Box(0, 1, (2 * arms,)), spaces.Discrete(arms)), seed=0)


@pytest.mark.parametrize("deviation", [None, 0.3])
def test_the_same_games_as_in_the_environment(deviation, monkeypatch):
    monkeypatch.setattr(bandit, "any_best", lambda values, rng: values.argmax(1))  # the first of equals, as compiled
    means = (0.2, 0.6, 0.5, 0.1)
    envs = WorldVectorEnv(StochasticBandit(means=means, deviation=deviation, pulls=400), 7)
    agent = UCB1(envs, seed=11, independent=True).learn(7 * 400)
    regret, counts = play(idle(4), Arms(means, deviation), 7, 400, seed=11, at=[1, 20, 400])
    np.testing.assert_array_equal(counts, agent.counts)
    np.testing.assert_allclose(regret[-1], agent.regret, rtol=1e-12)
    gaps = np.array([0.4, 0.0, 0.1, 0.5])
    np.testing.assert_allclose(regret[-1], counts @ gaps, rtol=1e-12)
    np.testing.assert_allclose(regret[0], gaps[0], rtol=1e-12)
    assert (np.diff(regret, axis=0) >= 0).all()


def test_runs_are_alone():
    arms = Arms((0.3, 0.7))
    regret, counts = play(idle(2), arms, 5, 300, seed=3)
    for i in range(5):
        one, count = play(idle(2), arms, 1, 300, seed=3 + i)
        assert one[0, 0] == regret[0, i] and (count[0] == counts[i]).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arms": Arms((0.1, 0.2, 0.3))}, "3 arms"),
        ({"runs": 0}, "runs=0"),
        ({"pulls": 0}, "pulls=0"),
        ({"at": [5, 5]}, "at="),
        ({"at": [11]}, "at="),
    ],
)
def test_mistakes_are_named(change, said):
    with pytest.raises(BadOption, match=said):
        play(idle(2), **({"arms": Arms((0.1, 0.2)), "runs": 2, "pulls": 10} | change))
