import numpy as np
import pytest
from steps import online, random_steps, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import lost, strays, tabulate
from rewardlab.core.testing.processes import random_mdp
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import MachinePotential, RewardMachine, load_reward, save_reward

EDGES = [("u", "a & !b", "v", 0.0), ("u", "b", "bad", -0.5), ("v", "b & !a", "done", 1.0), ("v", "a & b", "u", 0.1)]


def machine():
    return RewardMachine(edges=EDGES, initial="u", terminal=("done", "bad"))


def test_stages_are_paid_when_they_are_passed_and_waiting_costs():
    chain = RewardMachine(edges=[("u", "a", "v", 0.0), ("v", "b", "w", 1.0)], initial="u", terminal=("w",))
    batch = steps((4, 1), a=[[0], [1], [0], [0]], b=[[0], [0], [1], [0]])
    batch = batch.paying(batch.reward, a=batch.info["a"].astype(bool), b=batch.info["b"].astype(bool))
    paid = online(MachinePotential(chain, 0.9), batch)["machine_potential"].ravel()
    np.testing.assert_allclose(paid, [0.9 * 0.9 - 0.9, 0.9 * 1 - 0.9, 0 - 1, 0], atol=1e-12)


def test_an_episode_is_paid_the_same_whatever_was_done():
    rng = np.random.default_rng(0)
    batch = random_steps((30, 50), rng, end=0.0)
    ends = np.arange(30)[:, None] + np.zeros(50) == 29
    batch = steps((30, 50), a=batch.info["flag"], b=batch.info["stage"] == 1, terminated=ends)
    shaping = MachinePotential(machine(), 0.95)
    paid = online(shaping, batch)["machine_potential"]
    start = machine().potential(0.95)[0]
    np.testing.assert_allclose((0.95 ** np.arange(30))[:, None].T @ paid, -start, atol=1e-9)


def random_products(seed, count):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        mdp = random_mdp(rng, states=6, actions=3, branching=2, gamma=0.9)
        yield mdp, dict(zip("ab", rng.random((2, 6)) < 0.4, strict=True))


def test_optimal_policies_of_the_product_stay_optimal_on_random_processes():
    for mdp, columns in random_products(1, 20):
        for task in (machine(), Task() + machine()):
            plain = tabulate(mdp, task, columns=columns)
            shaped = tabulate(mdp, task + MachinePotential(machine(), 0.9), columns=columns)
            # both unroll the same machine: the pairs are one to one
            assert plain.mdp.num_states == shaped.mdp.num_states
            np.testing.assert_array_equal(plain.base, shaped.base)
            best = plain.mdp.optimal_actions(1e-8)
            np.testing.assert_array_equal(best, shaped.mdp.optimal_actions(1e-8))
        alone = tabulate(mdp, Task() + MachinePotential(machine(), 0.9), columns=columns)
        assert not strays(alone).any() and not lost(alone).any()


def test_with_another_gamma_the_invariance_is_lost():
    found = [
        strays(tabulate(mdp, Task() + 10 * MachinePotential(machine(), 0.5), columns=columns)).any()
        for mdp, columns in random_products(2, 20)
    ]
    assert sum(found) >= 5


def test_the_shaped_value_at_the_start_is_nearer_to_zero():
    for mdp, columns in random_products(3, 5):
        chain = RewardMachine(edges=[("u", "a", "v", 0.0), ("v", "b & !a", "w", 1.0)], initial="u", terminal=("w",))
        plain = tabulate(mdp, chain, columns=columns).mdp.solve().value
        shaped = tabulate(mdp, chain + MachinePotential(chain, 0.9), columns=columns).mdp.solve().value
        assert shaped == pytest.approx(plain - 0.9, abs=1e-9)


def test_the_machine_that_is_shaped_is_left_alone():
    own = machine()
    both = own + MachinePotential(own, 0.9)
    batch = random_steps((20, 3), np.random.default_rng(4))
    batch = batch.paying(batch.reward, a=batch.info["flag"], b=batch.info["stage"] > 1)
    np.testing.assert_array_equal(online(both, batch)["reward_machine"], online(machine(), batch)["reward_machine"])


def labels(batch):
    return {"a": batch.next_obs[..., 0] > 0, "b": batch.next_obs[..., 1] > 0}


def test_laws():
    batch = random_steps(8, np.random.default_rng(5))
    check_reward(MachinePotential(RewardMachine(edges=EDGES, initial="u", labels=labels)), batch)
    with pytest.raises(BadOption, match="cycle"):
        MachinePotential(machine(), gamma=1.0)


def test_a_file_keeps_it(tmp_path):
    plain = RewardMachine(edges=[("u", "a", "v", 0.0), ("v", "b", "w", 1.0)], initial="u", terminal=("w",))
    reward = plain + MachinePotential(plain, 0.9)
    step = steps(1, a=[True], b=[True])
    reward(step)
    save_reward(tmp_path / "r", reward)
    assert load_reward(tmp_path / "r")(step).item() == 1.0 - 1.0  # in the second state, and then done
    assert repr(load_reward(tmp_path / "r")) == repr(reward)
