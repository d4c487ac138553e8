"""The network over segments: prefixes do not see what follows, and steps one by one give the same states."""

import numpy as np
import pytest
import torch
from steps import steps

from rewardlab.rewards.preference.prefix_network import PrefixNetwork, drawn, last, lengths


def network():
    return PrefixNetwork(5, 8, 3, seed=1)


def test_states_are_those_of_steps_one_by_one_and_do_not_see_the_future():
    net, x = network(), torch.randn(4, 2, 6, 5, generator=torch.Generator().manual_seed(0))
    states = net(x)
    assert states.shape == (4, 2, 6, 8) and net.scores(states).shape == (4, 2, 6)
    assert net.project(states).shape == (4, 2, 6, 3)
    h = torch.zeros(8, 8)
    for t in range(6):
        h = net.step(x[:, :, t].reshape(8, 5), h)
        torch.testing.assert_close(h.reshape(4, 2, 8), states[:, :, t])
    other = x.clone()
    other[:, :, 4:] += 1.0
    torch.testing.assert_close(net(other)[:, :, :4], states[:, :, :4])
    assert (net(other)[:, :, 4:] != states[:, :, 4:]).any()


def test_a_seed_decides_the_weights_and_nothing_else_is_drawn():
    before = torch.get_rng_state()
    one, two, three = network(), network(), PrefixNetwork(5, 8, 3, seed=2)
    assert (torch.get_rng_state() == before).all()
    for a, b, c in zip(one.parameters(), two.parameters(), three.parameters(), strict=True):
        assert (a == b).all() and (a != c).any()


def test_lengths_and_last_steps():
    mask = np.array([[[1, 1, 0], [1, 1, 1]], [[0, 0, 0], [1, 0, 0]]])
    items = steps((2, 2, 3), mask=mask)
    assert lengths(items).tolist() == [[2, 3], [1, 1]] and lengths(steps((1, 2, 3))).tolist() == [[3, 3]]
    x = torch.arange(24.0).reshape(2, 2, 3, 2)
    found = last(x, lengths(items))
    expected = [[x[i, j, int(lengths(items)[i, j]) - 1].tolist() for j in range(2)] for i in range(2)]
    assert found.tolist() == expected and last(x[..., 0], lengths(items)).shape == (2, 2)


def test_draws_are_uniform_below_each_bound():
    found = drawn(torch.tensor([1, 2, 4] * 4000), np.random.default_rng(0)).reshape(-1, 3).numpy()
    for k, n in enumerate((1, 2, 4)):
        counts = np.bincount(found[:, k], minlength=n)
        assert len(counts) == n and counts == pytest.approx(4000 / n, abs=4 * np.sqrt(4000 / n))  # 4 standard errors
