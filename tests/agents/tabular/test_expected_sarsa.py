"""Expected Sarsa against the exact values of ε-greedy behaviour, and its smaller variance."""

import numpy as np
import pytest

from rewardlab.agents import ExpectedSarsa, Sarsa
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps import DeepSea, TableRules
from rewardlab.envs.world import WorldVectorEnv


def cliff():
    """Three safe places and an edge: walking on is short but a slip is dear; going round is safe."""
    P, R = np.zeros((3, 2, 3)), np.zeros((3, 2))
    P[0, 0, 1] = P[1, 0, 2] = P[1, 1, 2] = P[2, :, 2] = 1.0
    P[0, 1, 2] = 1.0
    R[0] = [0.0, 0.6]  # round: 0.6 at once
    R[1] = [1.0, -5.0]  # along the edge: 1, or a fall
    return TabularMDP(P, R, gamma=1.0, terminal=np.array([False, False, True]))


def test_it_keeps_from_where_its_own_slips_are_dear():
    for epsilon, best in ((0.0, 0), (0.3, 1)):
        agent = ExpectedSarsa(
            WorldVectorEnv(TableRules(cliff()), 8), seed=0, gamma=1.0, epsilon=epsilon, learning_rate=1.0,
            initial_value=2.0,
        ).learn(2000)  # fmt: skip
        edge = (1 - epsilon) * 1.0 + epsilon * 0.5 * (1.0 - 5.0)
        np.testing.assert_allclose(agent.Q[0], [edge, 0.6], atol=1e-12)
        assert agent.predict(0, deterministic=True)[0] == best


def test_it_finds_the_values_of_its_behaviour_in_a_random_process():
    rng = np.random.default_rng(0)
    P, R = rng.dirichlet(np.ones(4), (4, 3)), rng.normal(size=(4, 3))
    mdp = TabularMDP(P, R, gamma=0.7)
    Q = np.zeros((4, 3))
    for _ in range(200):
        V = 0.8 * Q.max(1) + 0.2 * Q.mean(1)
        Q = R + 0.7 * mdp.expect(V)
    agent = ExpectedSarsa(
        WorldVectorEnv(TableRules(mdp), 400), seed=0, gamma=0.7, epsilon=0.2, learning_rate=1.0, omega=0.7
    ).learn(200_000)
    assert np.abs(agent.Q - Q).max() < 0.05 < np.abs(mdp.solve().Q - Q).max()


def test_it_varies_less_than_the_drawn_action():
    """Nothing here is random but the behaviour: at α = 1 its values stand still, Sarsa's do not."""
    mdp = cliff()
    wide = []
    for make in (ExpectedSarsa, lambda *a, **k: Sarsa(*a, trace=0.0, **k)):
        agent = make(WorldVectorEnv(TableRules(mdp), 1), seed=0, gamma=1.0, epsilon=0.5, learning_rate=1.0)
        agent.learn(500)
        seen = []
        agent.learn(300, lambda told, seen=seen: seen.append(told["self"].Q[0, 0]))
        wide.append(np.std(seen))
    assert wide[0] < 1e-12 < 0.5 < wide[1]


@pytest.mark.parametrize(
    "name,value",
    [("gamma", 1.1), ("learning_rate", 0.0), ("omega", -1.0), ("epsilon", 2.0), ("initial_value", float("inf"))],
)
def test_mistakes_are_named(name, value):
    with pytest.raises(BadOption, match=f"{name}="):
        ExpectedSarsa(WorldVectorEnv(DeepSea(), 2), **{name: value})
