"""Learners of distributions: with one number for a distribution they are deep Q-learning; their errors by hand."""

import math

import numpy as np
import pytest
import torch

from rewardlab.agents.deep import C51, DQN, QRDQN
from rewardlab.agents.loops.distributional import Distributional
from rewardlab.agents.loops.values import Huber

TINY = {
    "policy_kwargs": {"net_arch": [8]}, "device": "cpu", "seed": 0,
    "learning_starts": 16, "buffer_size": 100, "batch_size": 8, "train_freq": 4,
}  # fmt: skip


class OneNumber(Distributional):
    """Its distribution is a number."""

    @property
    def distribution(self):
        return Huber()

    def target(self, beyond, reward, discount):
        return reward + discount * self.decode(beyond)


def test_a_distribution_of_one_number_is_deep_q_learning():
    one, two = (cls("MlpPolicy", "CartPole-v1", **TINY).learn(80) for cls in (OneNumber, DQN))
    assert one._n_updates == two._n_updates == 16
    for a, b in zip(one.policy.parameters(), two.policy.parameters(), strict=True):
        assert torch.equal(a, b)


def test_values_are_means_and_errors_are_those_of_one_step_by_hand():
    # the last step of an episode: the target is the reward, whatever lies beyond
    reward, over, beyond = torch.tensor([0.25]), torch.zeros(1), torch.zeros(1, 3)
    c51 = C51("MlpPolicy", "CartPole-v1", low=-1.0, high=1.0, atoms=3, **TINY)
    shown = torch.log(torch.tensor([[0.2, 0.3, 0.5]]))
    assert float(c51.decode(shown)) == pytest.approx(0.3)
    expected = -(0.75 * math.log(0.3) + 0.25 * math.log(0.5))
    assert float(c51.error(shown, reward, over, beyond)) == pytest.approx(expected)
    quantiles = QRDQN("MlpPolicy", "CartPole-v1", n_quantiles=3, kappa=1.0, **TINY)
    shown = torch.tensor([[-2.75, 0.0, 0.75]])
    assert float(quantiles.decode(shown)) == pytest.approx(-2 / 3)
    expected = np.dot([1 / 6, 1 / 2, 1 / 6], [2.5, 0.5 * 0.25**2, 0.5 * 0.5**2])  # ranks 1/6, 1/2, 5/6; u = 3, ¼, −½
    assert float(quantiles.error(shown, reward, over, beyond)) == pytest.approx(expected)


def test_what_lies_beyond_is_discounted_and_moved_by_the_reward():
    reward, discount = torch.tensor([1.0]), torch.tensor([0.5])
    quantiles = QRDQN("MlpPolicy", "CartPole-v1", n_quantiles=2, **TINY)
    assert quantiles.target(torch.tensor([[2.0, 4.0]]), reward, discount).tolist() == [[2.0, 3.0]]
    c51 = C51("MlpPolicy", "CartPole-v1", low=0.0, high=2.0, atoms=3, **TINY)
    beyond = torch.log(torch.tensor([[0.5, 0.0, 0.5]]))  # half of it at 0, half at 2: then 1 and 2
    torch.testing.assert_close(c51.target(beyond, reward, discount), torch.tensor([[0.0, 0.5, 0.5]]))
