"""SPIN contracts towards the data by 1 − 1/λ in each round; the class counts rounds and moves the opponent."""

import numpy as np
import pytest
import torch
from preference_tables import as_group, best_policy, gradient, random_table

from rewardlab.agents.direct_preference import SPIN
from rewardlab.agents.parts.reference import Follower
from rewardlab.core.errors import BadOption

DATA = np.exp(random_table(4, seed=1)[0])
EVERY = np.stack(np.meshgrid(range(4), range(4), indexing="ij"), -1).reshape(-1, 2)  # demonstration, sample


def centred_ratio(policy):
    r = np.log(policy / DATA)
    return r - r.mean()


@pytest.mark.parametrize("weight", [0.7, 1.0, 2.0])
def test_a_round_to_its_minimum_shrinks_the_log_ratio_to_the_data(weight):
    policy, loss = np.exp(random_table(4, seed=2)[0]), SPIN(1, weights=(weight,))
    for _ in range(2):
        law = (DATA[:, None] * policy[None]).ravel()
        new = best_policy(loss, np.log(policy), EVERY, law)
        np.testing.assert_allclose(centred_ratio(new), (1 - 1 / weight) * centred_ratio(policy), atol=1e-6)
        policy = new


def test_at_the_data_nothing_pulls():
    law = (DATA[:, None] * DATA[None]).ravel()
    np.testing.assert_allclose(gradient(SPIN(1), np.log(DATA), np.log(DATA), EVERY, law), 0, atol=1e-16)
    other = np.exp(random_table(4, seed=2)[0])
    law = (DATA[:, None] * other[None]).ravel()
    assert np.abs(gradient(SPIN(1), np.log(other), np.log(other), EVERY, law)).max() > 1e-3


def test_rounds_move_the_opponent_and_change_the_weight():
    policy = torch.nn.Linear(1, 1)
    torch.nn.init.zeros_(policy.weight)  # so that steps of 1 are exact
    opponent = Follower(policy)
    spin = SPIN(2, weights=(0.1, 5.0), moves=[opponent.update])
    group = as_group(np.log([0.5, 0.5]), np.log([0.4, 0.6]), [[0, 1]])
    h = np.log([0.5 / 0.4, 0.5 / 0.6])
    seen = []
    for step in range(4):
        assert spin.weight == (0.1, 0.1, 5.0, 5.0)[step]
        assert spin(group)[0] == pytest.approx(np.log1p(np.exp(-spin.weight * (h[0] - h[1]))), rel=1e-14)
        with torch.no_grad():
            policy.weight += 1.0
        spin.update(group)
        seen.append((opponent.module.weight - policy.weight).item())
    assert seen == [-1.0, 0.0, -1.0, 0.0]  # the opponent is the policy at the end of each round


@pytest.mark.parametrize("weights", [(), (0.1, 0.0), (-1.0,)])
def test_weights_must_be_above_0(weights):
    with pytest.raises(BadOption, match="weights"):
        SPIN(1, weights=weights)


def test_a_round_has_steps():
    with pytest.raises(BadOption, match="steps"):
        SPIN(0)
