"""The double integrator that planners are held to, whose optimum is a Riccati recursion."""

import numpy as np

from rewardlab.agents.loops.simulated import RulesModel, Still
from rewardlab.envs.mdps import LinearSystem

STEPS = 40
RULES = LinearSystem(noise=0.0, horizon=STEPS, force=12.0)
MODEL = RulesModel(RULES)
_TURN = np.linspace(0, 2 * np.pi, 20, endpoint=False)
STARTS = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
"""Around the target at a distance of 1: next to it a share of the cost would be a share of nothing."""


def excess(agent, seed=0):
    """[20] by which share the cost of 40 steps is above the optimum."""
    rng, plan, cost = np.random.default_rng(seed), None, np.zeros(len(STARTS))
    state = RULES.recall(STARTS)
    for _ in range(STEPS):
        action, plan = agent.control(state["x"], plan, rng)
        assert np.abs(action).max() < 1  # the limits of the actions do not matter: the optimum is the Riccati one
        state, pay, *_ = RULES.move(state, action, Still(len(STARTS)))
        cost -= pay
    return cost / -RULES.optimal_value(STARTS) - 1, state
