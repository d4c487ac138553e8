"""Parts of groups take every column along."""

import numpy as np
import torch

from rewardlab.agents.loops.tokens.groups import task_seeds, tasks
from rewardlab.core.batch import Group


def test_tasks_take_every_column_along():
    x = torch.arange(24.0).reshape(4, 2, 3)
    whole = Group(x, x + 1, x + 2, x + 3, x[..., 0], {"turn": x.long(), "margin": x[:, 0, 0]})
    part = tasks(whole, np.array([2, 0]))
    for k in ("logp", "old_logp", "ref_logp", "mask", "reward"):
        assert torch.equal(getattr(part, k), getattr(whole, k)[[2, 0]])
    assert torch.equal(part.info["turn"], x.long()[[2, 0]]) and part.info["margin"].tolist() == [12.0, 0.0]


def test_given_tasks_come_once_in_a_pass():
    given = range(50, 61)
    passes = [
        [s for i in range(3 * k, 3 * k + 3) for s in task_seeds(given, 3, seed=4, iteration=i)] for k in range(20)
    ]
    assert all(len(set(p)) == 9 and set(p) <= set(given) for p in passes)
    assert {s for p in passes for s in p} == set(given) and len({tuple(p) for p in passes}) == 20
    new = [s for i in range(100) for s in task_seeds(None, 5, seed=4, iteration=i)]
    assert len(set(new)) == 500 and new[:5] == task_seeds(None, 5, seed=4, iteration=0)
