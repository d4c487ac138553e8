"""Effects at the sizes that are said: looks between which a number is taken, exact shortfalls, and small runs."""

import numpy as np
import pytest

from rewardlab.agents import NORA, HorizonFreeExploration
from rewardlab.benchmarks.effects import long_episodes
from rewardlab.benchmarks.effects.long_episodes import MOST, Stubborn, Unweighted, explored, reached, river, sea, short
from rewardlab.envs.mdps import LinearMixtureMDP


def test_a_number_between_two_looks_lies_on_a_line_through_logarithms():
    looks = [1, 2, 4, 8]
    errors = 0.3 / np.sqrt(looks)  # a power law is met exactly
    assert reached(looks, errors, 0.3 / np.sqrt(3)) == pytest.approx(3.0)
    assert reached(looks, errors, 1.0) == 1.0 and reached(looks, errors, 0.01) == MOST


def test_what_a_plan_is_short_of_is_exact():
    rules = LinearMixtureMDP(horizon=4, observation="state", states=5)
    R = rules.later_rewards(1, seed=3)[0]
    P = np.einsum("i,isat->sat", rules.theta, rules.kernel_tables)
    rng = np.random.default_rng(0)
    policies = rng.integers(3, size=(6, 4, 5))
    for policy, found in zip(policies, short(rules, policies, R), strict=True):
        mass, paid = np.eye(5)[0], 0.0
        for h in range(4):
            paid += mass @ R[h][np.arange(5), policy[h]]
            mass = mass @ P[np.arange(5), policy[h]]
        V = np.zeros(5)
        for h in reversed(range(4)):
            V = np.array([max(R[h, s, a] + P[s, a] @ V for a in range(3)) for s in range(5)])
        assert found == pytest.approx(V[0] - paid)


def test_small_runs_measure_what_they_say():
    found = list(river(range(3), method=NORA, eta=0.5, episodes=40))
    assert len(found) == 3 and all(m["regret"] > 0 and m["refits"] > 10 and m["exponent"] > 0 for m in found)
    stubborn = list(river(range(3), method=Stubborn, eta=5.0, episodes=40))
    assert [m["regret"] for m in stubborn] != [m["regret"] for m in river(range(3), method=NORA, eta=5.0, episodes=40)]
    crossed = next(sea([0], make=lambda envs, seed: NORA(envs, seed=seed, horizon=4, bonus=0.3), size=4, most=100))
    assert crossed["episodes"] < 100
    lost = next(sea([0], make=lambda envs, seed: NORA(envs, seed=seed, horizon=4, bonus=0.0), size=4, most=50))
    assert lost["episodes"] == 50


@pytest.mark.parametrize("method", [HorizonFreeExploration, Unweighted])
def test_exploration_ends_when_all_plans_are_near(method, monkeypatch):
    monkeypatch.setattr(long_episodes, "NEAR", 0.5)
    found = list(explored(range(2), method=method, horizon=5))
    assert all(1 <= m["episodes to 0.05"] <= m["episodes"] < MOST for m in found)
