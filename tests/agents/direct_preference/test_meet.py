"""MEET: the Bayes conditional by its two stages, what learns in each, and controls by rank."""

import numpy as np
import pytest
import torch
from exact_groups import same

from rewardlab.agents.direct_preference import MEET, controls
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.nets import Fit, seeded

K = 6


class Controlled(torch.nn.Module):
    """log π(y | c) ∝ model_y + control_cy: a softmax over K answers."""

    def __init__(self, levels):
        super().__init__()
        self.model = torch.nn.Parameter(torch.zeros(K, dtype=torch.float64))
        self.control = torch.nn.Parameter(torch.zeros((levels, K), dtype=torch.float64))

    def forward(self):
        return torch.log_softmax(self.model + self.control, -1)


def every(logp, joint):
    """The expected loss as a group: one prompt, each (control, answer) repeated as often as its share says."""
    counts = torch.as_tensor(np.round(joint * 10_000).astype(int).ravel())
    flat = logp.reshape(-1).repeat_interleave(counts)[None, :, None]
    zero = torch.zeros_like(flat).detach()
    return Group(flat, zero, zero, torch.ones_like(zero), zero[..., 0])


@pytest.mark.parametrize("levels", [2, 3])
def test_each_control_gives_the_bayes_conditional_and_swapped_controls_swap_what_is_earned(levels):
    rng = np.random.default_rng(levels)
    data, reward = rng.dirichlet(2 * np.ones(K)), np.sort(rng.normal(size=K))
    sharp = np.exp(np.outer(np.arange(levels), 1.5 * reward))
    joint = np.round(sharp / sharp.sum(0) * data * 10_000) / 10_000  # p(c | y) p(y)
    joint /= joint.sum()
    module = Controlled(levels)
    meet = MEET([module.model, module.control], {module.control: None}, steps=150)
    fit = Fit(module, 0.05)
    for step in range(500):
        group = every(module(), joint)
        before = module.model.detach().clone()
        fit(meet(group).mean())
        meet.update(group)
        if step < 150:
            same(module.model, before)
    assert module.model.detach().abs().max() > 1e-4  # stage 2 moves it
    bayes = joint / joint.sum(-1, keepdims=True)
    policy = module().detach().exp().numpy()
    assert (bayes * np.log(np.clip(bayes, 1e-300, None) / policy)).sum(-1).max() < 1e-2
    earned = policy @ reward
    assert (np.diff(earned) > 0).all() and earned[0] < joint.sum(0) @ reward < earned[-1]


def test_in_stage_1_only_the_rows_of_the_controls_move():
    with seeded(0):
        table, head = torch.nn.Embedding(5, 3), torch.nn.Linear(3, 4)
    both = torch.nn.Sequential(table, head)
    meet = MEET(list(both.parameters()), {table.weight: [1, 3]}, steps=2)
    fit, ids = Fit(both, 0.1), torch.tensor([[0, 1], [3, 4]])
    for step in range(4):
        first = [p.detach().clone() for p in both.parameters()]
        logp = torch.log_softmax(both(ids), -1)[..., 0][..., None]
        zero = torch.zeros_like(logp).detach()
        group = Group(logp, zero, zero, torch.ones_like(zero), zero[..., 0])
        fit(meet(group).mean())
        meet.update(group)
        rows = (table.weight.detach() != first[0]).any(-1).tolist()
        moved = any((a != b).any() for a, b in zip(head.parameters(), first[1:], strict=True))
        assert rows == ([False, True, False, True, False] if step < 2 else [True, True, False, True, True])
        assert moved == (step >= 2)


def test_controls_are_shares_by_rank_and_the_stage_is_kept():
    assert controls([3.0, 1.0, 2.0, 9.0]) == ["good", "bad", "bad", "good"]
    assert controls([5, 1, 3], ["low", "mid", "high"]) == ["high", "low", "mid"]
    with pytest.raises(BadOption, match="names"):
        controls([1.0], [])
    one, other = torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.zeros(2))
    with pytest.raises(BadOption, match="rows"):
        MEET([one], {other: None})
    with pytest.raises(BadOption, match="steps"):
        MEET([one], {one: None}, steps=-1)
    with pytest.raises(BadCheckpoint):
        MEET([one], {one: None}).load_state_dict({})
