import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import FlattenExtractor
from torch import nn

from rewardlab.agents.loops.perceptrons import perceptron_of

BOX = spaces.Box(-1, 1, (2, 3))
FLAT = FlattenExtractor(BOX)


def test_numbers_are_the_modules_bit_for_bit_with_their_gradients():
    net, last = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4, bias=False), nn.Tanh()), nn.Linear(4, 2)
    straight = perceptron_of(BOX, FLAT, net, last)
    obs = torch.randn(7, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    shown, expected = straight(obs), last(net(FLAT(obs.float())))
    assert torch.equal(shown, expected)
    parameters = [*net.parameters(), *last.parameters()]
    for mine, theirs in zip(
        torch.autograd.grad(shown.square().sum(), parameters),
        torch.autograd.grad(expected.square().sum(), parameters),
        strict=True,
    ):
        assert torch.equal(mine, theirs)


def test_whoever_listens_at_a_module_hears_it():
    net, heard = nn.Sequential(nn.Linear(6, 5), nn.ReLU()), []
    straight = perceptron_of(BOX, FLAT, net)
    before = straight(torch.zeros(1, 2, 3))
    handle = net[1].register_forward_hook(lambda module, given, out: heard.append(out))
    assert torch.equal(straight(torch.zeros(1, 2, 3)), before) and torch.equal(heard[0], before)
    handle.remove()
    straight(torch.zeros(1, 2, 3))
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("space", "extractor", "parts"),
    [
        (spaces.Discrete(6), FLAT, [nn.Linear(6, 2)]),
        (spaces.Box(0, 255, (36, 36, 3), "uint8"), FLAT, [nn.Linear(6, 2)]),
        (BOX, nn.Flatten(), [nn.Linear(6, 2)]),
        (BOX, FLAT, [nn.Sequential(nn.Linear(6, 2), nn.Dropout(0.1))]),
        (BOX, FLAT, [nn.Sequential(nn.ReLU(), nn.Linear(6, 2))]),
        (BOX, FLAT, [nn.Sequential(nn.Linear(6, 2), nn.ReLU(), nn.Tanh())]),
        (BOX, FLAT, [nn.Sequential()]),
    ],
    ids=["numbers", "pictures", "another extractor", "dropout", "no layer first", "two bends", "nothing"],
)
def test_anything_else_is_left_to_its_modules(space, extractor, parts):
    assert perceptron_of(space, extractor, *parts) is None
