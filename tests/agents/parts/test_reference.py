"""References that move: mixtures and extrapolations of distributions, averages and extrapolations of weights."""

import copy

import numpy as np
import pytest
import torch

from rewardlab.agents.parts.reference import Ahead, Follower, extrapolated, mixed, normalised
from rewardlab.core import checkpoint
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadCheckpoint, BadOption

RNG = np.random.default_rng(0)
ONE, TWO = RNG.normal(size=(2, 3, 4))


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_distributions_are_normalised(of):
    for found in (normalised(of(ONE)), mixed(of(ONE), of(TWO), 0.3), extrapolated(of(ONE), of(TWO), 0.4)):
        np.testing.assert_allclose(np.exp(array(found)).sum(-1), 1, rtol=1e-14)
    np.testing.assert_allclose(np.diff(mixed(of(ONE), of(TWO), 0.3)), np.diff(0.7 * ONE + 0.3 * TWO), rtol=1e-12)
    np.testing.assert_allclose(np.diff(extrapolated(of(ONE), of(TWO), 0.4)), np.diff(1.4 * ONE - 0.4 * TWO), rtol=1e-12)
    never = normalised(of(np.array([0.0, -np.inf])))
    np.testing.assert_array_equal(never, [0, -np.inf])


def test_ends_of_a_mixture_are_its_two_sides():
    np.testing.assert_allclose(mixed(ONE, TWO, 0.0), normalised(ONE), rtol=1e-14)
    np.testing.assert_allclose(mixed(ONE, TWO, 1.0), normalised(TWO), rtol=1e-14)
    np.testing.assert_allclose(extrapolated(ONE, TWO, 0.0), normalised(ONE), rtol=1e-14)


def policy():
    """A small network with a counter among its buffers."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    return net.double()


def shift(net, by):
    with torch.no_grad():
        for w in net.parameters():
            w += by
    net[1].num_batches_tracked += 1


@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_a_follower_is_the_average_of_the_weights(decay):
    net = policy()
    first = copy.deepcopy(net.state_dict())
    follower = Follower(net, decay)
    for _ in range(3):
        shift(net, 1.0)
        follower.update()
    away = 0.0
    for value in (1.0, 2.0, 3.0):
        away = decay * away + (1 - decay) * value
    for name, w in follower.module.named_parameters():
        np.testing.assert_allclose(w, first[name] + away, rtol=1e-12)
        assert not w.requires_grad
    assert follower.module[1].num_batches_tracked == 3 and not follower.module.training and net.training
    assert all(w.requires_grad for w in net.parameters())


def test_what_runs_ahead_extrapolates_the_last_step():
    net = policy()
    first = copy.deepcopy(net.state_dict())
    ahead = Ahead(net, 0.5)
    for step, expected in ((1.0, 1.5), (2.0, 4.0)):  # 1 + 0.5, then 3 + 0.5 * 2
        shift(net, step)
        ahead.update()
        for name, w in ahead.module.named_parameters():
            np.testing.assert_allclose(w, first[name] + expected, rtol=1e-12)
    assert ahead.module[1].num_batches_tracked == 2


@pytest.mark.parametrize(
    ("kind", "expected"), [(lambda net: Follower(net, 0.9), 0.1), (lambda net: Ahead(net, 0.5), 1.5)]
)
def test_weights_that_two_layers_share_move_once(kind, expected):
    net = torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2, bias=False)).double()
    net[1].weight = net[0].weight
    moved, first = kind(net), net[0].weight.detach().clone()
    with torch.no_grad():
        net[0].weight += 1.0
    moved.update()
    assert moved.module[0].weight is moved.module[1].weight
    np.testing.assert_allclose(moved.module[0].weight, first + expected, rtol=1e-14)


@pytest.mark.parametrize("kind", [lambda net: Follower(net, 0.9), lambda net: Ahead(net, 0.5)])
def test_a_file_keeps_the_weights(kind, tmp_path):
    net = policy()
    moved, fresh = kind(net), kind(policy())
    shift(net, 1.0)
    moved.update()
    checkpoint.save(tmp_path / "reference", "reference", {}, moved.state_dict())
    fresh.load_state_dict(checkpoint.load(tmp_path / "reference", "reference")[1])
    with pytest.raises(BadCheckpoint):
        fresh.load_state_dict({"no such key": np.zeros(3)})
    fresh.policy = net
    for _ in range(2):
        shift(net, 0.5)
        for one in (moved, fresh):
            one.update()
        for a, b in zip(moved.module.state_dict().values(), fresh.module.state_dict().values(), strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize(("kind", "name"), [(Follower, "decay"), (Ahead, "momentum")])
@pytest.mark.parametrize("value", [1.0, -0.1, float("nan")])
def test_rates_lie_below_1(kind, name, value):
    with pytest.raises(BadOption, match=name):
        kind(policy(), value)
