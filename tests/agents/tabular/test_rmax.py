"""R-max: what is unknown, a bound on its mistakes, and the sea."""

import numpy as np
import pytest
from tables_that_tell import garnet, telling

from rewardlab.agents import RMax
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps import DeepSea
from rewardlab.envs.world import WorldVectorEnv


def test_its_values_are_exact_for_the_known_and_the_limit_for_the_unknown():
    agent = RMax(telling(garnet(5, 5, 3), 6), seed=0, gamma=0.8, known_at=6, independent=True).learn(300)
    assert 0 < agent.known.sum() < agent.known.size and (agent.known == (agent.visits >= 6)).all()
    for m in range(6):
        # A sixth state, where an unknown pair leads at once, that pays R_max for ever.
        P, R = np.zeros((6, 3, 6)), np.ones((6, 3))
        P[:5, :, :5] = np.where(agent.known[m][..., None], agent.chance[m], 0.0)
        P[:5, :, 5], P[5, :, 5] = ~agent.known[m], 1.0
        R[:5] = np.where(agent.known[m], agent.means[m], 1.0)
        exact = TabularMDP(P, R, gamma=0.8).solve().Q[:5]
        stale = agent.visits[m].max() > 6  # counts have gone on since the plan
        np.testing.assert_allclose(agent.Q[m], exact, atol=0.35 if stale else 1e-5)
        np.testing.assert_allclose(agent.Q[m][~agent.known[m]], 5.0, atol=1e-12)


@pytest.mark.parametrize("size", [4, 6])
def test_where_nothing_is_random_it_tries_every_reachable_pair_once_and_is_then_optimal(size):
    sea = DeepSea(size=size)
    agent = RMax(WorldVectorEnv(sea, 1), seed=0, gamma=0.99, known_at=1)
    reachable = size * (size + 1)  # cells on and below the diagonal, twice
    # An episode in which nothing new was tried would be optimal, so that all is known after so many.
    agent.learn(size * reachable)
    policy = agent.predict(np.arange(size**2 + 1), deterministic=True)[0]
    assert sea.to_mdp().evaluate(policy).value == pytest.approx(0.99)
    best = sea.to_mdp().with_gamma(0.99).solve()
    known = agent.known[0]
    path = [k * size + k for k in range(size)]
    assert known.sum() <= reachable
    np.testing.assert_allclose(agent.Q[0, path].max(1), best.V[path], atol=1e-5)


def test_it_stops_losing_when_all_is_known():
    """Mistakes are bounded: what is lost in the second half is next to nothing beside the first."""
    agent = RMax(telling(garnet(5, 5, 3), 30), seed=0, gamma=0.9, known_at=30, independent=True)
    agent.learn(30 * 700)
    early = agent.regret.mean()
    assert agent.known.mean() > 0.95
    agent.learn(30 * 700)
    assert agent.regret.mean() - early < 0.15 * early


@pytest.mark.parametrize(
    "options",
    [{"gamma": 1.0}, {"known_at": 0}, {"max_reward": float("inf")}, {"tolerance": 0.0}],
)
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        RMax(WorldVectorEnv(DeepSea(), 2), **options)
