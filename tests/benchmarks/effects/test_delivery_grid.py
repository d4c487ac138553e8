"""Delivery grids: the table, the segments, the labels and the score."""

import numpy as np
import pytest
import torch

from rewardlab.benchmarks.effects import delivery_grid as task
from rewardlab.rewards import regrets


def one(slip=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return task.grid(rng, slip=slip), rng


@pytest.mark.parametrize("slip", [0.0, 0.2])
def test_a_grid_has_a_goal_two_traps_and_features_of_the_cells_entered(slip):
    given, _ = one(slip)
    P = given.world.dense()[0]
    assert given.world.terminal.sum() == 3 and given.world.initial[given.world.terminal].sum() == 0
    live = ~given.world.terminal
    np.testing.assert_allclose(given.features.sum(-1), 1.0)
    np.testing.assert_allclose(P.max(-1)[live].min(), 1.0 if not slip else 0.8, atol=1e-12)
    goal = given.features[..., 1].max(0).max()
    assert goal == pytest.approx(1 - slip) or goal == 1.0
    assert given.score(given.weights) == pytest.approx(1.0) and given.score(-given.weights) < 0.5


def test_segments_follow_the_table_and_stop_at_an_end():
    given, rng = one(0.2)
    items = task.pairs(given, 3000, rng)
    mask, P = items.info["mask"], given.world.dense()[0]
    assert items.shape == (3000, 2, 3) and mask[..., 0].all() and not given.world.terminal[items.obs[mask]].any()
    going = mask[..., 1:]
    assert (items.next_obs[..., :-1] == items.obs[..., 1:])[going].all()
    assert (mask[..., 1:] == (mask[..., :-1] & ~items.terminated[..., :-1])).all()
    assert (P[items.obs[mask], items.action[mask], items.next_obs[mask]] > 0).all()
    straight = P[items.obs[mask], items.action[mask], items.next_obs[mask]] > 0.5
    assert straight.mean() > 0.79


@pytest.mark.parametrize("by", ["regret", "return"])
def test_labels_are_logistic_in_what_they_judge(by):
    given, rng = one()
    items = task.labelled(given, task.pairs(given, 20_000, rng), by, rng)
    table = -regrets(given.truth) if by == "regret" else given.truth.R
    worth = (table[items.obs, items.action] * items.info["mask"]).sum(-1)
    p = 1 / (1 + np.exp(worth[:, 1] - worth[:, 0]))
    z = (items.info["label"] - p).sum() / np.sqrt((p * (1 - p)).sum())
    assert abs(z) < 4
    clear = (p > 0.5) & (p < 0.8)
    left = (items.info["label"] - p)[clear]
    assert abs(left.mean()) < 4 * 0.5 / np.sqrt(clear.sum())  # 4 standard errors


def test_a_small_run():
    for side in task.SIDES:
        found = task.learned(0, side=side, by="regret", count=20, slip=0.0, epochs=3)
        assert 0 <= found["near_optimal"] <= 1 and -1 <= found["score"] <= 1
    given, _ = one()
    model = task.PartialReturn(features=given.features, values=lambda w: (w, w))
    w = torch.as_tensor(given.weights)
    np.testing.assert_allclose(model.utility(w).numpy()[~given.world.terminal], given.truth.R[~given.world.terminal])
