"""Steps on one long vector against torch's own optimiser and clipping."""

import copy

import pytest
import torch
from torch import nn

from rewardlab.agents.loops.descent import Descent


def network(seed=0):
    generator = torch.Generator().manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.randn(p.shape, generator=generator))
    return net


def loss_of(net, k):
    x = torch.randn(16, 3, generator=torch.Generator().manual_seed(k))
    return net(x).square().mean() * (1 + k % 3)


def plain(net, optimizer, limit, steps):
    for k in steps:
        optimizer.zero_grad()
        loss_of(net, k).backward()
        nn.utils.clip_grad_norm_(net.parameters(), limit)
        optimizer.step()


@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_steps_are_adams(limit):
    mine, theirs = network(), network()
    adam = torch.optim.Adam(theirs.parameters(), lr=0.01, eps=1e-5)
    step = Descent(torch.optim.Adam(mine.parameters(), lr=0.01, eps=1e-5), limit)
    assert step.flat is not None
    for k in range(30):
        norm = step(loss_of(mine, k))
        plain(theirs, adam, limit, [k])
        expected = torch.cat([p.grad.flatten() for p in theirs.parameters()]).norm()
        assert float(norm) >= float(expected) - 1e-5
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-5)


def test_torch_goes_on_from_its_state_and_it_from_torchs():
    mine = network()
    optimizer = torch.optim.Adam(mine.parameters(), lr=0.01)
    step = Descent(optimizer, 1.0)
    for k in range(5):
        step(loss_of(mine, k))
    step.settle()
    theirs = network()
    theirs.load_state_dict(mine.state_dict())
    adam = torch.optim.Adam(theirs.parameters(), lr=0.01)
    adam.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    plain(theirs, adam, 1.0, range(5, 10))
    for k in range(5, 10):
        step(loss_of(mine, k))
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-5)
    optimizer.load_state_dict(adam.state_dict())  # as loading a file does: the views are gone
    mine.load_state_dict(theirs.state_dict())
    step.tie()
    plain(theirs, adam, 1.0, range(10, 14))
    for k in range(10, 14):
        step(loss_of(mine, k))
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-5)


def test_the_rate_is_read_at_each_step_and_moved_parameters_are_tied_anew():
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    step = Descent(optimizer, 1.0)
    optimizer.param_groups[0]["lr"] = 0.0
    before = [p.clone() for p in net.parameters()]
    step(loss_of(net, 0))
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    net.double().float()  # leaves the vector
    step.tie()
    optimizer.param_groups[0]["lr"] = 0.1
    step(loss_of(net, 1))
    assert not any(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_other_optimisers_take_their_own_steps():
    mine, theirs = network(), network()
    step = Descent(torch.optim.RMSprop(mine.parameters(), lr=0.01), 0.5)
    assert step.flat is None
    for k in range(5):
        step(loss_of(mine, k))
    plain(theirs, torch.optim.RMSprop(theirs.parameters(), lr=0.01), 0.5, range(5))
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_rate_after_a_load_is_that_of_the_optimiser():
    net = network()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    step = Descent(optimizer, 1.0)
    step(loss_of(net, 0))
    step.settle()
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    optimizer.param_groups[0]["lr"] = 0.0
    step.tie()
    before = [p.clone() for p in net.parameters()]
    step(loss_of(net, 1))
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
