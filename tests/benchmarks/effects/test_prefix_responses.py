"""Responses whose reward follows the prefix: the reward, the models' scores and the wins of both sides."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import prefix_responses as task


def test_rewards_share_the_effects_of_common_prefixes():
    rng = np.random.default_rng(0)
    y = rng.integers(0, task.TOKENS, (300, task.DEPTH))
    z = y.copy()
    z[:, 3:] = rng.integers(0, task.TOKENS, (300, 3))
    a, b = task.effect_of(y, 5), task.effect_of(z, 5)
    assert (a[:, :3] == b[:, :3]).all() and (a[:, 3] == b[:, 3]).tolist() == (y[:, 3] == z[:, 3]).tolist()
    assert (task.gold(y, 5) == a.sum(1)).all() and (task.effect_of(y, 6) != a).any()
    deep = a[:, 5]
    assert deep.mean() == pytest.approx(0, abs=4 / np.sqrt(300)) and deep.var() == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize("model", task.MODELS)
def test_wins_of_both_sides_sum_to_1(model):
    found = [task.measured(0, tree=tree, labels=10, model=model) for tree in (True, False)]
    for pool in ("tree", "fresh"):
        assert found[0][f"{pool}_wins"] + found[1][f"{pool}_wins"] == pytest.approx(1.0)
        assert all(0 <= f[f"{pool}_accuracy"] <= 1 for f in found)


def test_scores_are_pays_of_single_steps():
    taught, leaves = task.fitted(1, tree=True, labels=40, model="Gaussian")
    found = task.scores(taught, leaves.reshape(8, 8, task.DEPTH))
    np.testing.assert_allclose(found[3, 2], task.scores(taught, leaves[26:27])[0])
    assert len(leaves) == 64 and np.corrcoef(found.ravel(), task.gold(leaves, 1))[0, 1] > 0.3
