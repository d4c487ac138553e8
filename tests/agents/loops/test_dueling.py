"""The dueling loop: wins are counted for both, bounds are a closed form, and rows of one memory spread."""

import math

import numpy as np
import pytest
from exact_bandits import duels, watched
from gymnasium import spaces

from rewardlab.agents import RUCB, Copeland, DoubleThompson
from rewardlab.agents.loops.dueling import bounds, shares
from rewardlab.agents.loops.rollout import Spaces
from rewardlab.core.errors import BadReward, BadSpace
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DuelingBandit
from rewardlab.rewards import PaidVector, Task

THREE = [[0.5, 0.7, 0.9], [0.3, 0.5, 0.6], [0.1, 0.4, 0.5]]
KINDS = pytest.mark.parametrize("kind", [RUCB, Copeland, DoubleThompson])


def test_bounds_are_a_closed_form():
    wins = np.array([[[5.0, 3.0, 0.0], [1.0, 0.0, 2.5], [0.0, 1.5, 9.0]]])
    met = wins + wins.transpose(0, 2, 1) + np.array([[0, 0, 0], [0, 0, 4], [0, 4, 0]])
    upper, lower = bounds(wins, met, np.array([100]), 0.6)
    wide = [math.sqrt(0.6 * math.log(100) / n) for n in (4, 8)]
    expected = [[0.5, 0.75 + wide[0], 2.0], [0.25 + wide[0], 0.5, 0.625 + wide[1]], [2.0, 0.375 + wide[1], 0.5]]
    np.testing.assert_allclose(upper[0], expected, rtol=1e-14)
    np.testing.assert_allclose((upper + lower.transpose(0, 2, 1))[0][[0, 1, 1, 2], [1, 0, 2, 1]], 1.0, rtol=1e-14)
    assert lower[0, 0, 2] == lower[0, 2, 0] == 0.0
    np.testing.assert_allclose(shares(wins)[0], [[0.5, 0.75, 0.5], [0.25, 0.5, 0.625], [0.5, 0.375, 0.5]])


@KINDS
@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
@pytest.mark.parametrize("independent", [True, False])
def test_wins_are_those_of_the_duels(kind, mode, independent):
    envs = WorldVectorEnv(DuelingBandit(preferences=THREE, pulls=15), 5, autoreset_mode=mode)
    agent, heard = kind(envs, seed=0, independent=independent), []
    agent.learn(300, lambda told: heard.append(told["step"]))
    wins, number = np.zeros((5, 3, 3)), np.zeros(5)
    for step in heard:
        for i in np.flatnonzero(step.live):
            one, other = step.action[i]
            number[i] += 1
            if one != other:
                wins[i, one, other] += step.reward[i]
                wins[i, other, one] += 1 - step.reward[i]
    np.testing.assert_array_equal(agent.wins, wins if independent else wins.sum(0)[None])
    np.testing.assert_array_equal(agent.duels, number if independent else [number.sum()])
    assert agent.num_timesteps == number.sum() and (agent.regret > 0).all()


@KINDS
def test_rows_of_one_memory_share_out_the_first_pairs(kind):
    agent = kind(duels(THREE, 30), seed=0)
    pairs, _ = watched(agent, 1)
    met = np.zeros((3, 3))
    np.add.at(met, (pairs[0, :, 0], pairs[0, :, 1]), 1)
    apart = (met + met.T)[np.triu_indices(3, 1)]
    assert (apart >= 4).all()  # nothing is known, so no pair is left out
    first = pairs[0, :, 0]
    assert len(set(first.tolist())) == 3


def test_the_best_arm_beats_most_others():
    agent = RUCB(duels(THREE, 2), seed=0, independent=True)
    agent.wins[0] = [[0, 6, 3], [4, 0, 9], [7, 1, 0]]  # a circle: arm 1 wins the most duels
    agent.wins[1] = [[0, 6, 6], [4, 0, 9], [4, 1, 0]]
    obs = np.zeros((2, *agent.observation_space.shape), dtype=np.float32)
    np.testing.assert_array_equal(agent.best(), [1, 0])
    np.testing.assert_array_equal(agent.predict(obs, deterministic=True)[0], [[1, 1], [0, 0]])


def test_predictions_change_nothing_and_lie_in_the_space():
    agent = RUCB(duels(THREE, 4), seed=0).learn(40)
    before = {name: np.copy(value) for name, value in agent.tables().items()}
    space, shape = spaces.MultiDiscrete([3, 3]), agent.observation_space.shape
    pairs = agent.predict(np.zeros((50, *shape), dtype=np.float32))[0]
    assert pairs.shape == (50, 2) and all(space.contains(p) for p in pairs)
    assert space.contains(agent.predict(np.zeros(shape, dtype=np.float32))[0])
    for name, value in agent.tables().items():
        np.testing.assert_array_equal(value, before[name])


@KINDS
def test_a_part_of_a_win_counts_as_such(kind):
    agent = kind(PaidVector(duels(THREE, 3), 0.5 * Task()), seed=0, independent=True).learn(90)
    total = agent.wins + agent.wins.transpose(0, 2, 1)
    assert (total == np.round(total)).all() and (agent.wins * 2 == np.round(agent.wins * 2)).all()
    assert (shares(agent.wins)[total > 0] <= 1).all()


def test_mistakes_are_named():
    for wrong in (spaces.MultiDiscrete([2, 3]), spaces.MultiDiscrete([2, 2, 2]), spaces.Discrete(4)):
        with pytest.raises(BadSpace, match=r"pairs|MultiDiscrete"):
            RUCB(Spaces(spaces.Discrete(1), wrong))
    with pytest.raises(BadReward, match="if the first wins"):
        RUCB(PaidVector(duels(THREE, 20), 2.0 * Task()), seed=0).learn(20)
