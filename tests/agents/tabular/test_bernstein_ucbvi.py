"""The Bernstein bonus: its three terms, optimism, and what knowing the variance saves."""

import math

import numpy as np
import pytest
from tables_that_tell import garnet, river, slope, telling

from rewardlab.agents import BernsteinUCBVI
from rewardlab.core.errors import BadOption

H = 8


def test_the_bonus_is_that_of_the_paper_term_by_term():
    agent = BernsteinUCBVI(telling(garnet(0, 4, 2), 1, H), seed=0, horizon=H, delta=0.1, total_steps=1000)
    L = math.log(5 * 4 * 2 * 1000 / 0.1)
    rng = np.random.default_rng(0)
    chance, V, n = rng.dirichlet(np.ones(4), (1, 4, 2)), rng.random((1, 4)), rng.integers(1, 50, (1, 4, 2))
    agent.met[0, 3] = [0, 10**9, 10**12, 10**13]
    found = agent.bonus(np.array([0]), 2, n, chance, V)
    for s in range(4):
        for a in range(2):
            p, m = chance[0, s, a], n[0, s, a]
            variance = sum(p[y] * (V[0, y] - p @ V[0]) ** 2 for y in range(4))
            worst = [min(1e4 * H**3 * 16 * 2 * L**2 / max(k, 1), H**2) for k in agent.met[0, 3]]
            expected = math.sqrt(8 * L * variance / m) + 14 * H * L / (3 * m) + math.sqrt(8 * (p @ worst) / m)
            assert found[0, s, a] == pytest.approx(expected)
    last = agent.bonus(np.array([0]), H - 1, n, chance, 0 * V)
    np.testing.assert_allclose(last, 14 * H * L / (3 * n))


def test_values_stay_above_the_optimum():
    mdp = garnet(0, 4, 2)
    best = mdp.solve(H).Q
    shares = []
    for scale in (0.05, 1e-4):
        agent = BernsteinUCBVI(telling(mdp, 50, H), seed=0, horizon=H, scale=scale, correction=0.0, independent=True)
        below = np.zeros(50, dtype=bool)
        for _ in range(50):
            agent.learn(50 * H)
            below |= (best - 1e-9 > agent.Q).any((1, 2, 3))
        shares.append(below.mean())
    assert shares[0] <= 0.05 and shares[1] > 0.5


def test_regret_in_the_river_grows_as_a_root():
    agent = BernsteinUCBVI(
        telling(river(), 24, 12), seed=0, horizon=12, scale=0.02, correction=0.0, growth=0.1, independent=True
    ).learn(24 * 12 * 250)
    p, error = slope(agent.regret_log, 800)
    assert p + 2 * error < 0.75


@pytest.mark.parametrize("options", [{"correction": -1.0}, {"horizon": 0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        BernsteinUCBVI(telling(garnet(0), 2), **options)
