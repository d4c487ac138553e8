"""The memory keeps the newest; the mixing network rises in each value, and is its formula."""

import numpy as np
import pytest
import torch

from rewardlab.agents.critics.kernel import Memory, Mixing
from rewardlab.core.errors import BadOption


@pytest.mark.parametrize(("capacity", "parts"), [(7, [3, 3, 3, 1]), (5, [12, 2]), (4, [4, 4]), (9, [2, 3])])
def test_the_newest_are_kept_and_all_of_them_are_drawn(capacity, parts):
    memory, begin = Memory(capacity), 0
    for n in parts:
        number = np.arange(begin, begin + n)
        memory.add(number=number, twice=np.stack([number, -number], axis=1))
        begin += n
    held = set(range(max(begin - capacity, 0), begin))
    assert memory.size == len(held)
    drawn = memory.sample(400, np.random.default_rng(0))
    assert set(drawn["number"].tolist()) == held
    torch.testing.assert_close(drawn["twice"], torch.stack([drawn["number"], -drawn["number"]], dim=1))
    again = memory.sample(400, np.random.default_rng(0))
    assert torch.equal(drawn["number"], again["number"])


def test_no_room_is_named():
    with pytest.raises(BadOption, match="buffer_size=0"):
        Memory(0)


def test_mixing_is_its_formula_and_rises_in_each_value():
    mixing = Mixing(3, 5, 4, seed=0)
    values, state = (
        torch.randn(20, 3, generator=torch.Generator().manual_seed(0), requires_grad=True),
        torch.ones(20, 5),
    )
    state = state * torch.arange(20)[:, None] / 10
    whole = mixing(values, state)
    for i in range(20):
        first = mixing.first(state[i]).abs().reshape(3, 4)
        hidden = torch.nn.functional.elu(values[i] @ first + mixing.offset(state[i]))
        expected = hidden @ mixing.second(state[i]).abs() + mixing.value(state[i])[0]
        torch.testing.assert_close(whole[i], expected)
    (slope,) = torch.autograd.grad(whole.sum(), values)
    assert (slope >= 0).all() and (slope > 0).any()
    assert torch.equal(Mixing(3, 5, 4, seed=0).first.weight, mixing.first.weight)
    assert not torch.equal(Mixing(3, 5, 4, seed=1).first.weight, mixing.first.weight)
