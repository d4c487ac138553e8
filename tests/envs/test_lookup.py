"""Numbers on devices, and returns against plain sums over paths."""

import itertools

import numpy as np
import pytest
import torch

from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.lookup import Tables, device_of, returns


def test_numbers_are_copied_once_to_each_device():
    tables = Tables(a=np.arange(3), b=[[1.5]])
    assert tables()["a"].tolist() == [0, 1, 2] and tables(None)["b"].shape == (1, 1)
    there = tables("cpu")
    assert isinstance(there["a"], torch.Tensor) and there is tables("cpu") and there["b"].dtype == torch.float64
    assert tables.beside(np.zeros(2)) is tables() and tables.beside(torch.zeros(2))["b"].tolist() == [[1.5]]
    assert device_of(np.zeros(1)) is None and device_of(torch.zeros(1)) == torch.device("cpu")


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_returns_are_sums_over_all_paths(steps):
    rng = np.random.default_rng(0)
    P, R = rng.dirichlet(np.ones(2), (2, 2)), rng.normal(size=(2, 2))
    mdp = TabularMDP(P, R, gamma=0.5, initial=[0.3, 0.7])
    random, best = returns(mdp, steps)
    total = 0.0
    for path in itertools.product(range(2), repeat=2 * steps + 1):
        states, actions = path[::2], path[1::2]
        chance = mdp.initial[states[0]] * 0.5 ** len(actions)
        for s, a, after in zip(states, actions, states[1:], strict=False):
            chance *= P[s, a, after]
        total += chance * sum(R[s, a] for s, a in zip(states, actions, strict=False))
    assert random == pytest.approx(total, abs=1e-12) and best >= random
    if steps == 1:
        assert best == pytest.approx(mdp.initial @ R.max(1))
