"""Parts of groups take every column along."""

import numpy as np
import torch

from rewardlab.agents.loops.tokens.groups import tasks
from rewardlab.core.batch import Group


def test_tasks_take_every_column_along():
    x = torch.arange(24.0).reshape(4, 2, 3)
    whole = Group(x, x + 1, x + 2, x + 3, x[..., 0], {"turn": x.long(), "margin": x[:, 0, 0]})
    part = tasks(whole, np.array([2, 0]))
    for k in ("logp", "old_logp", "ref_logp", "mask", "reward"):
        assert torch.equal(getattr(part, k), getattr(whole, k)[[2, 0]])
    assert torch.equal(part.info["turn"], x.long()[[2, 0]]) and part.info["margin"].tolist() == [12.0, 0.0]
