"""Quantile Q-learning on a table."""

import numpy as np
import pytest
from tables_for_agents import FAST, chain, optimal

from rewardlab.agents.deep import QRDQN
from rewardlab.core.errors import BadOption


def test_it_finds_the_best_values_of_a_chain():
    agent = QRDQN("MlpPolicy", chain(), n_quantiles=10, **FAST).learn(2000)
    found, best = optimal(agent)
    assert np.abs(found - best).max() < 0.05
    np.testing.assert_array_equal(found.argmax(1), best.argmax(1))


def test_no_quantiles_are_refused():
    with pytest.raises(BadOption, match="n=0"):
        QRDQN("MlpPolicy", chain(), n_quantiles=0)
