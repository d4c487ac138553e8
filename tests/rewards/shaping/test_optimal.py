import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import lost, strays, tabulate
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import Potential, load_reward, optimal_potential, save_reward


@pytest.mark.parametrize("seed", range(10))
def test_with_the_optimal_potential_a_look_of_one_step_is_enough(seed):
    mdp = random_mdp(np.random.default_rng(seed), terminal=1 + seed % 3)
    phi, task = optimal_potential(mdp), mdp.solve()
    table = tabulate(mdp, Task() + Potential(phi, mdp.gamma))
    shaped, live = table.mdp.solve(), ~mdp.terminal
    np.testing.assert_allclose(shaped.V, 0.0, atol=1e-9)
    np.testing.assert_allclose(shaped.Q[live], (task.Q - task.V[:, None])[live], atol=1e-9)  # the advantage
    np.testing.assert_allclose(table.mdp.R[live], shaped.Q[live], atol=1e-9)  # and it is paid at once
    greedy = table.mdp.R.argmax(-1)
    np.testing.assert_allclose(mdp.evaluate(greedy).value, task.value, atol=1e-9)
    assert not strays(table).any() and not lost(table).any()


def test_observations_are_numbered_by_an_index():
    mdp = random_mdp(np.random.default_rng(0))
    phi = optimal_potential(mdp, index=lambda obs: obs.argmax(-1))
    np.testing.assert_allclose(phi(np.eye(10)), mdp.solve().V)


def test_a_saved_table_needs_no_code(tmp_path):
    mdp = random_mdp(np.random.default_rng(1))
    reward = Task() + Potential(optimal_potential(mdp).values, mdp.gamma)
    save_reward(tmp_path / "r", reward)
    batch = steps(3, obs=np.array([0, 4, 9]), next_obs=np.array([1, 2, 3]))
    np.testing.assert_array_equal(load_reward(tmp_path / "r")(batch), reward(batch))


def test_states_without_values_are_refused():
    P = np.full((2, 1, 2), 0.5)
    with pytest.raises(BadOption, match="average reward"):
        optimal_potential(TabularMDP(P, np.zeros((2, 1)), gamma=None))
