"""UCBVI: its bonus, values above the optimum, and regret that grows as a root."""

import math

import numpy as np
import pytest
from tables_that_tell import garnet, river, slope, telling

from rewardlab.agents import UCBVI
from rewardlab.core.errors import BadOption
from rewardlab.envs.mdps import DeepSea
from rewardlab.envs.world import WorldVectorEnv

H = 8


def test_the_bonus_is_that_of_the_paper():
    agent = UCBVI(telling(garnet(0, 4, 2), 1, H), seed=0, horizon=H, delta=0.1, total_steps=1000)
    L = math.log(5 * 4 * 2 * 1000 / 0.1)
    found = agent.bonus(np.array([0]), 0, np.array([[[1.0, 49.0]]]), np.zeros(0), np.zeros(0))
    np.testing.assert_allclose(found[0, 0], [7 * H * L, H * L])


def coverage(scale, seed, episodes=60, rows=60):
    """The share of runs in which some value fell below the optimum at some plan."""
    mdp = garnet(seed, 4, 2)
    best = mdp.solve(H).Q
    agent = UCBVI(telling(mdp, rows, H), seed=0, horizon=H, scale=scale, independent=True)
    below = np.zeros(rows, dtype=bool)
    for _ in range(episodes):
        agent.learn(rows * H)
        below |= (best - 1e-9 > agent.Q).any((1, 2, 3))
    return below.mean()


def test_values_stay_above_the_optimum_and_a_tiny_bonus_does_not_keep_them_there():
    assert coverage(1.0, 0) == 0.0
    assert coverage(0.02, 0) <= 0.05  # δ
    assert coverage(1e-5, 0) > 0.5


def test_regret_in_the_river_grows_as_a_root_and_without_a_bonus_as_a_line():
    exponents, lost = [], []
    for scale in (0.002, 1e-9):
        agent = UCBVI(telling(river(), 16, 12), seed=0, horizon=12, scale=scale, growth=0.1, independent=True).learn(
            16 * 12 * 250
        )
        p, error = slope(agent.regret_log, 800)
        exponents.append((p, error))
        lost.append(agent.regret.mean())
    (p, error), (line, spread) = exponents
    assert p + 2 * error < 0.75
    assert line - 2 * spread > 0.9
    assert lost[0] < 0.5 * lost[1]


def test_it_crosses_the_sea_that_chance_does_not():
    sea = DeepSea(size=8, code=3)
    agent = UCBVI(WorldVectorEnv(sea, 4), seed=0, horizon=8, scale=1e-4, growth=0.5).learn(4 * 8 * 150)
    policy = agent.predict(np.arange(65), deterministic=True)[0]
    assert sea.to_mdp().evaluate(policy).value == pytest.approx(0.99)  # by chance one episode in 256


@pytest.mark.parametrize("options", [{"horizon": 0}, {"scale": 0.0}, {"delta": 0.0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        UCBVI(telling(garnet(0), 2), **options)
