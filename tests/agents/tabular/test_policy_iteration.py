"""The exact planner: its policy is better than every other, by enumeration."""

import itertools

import numpy as np
from tables_that_tell import garnet, river, telling

from rewardlab.agents import PolicyIteration


def test_no_policy_of_a_small_process_is_better():
    for seed in range(3):
        for gamma in (0.7, None):
            mdp = garnet(seed, 4, 3).with_gamma(gamma)
            agent = PolicyIteration(telling(garnet(seed, 4, 3), 2), mdp=mdp)
            mine = mdp.evaluate(agent.predict(np.arange(4), deterministic=True)[0]).value
            every = [mdp.evaluate(np.array(p)).value for p in itertools.product(range(3), repeat=4)]
            assert mine >= max(every) - 1e-12


def test_in_the_river_it_swims_up():
    agent = PolicyIteration(telling(river(), 2), seed=0)
    assert (agent.predict(np.arange(6))[0] == 1).all()
    assert np.abs(agent.V - river().solve().V).max() < 1e-12
