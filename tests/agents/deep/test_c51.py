"""Categorical Q-learning on a table."""

import numpy as np
import pytest
from tables_for_agents import FAST, chain, optimal

from rewardlab.agents.deep import C51
from rewardlab.core.errors import BadOption


def test_it_finds_the_best_values_of_a_chain():
    agent = C51("MlpPolicy", chain(), low=-0.2, high=1.2, atoms=41, **FAST).learn(2000)
    found, best = optimal(agent)
    assert np.abs(found - best).max() < 0.05
    np.testing.assert_array_equal(found.argmax(1), best.argmax(1))


def test_a_range_without_room_is_refused():
    with pytest.raises(BadOption, match="support"):
        C51("MlpPolicy", chain(), low=1.0, high=1.0)
