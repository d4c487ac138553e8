"""CPL finds the optimal policy of a random process from labels by regret, and not from labels by return."""

import itertools
from functools import partial

import numpy as np
import pytest
import torch
from preference_tables import minimum

from rewardlab.agents.direct_preference import cpl
from rewardlab.core.batch import Group
from rewardlab.core.responses import sigmoid

S, A, GAMMA, ALPHA = 3, 3, 0.9, 0.5


def process(seed=0):
    """Transitions [S, A, S], rewards [S, A], and the optimal advantages of the maximum-entropy problem, [S, A]."""
    rng = np.random.default_rng(seed)
    move, reward = rng.dirichlet(np.ones(S), (S, A)), rng.normal(size=(S, A))
    value = np.zeros(S)
    for _ in range(600):
        q = reward + GAMMA * move @ value
        value = ALPHA * np.log(np.exp(q / ALPHA).sum(-1))
    return move, reward, q - value[:, None]


def segments():
    """All segments of two steps: states and actions, [K, 2] each."""
    every = np.array(list(itertools.product(range(S), range(A), range(S), range(A))))
    return every[:, [0, 2]], every[:, [1, 3]]


def fitted(score):
    """The policy that minimises the population loss of labels that follow a score [K] of segments."""
    states, actions = (torch.as_tensor(x) for x in segments())
    i, j = np.nonzero(~np.eye(len(score), dtype=bool))
    pairs = torch.as_tensor(np.stack([i, j], -1))
    weight = torch.as_tensor(sigmoid(score[i] - score[j]) / len(i))
    reward = torch.tensor([1.0, 0.0]).expand(len(i), 2)
    ones = torch.ones((len(i), 2, 2))

    def loss(logits):
        logp = torch.log_softmax(logits, -1)[states, actions][pairs]  # [P, 2, 2]
        return (weight * cpl(Group(logp, ones, ones, ones, reward), alpha=ALPHA, bias=1.0, gamma=GAMMA)).sum()

    logits = minimum(loss, np.zeros((S, A)), rounds=60)
    return np.exp(logits - np.log(np.exp(logits).sum(-1, keepdims=True)))


def test_regret_labels_give_the_optimal_policy_and_return_labels_another():
    _, reward, advantage = process()
    states, actions = segments()
    discount = GAMMA ** np.arange(2)
    optimal = np.exp(advantage / ALPHA)
    np.testing.assert_allclose(optimal.sum(-1), 1, atol=1e-12)
    np.testing.assert_allclose(fitted((discount * advantage[states, actions]).sum(-1)), optimal, atol=1e-6)
    assert np.abs(fitted((discount * reward[states, actions]).sum(-1)) - optimal).max() > 0.05


@pytest.mark.parametrize("bias", [1.0, 0.5])
def test_the_loss_is_its_definition(bias):
    rng = np.random.default_rng(1)
    logp, mask = -rng.random((4, 2, 5)), (np.arange(5) < rng.integers(1, 6, (4, 2, 1))).astype(float)
    group = Group(logp, logp, logp, mask, np.tile([0.0, 1.0], (4, 1)))
    s = 0.3 * (0.8 ** np.arange(5) * logp * mask).sum(-1)
    np.testing.assert_allclose(
        cpl(group, alpha=0.3, bias=bias, gamma=0.8),
        -np.log(np.exp(s[:, 1]) / (np.exp(s[:, 1]) + np.exp(bias * s[:, 0]))),
        rtol=1e-13,
    )


def test_the_bias_prefers_segments_that_the_policy_knows():
    def loss(likely, bias):
        logp = np.full((1, 2, 4), -likely)  # both equally likely
        group = Group(logp, logp, logp, np.ones_like(logp), np.array([[1.0, 0.0]]))
        return partial(cpl, bias=bias)(group)[0]

    assert loss(1.0, 1.0) == loss(3.0, 1.0) == pytest.approx(np.log(2))
    assert loss(1.0, 0.5) < loss(3.0, 0.5)


def test_steps_that_do_not_count_take_no_time():
    logp = -np.arange(1.0, 5.0) * np.ones((1, 2, 4))
    mask = np.array([[[0, 1, 0, 1], [1, 1, 0, 0]]])
    group = Group(logp, logp, logp, mask, np.array([[1.0, 0.0]]))
    better, worse = -(2 + 0.5 * 4), -(1 + 0.5 * 2)
    expected = np.log1p(np.exp(-(better - worse)))
    assert cpl(group, alpha=1.0, bias=1.0, gamma=0.5)[0] == pytest.approx(expected, rel=1e-14)
