"""Draws from a table: by their law, the same on every device, never what cannot be."""

import numpy as np
import torch
from scipy.stats import chisquare

from rewardlab.core.mdp import TabularMDP
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps.dice import Dice, Tables


def test_the_first_state_is_drawn_by_its_law():
    P = np.full((3, 1, 3), 1 / 3)
    dice = Dice(TabularMDP(P, np.zeros((3, 1)), initial=[0.25, 0.75, 0.0]))
    rng = Streams(range(8000))
    rng.begin(slice(None))
    counts = np.bincount(dice.first(rng), minlength=3)
    assert counts[2] == 0
    assert chisquare(counts[:2], [2000, 6000]).pvalue > 1e-3


def test_successors_are_drawn_by_their_law_and_alike_in_torch():
    P = np.random.default_rng(0).dirichlet(np.full(5, 0.4), (5, 2))
    P[2, 1] = [0.0, 0.3, 0.0, 0.0, 0.7]
    mdp = TabularMDP(P, np.zeros((5, 2)))
    dice, n = Dice(mdp), 8000
    a, b = Streams(range(n)), Streams(range(n), device="cpu")
    for streams in (a, b):
        streams.begin(slice(None))
    state, action = np.full(n, 2), np.full(n, 1)
    entry, after = dice.next(state, action, a)
    also, torch_after = dice.next(torch.as_tensor(state), torch.as_tensor(action), b)
    np.testing.assert_array_equal(after, torch_after.numpy())
    np.testing.assert_array_equal(entry, also.numpy())
    np.testing.assert_array_equal(mdp.P.indices[entry], after)
    counts = np.bincount(after, minlength=5)
    assert counts[[0, 2, 3]].sum() == 0
    assert chisquare(counts[[1, 4]], [0.3 * n, 0.7 * n]).pvalue > 1e-3


def test_tables_are_copied_to_a_device_once():
    tables = Tables(x=np.arange(3))
    assert tables("cpu")["x"] is tables("cpu")["x"]
    assert isinstance(tables()["x"], np.ndarray) and isinstance(tables("cpu")["x"], torch.Tensor)
