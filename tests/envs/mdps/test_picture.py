"""Pictures of tables: the occupied state is the red one, ends are gold, and every size can be drawn."""

import numpy as np
import pytest

from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps.picture import SIDE, shown
from rewardlab.envs.picture import GOLD, RED


def process(states):
    P = np.zeros((states, 1, states))
    P[np.arange(states), 0, (np.arange(states) + 1) % states] = 1.0
    return TabularMDP(P, np.zeros((states, 1)), gamma=0.9, terminal=np.arange(states) == states - 1)


@pytest.mark.parametrize("states", [2, 12, 40, 41, 900, 20000])
def test_the_occupied_state_is_where_the_red_is(states):
    if states == 20000:
        from scipy import sparse

        rows = np.arange(states)
        m = TabularMDP(
            sparse.csr_array((np.ones(states), (rows, (rows + 1) % states))), np.zeros((states, 1)), gamma=0.9
        )
    else:
        m = process(states)
    first, other = shown(m, 0, "here"), shown(m, states // 2, "here")
    assert first.shape == other.shape == (SIDE + 30, SIDE, 3)
    red = [(x == RED).all(-1) for x in (first, other)]
    assert red[0].any() and red[1].any() and not (red[0] & red[1]).any()
    if states < 20000:
        assert (first == GOLD).all(-1).any()
    if states <= 40:  # on a circle, from the top clockwise
        y, x = (v.mean() for v in np.nonzero(red[0]))
        assert abs(x - SIDE / 2) < 3 and y < SIDE / 4
    assert (shown(m, 0, "there")[:SIDE] == first[:SIDE]).all() and (shown(m, 0, "there") != first).any()
