"""Optimistic plans against backward induction on the counted process."""

from dataclasses import dataclass

import numpy as np
import pytest
from tables_that_tell import garnet, telling

from rewardlab.agents.loops.tabular_optimism import OptimismAgent
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


@dataclass(eq=False, kw_only=True)
class Hopeful(OptimismAgent):
    """A bonus that is a number."""

    def bonus(self, memory, h, n, chance, beyond):
        return self.scale * np.ones(n.shape)


def test_a_plan_is_backward_induction_on_what_was_counted():
    H = 4
    agent = Hopeful(telling(garnet(2), 8, H), seed=0, horizon=H, scale=0.01, independent=True).learn(8 * 400)
    for m in range(8):
        table = TabularMDP(agent.chance[m], agent.means[m] + 0.01, gamma=None)
        exact = table.solve(H).Q
        assert (exact < np.arange(H, 0, -1)[:, None, None]).all()  # no value reaches its cap
        np.testing.assert_allclose(agent.Q[m], exact, atol=1e-10)


def test_nothing_is_worth_more_than_the_steps_to_go():
    agent = Hopeful(telling(garnet(2), 4, 5), seed=0, horizon=5, scale=100.0).learn(200)
    np.testing.assert_array_equal(agent.Q[0], np.broadcast_to(np.arange(5, 0, -1.0)[:, None, None], (5, 4, 2)))


def test_growth_makes_plans_rare():
    plans = []
    for growth in (0.0, 0.1, 1.0):
        agent = Hopeful(telling(garnet(2), 1, 5), seed=0, horizon=5, growth=growth).learn(600)
        plans.append(agent.plans[0])
    assert plans[0] == 120 and plans[2] < plans[1] < 0.6 * plans[0]
    assert plans[2] <= 4 * 2 * (np.log2(600) + 1)  # a doubling for each pair and each power of two


@pytest.mark.parametrize(
    "options",
    [{"horizon": 0}, {"scale": 0.0}, {"delta": 1.0}, {"total_steps": 0}, {"growth": -1.0}, {"scale": float("nan")}],
)
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        Hopeful(telling(garnet(2), 2), **options)
