import pickle

import numpy as np
import pytest
import torch
from steps import online, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import lost, strays, tabulate
from rewardlab.rewards import Advice, DemonstrationPotential
from rewardlab.rewards.shaping import demonstration_potential as module


def brute(shown, done, obs, action, width):
    out = np.zeros(len(obs))
    for b in range(len(obs)):
        for m in range(len(shown)):
            if done[m] == action[b]:
                gap = (obs[b].ravel() - shown[m].ravel()) / width
                out[b] = max(out[b], np.exp(-0.5 * gap @ gap))
    return out


@pytest.mark.parametrize("width", [0.7, (0.5, 1.0, 2.0, 4.0, 0.3, 1.0)])
def test_it_is_the_nearest_demonstration_of_the_same_action(width):
    rng = np.random.default_rng(0)
    shown, done = rng.normal(size=(15, 2, 3)), rng.integers(0, 3, 15)
    obs, action = rng.normal(size=(40, 2, 3)), rng.integers(0, 4, 40)  # nobody showed action 3
    phi = DemonstrationPotential(shown, done, width)
    exact = brute(shown, done, obs, action, np.array(width))
    np.testing.assert_allclose(phi(obs, action), exact, atol=1e-12)
    assert (phi(obs, action)[action == 3] == 0).all() and (exact > 0).any()
    np.testing.assert_array_equal(phi(shown, done), np.ones(15))
    np.testing.assert_allclose(phi(torch.as_tensor(obs), torch.as_tensor(action)).numpy(), exact, atol=1e-12)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(phi))(obs, action), phi(obs, action))
    np.testing.assert_array_equal(  # steps [T, N]
        phi(obs.reshape(8, 5, 2, 3), action.reshape(8, 5)), phi(obs, action).reshape(8, 5)
    )


def test_large_batches_come_in_parts(monkeypatch):
    rng = np.random.default_rng(1)
    phi = DemonstrationPotential(rng.normal(size=(6, 2)), rng.integers(0, 2, 6))
    obs, action = rng.normal(size=(50, 2)), rng.integers(0, 2, 50)
    whole = phi(obs, action)
    monkeypatch.setattr(module, "_MOST", 40)
    np.testing.assert_array_equal(phi(obs, action), whole)
    assert phi(obs[:0], action[:0]).shape == (0,)


def chain(length, gamma=0.95):
    """A corridor with a goal at its right end: action 1 goes there, action 0 back."""
    P, R = np.zeros((length, 2, length)), np.zeros((length, 2))
    for s in range(length - 1):
        P[s, 0, max(s - 1, 0)] = P[s, 1, s + 1] = 1.0
    P[-1, :, -1] = 1.0
    R[-2, 1] = 1.0
    return TabularMDP(P, R, gamma=gamma, terminal=np.arange(length) == length - 1)


@pytest.mark.parametrize("done", [0, 1])
def test_good_and_bad_demonstrations_alike_leave_the_optimum(done):
    mdp = chain(8)
    phi = DemonstrationPotential(np.arange(7.0), np.full(7, done), 0.5)
    table = tabulate(mdp, Task() + Advice(phi, mdp.gamma), obs=np.arange(8.0)[:, None])
    assert not strays(table).any() and not lost(table).any()


def test_to_follow_a_demonstration_pays_at_once():
    phi = DemonstrationPotential(np.arange(7.0), np.ones(7, dtype=int), 0.3)
    for action, first in ((1, 1.0), (0, 0.0)):
        batch = steps((2, 1), obs=np.array([[[3.0]], [[4.0]]]), action=np.full((2, 1), action))
        assert online(Advice(phi), batch)["advice"][0, 0] == pytest.approx(first)


def test_it_shows_itself_on_one_line():
    phi = DemonstrationPotential(np.zeros((50, 2)), np.zeros(50, dtype=int), 0.5)
    assert repr(phi) == "DemonstrationPotential(obs=[50, 2] float64, action=[50] int64, width=0.5)"


def test_nan_shows():
    phi = DemonstrationPotential(np.arange(3.0), np.array([0, 1, 1]))
    assert np.isnan(phi(np.array([[np.nan], [0.0]]), np.array([1, 0]))).tolist() == [True, False]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ((np.zeros((3, 2)), np.zeros(4, dtype=int)), "actions"),
        ((np.zeros((3, 2)), np.zeros(3)), "float64"),
        ((np.zeros((0, 2)), np.zeros(0, dtype=int)), "integers"),
        ((np.full((3, 2), np.inf), np.zeros(3, dtype=int)), "infinity"),
        ((np.zeros((3, 2)), np.zeros(3, dtype=int), 0.0), "width"),
        ((np.zeros((3, 2)), np.zeros(3, dtype=int), (1.0, 1.0, 1.0)), "width"),
    ],
)
def test_demonstrations_that_do_not_fit_are_refused(given, word):
    with pytest.raises(BadOption, match=f"(?s)DemonstrationPotential.*{word}"):
        DemonstrationPotential(*given)
