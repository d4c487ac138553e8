"""StableReinforce: bounded where PPO is not, and outliers that are not learned from."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import random_group
from exact_groups import same, token_gradient

from rewardlab.agents.parts import advantage, ratio, reduce, surrogate
from rewardlab.agents.policy_gradient import stable_reinforce
from rewardlab.core.errors import BadOption


def without_the_clip(group):
    loss = surrogate.clip(ratio.token(group), advantage.batch_normalised(group, 1e-6, 1), 0.2, 0.2)
    return reduce.per_token(loss, group.mask)


def test_a_token_of_a_huge_ratio_does_not_blow_it_up():
    group = random_group(2, 3)
    old = group.old_logp.copy()
    worst = np.unravel_index(group.reward.argmin(), group.reward.shape)
    old[(*worst, 0)] -= 2000  # its advantage is negative: PPO would follow it for ever
    group = replace(group, old_logp=old)
    with np.errstate(over="ignore", invalid="ignore"):
        assert not np.isfinite(without_the_clip(group)).all()
    most = 1e3 * np.abs(advantage.batch_normalised(group, 1e-6, 1)).max()
    assert np.abs(stable_reinforce(group)).max() <= most
    grad = token_gradient(stable_reinforce, group)
    assert np.isfinite(grad).all() and grad[(*worst, 0)] == 0


def test_inside_the_bounds_it_is_the_clipped_loss():
    group = random_group(2, 4, seed=3)
    same(stable_reinforce(group, outlier=np.inf), without_the_clip(group))
    same(token_gradient(lambda g: stable_reinforce(g, outlier=np.inf), group), token_gradient(without_the_clip, group))


def test_an_outlier_is_dropped_and_the_others_keep_their_score():
    reward = np.zeros((8, 8))
    reward[3, 5] = 50.0  # z = 7.9
    group = random_group(8, 8)
    group = replace(group, reward=reward, old_logp=group.logp)
    z = (reward - reward.mean()) / reward.std(ddof=1)
    assert z.max() == pytest.approx(7.875, abs=0.01)
    expected = -np.where(z > 3, 0.0, z)[..., None] * group.mask / group.mask.sum()
    same(token_gradient(lambda g: stable_reinforce(g, epsilon=0.0), group), expected)


def test_ten_responses_have_no_outlier():
    for seed in range(20):
        group = random_group(2, 5, seed=seed)
        spike = group.reward.copy()
        spike[0, 0] = 10.0 ** (seed % 7)
        group = replace(group, reward=spike)
        z = advantage.batch_normalised(group, 0.0, 1)
        assert np.abs(z).max() <= 9 / np.sqrt(10) + 1e-9
        same(stable_reinforce(group), stable_reinforce(group, outlier=np.inf))


@pytest.mark.parametrize("bad", [{"least": 0.0}, {"least": 2.0}, {"most": 0.5}])
def test_the_bounds_hold_1(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        stable_reinforce(random_group(2, 2), **bad)
