"""REBEL's regression is zero at the mirror descent step, and smallest there."""

from functools import partial

import numpy as np
import pytest
from preference_tables import as_group, best_policy, random_table, total_variation

from rewardlab.agents.direct_preference import rebel
from rewardlab.core.responses import tilted

REF, REWARD = random_table(5, seed=7)


@pytest.mark.parametrize("eta", [0.3, 2.0])
def test_it_is_zero_where_log_ratios_are_eta_times_the_reward(eta):
    at = REF + eta * REWARD + 3.0  # a constant of the prompt cancels
    every = [[0, 1], [3, 2]]
    np.testing.assert_allclose(rebel(as_group(at, REF, every, reward=REWARD[every]), eta=eta), 0, atol=1e-24)
    assert (rebel(as_group(REF, REF, every, reward=REWARD[every]), eta=eta) > 0.01).all()


@pytest.mark.parametrize("eta", [0.3, 2.0])
def test_its_minimum_is_the_step_of_mirror_descent(eta):
    pairs = np.stack(np.nonzero(~np.eye(5, dtype=bool)), -1)
    weight = np.exp(REF)[pairs].prod(-1)
    found = best_policy(partial(rebel, eta=eta), REF, pairs, weight, reward=REWARD[pairs])
    assert total_variation(found, tilted(np.exp(REF), REWARD, 1 / eta)) < 1e-8


def test_a_group_is_the_mean_of_its_pairs():
    logp = np.log(tilted(np.exp(REF), REWARD[::-1], 1.0))
    whole = rebel(as_group(logp, REF, [[0, 1, 2, 3]], reward=REWARD[None, :4]))[0]
    pairs = np.array([[i, j] for i in range(4) for j in range(i)])
    assert whole == pytest.approx(rebel(as_group(logp, REF, pairs, reward=REWARD[pairs])).mean(), rel=1e-13)
