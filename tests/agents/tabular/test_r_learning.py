"""R-learning: its steps by hand, the gain and the best policy of known processes, rows that share a table."""

import numpy as np
import pytest
from tables_that_tell import garnet, river, telling

from rewardlab.agents import RLearning
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


def test_each_step_is_that_of_the_equations():
    seen, agent = [], RLearning(telling(garnet(0), 1), seed=0, learning_rate=0.3, gain_rate=0.2, epsilon=0.5)

    def see(told):
        s = told["step"]
        seen.append((int(s.obs[0]), int(s.action[0]), float(s.reward[0]), int(s.next_obs()[0])))

    agent.learn(200, see)
    Q, gain, greedy = np.zeros((4, 2)), 0.0, 0
    for s, a, r, after in seen:
        best, beyond, chosen = Q[s].max(), Q[after].max(), Q[s, a] == Q[s].max()
        Q[s, a] += 0.3 * (r - gain + beyond - Q[s, a])
        gain += 0.2 * (r + beyond - best - gain) if chosen else 0.0
        greedy += chosen
    np.testing.assert_allclose(agent.Q[0], Q, rtol=1e-9)
    assert agent.gain[0] == pytest.approx(gain, rel=1e-9) and 50 < greedy < 200


@pytest.mark.parametrize("number", range(4))
def test_it_finds_the_gain_and_the_values_of_small_processes(number):
    mdp, runs = garnet(number), 8
    exact = mdp.solve()
    options = {"learning_rate": 0.02, "gain_rate": 0.002, "epsilon": 0.5}
    agent = RLearning(telling(mdp, runs), seed=number, independent=True, **options).learn(runs * 20_000)
    assert np.abs(agent.gain - exact.value).max() < 0.05
    relative = agent.Q - agent.Q.max(2)[:, :1, None]  # to the value of state 0
    assert np.abs(relative - (exact.Q - exact.Q.max(1)[0])).max() < 0.25
    assert (agent.Q.argmax(2) == exact.Q.argmax(1)).mean() > 0.9


def test_in_the_river_a_hopeful_gain_finds_what_greed_alone_does_not():
    mdp, options = river(), {"independent": True, "gain_rate": 0.001, "epsilon": 0.02}
    exact = mdp.solve()
    greed, hope = (
        RLearning(telling(mdp, 8), seed=0, initial_gain=rho, **options).learn(8 * 8000).gain for rho in (0.0, 1.0)
    )
    assert greed.max() < 0.1 * exact.value and np.abs(hope - exact.value).max() < 0.1


def test_rows_that_share_a_table_count_one_after_the_other():
    P, R = np.ones((1, 1, 1)), np.ones((1, 1))
    agent = RLearning(telling(TabularMDP(P, R, gamma=None), 3), seed=0, learning_rate=0.5, gain_rate=0.5, epsilon=0.0)
    agent.learn(3)
    assert agent.Q.ravel() == pytest.approx([1 - 0.5**3]) and agent.gain == pytest.approx([1 - 0.5**3])


@pytest.mark.parametrize(
    "options", [{"learning_rate": 0.0}, {"gain_rate": 2.0}, {"epsilon": -0.1}, {"initial_gain": float("nan")}]
)
def test_numbers_outside_their_range_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        RLearning(telling(garnet(0), 1), **options)
