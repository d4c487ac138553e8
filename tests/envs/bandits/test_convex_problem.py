"""Convex problems: closed forms, gradients by differences, least points by their conditions."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import ConvexProblem

PROBLEMS = ("quadratic", "least_squares", "logistic")


def step(rules, x, n=1):
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=0)
    return envs.step(np.broadcast_to(np.asarray(x, np.float32), (n, rules.dimension)))


def test_the_quadratic_has_its_published_least_point():
    rules = ConvexProblem(centre=[3.0, -0.4, 0.2, -5.0])
    np.testing.assert_allclose(rules.minimiser, [1.0, -0.4, 0.2, -1.0])  # clip(c, −1, 1)
    assert rules.optimal_value == pytest.approx(0.5 * (2.0**2 + 4.0**2))
    _, reward, *_, info = step(rules, [0.0, 0.0, 0.0, 0.0])
    assert reward[0] == pytest.approx(-0.5 * (9 + 0.16 + 0.04 + 25), abs=1e-6)
    np.testing.assert_allclose(info["gradient"][0], [-3.0, 0.4, -0.2, 5.0])
    assert info["pseudo_regret"][0] == pytest.approx(-reward[0] - 10.0, abs=1e-9)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("radius", [0.5, 3.0])
def test_the_gradient_is_that_of_the_value_and_vanishes_or_points_outward_at_the_least_point(problem, radius):
    rules = ConvexProblem(problem, dimension=5, radius=radius, instance=1)
    rng = np.random.default_rng(0)
    for x in radius * rng.uniform(-1, 1, (5, 5)):
        slope = [(rules.value([x + e])[0] - rules.value([x - e])[0]) / 2e-5 for e in 1e-5 * np.eye(5)]
        np.testing.assert_allclose(rules.gradient([x])[0], slope, atol=1e-6)
        assert rules.value([x])[0] >= rules.optimal_value
    x, g = rules.minimiser, rules.gradient(rules.minimiser[None])[0]
    held = np.abs(x) == radius
    assert np.abs(g[~held]).max(initial=0) < 1e-10 and (g[held] * np.sign(x[held]) <= 0).all()
    assert np.abs(x).max() <= radius
    if problem != "logistic":
        assert held.any() if radius == 0.5 else True
    corner = np.sign(rules.gradient(np.zeros((1, 5))))
    assert rules.observation_space.high[0] >= np.abs(rules.gradient(-radius * corner)).max()


@pytest.mark.parametrize("dimension", [2, 10])
@pytest.mark.parametrize("instance", range(3))
def test_least_squares_has_the_solution_of_another_solver(dimension, instance):
    rules = ConvexProblem("least_squares", dimension=dimension, instance=instance)
    other = lsq_linear(rules.M, rules.b, (-1.0, 1.0), method="bvls", tol=1e-14).x
    np.testing.assert_allclose(rules.minimiser, other, atol=1e-9)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_play_shows_value_and_noisy_gradient(problem):
    rules = ConvexProblem(problem, dimension=3, radius=2.0, gradient_noise=0.3)
    x = np.float32([0.5, -0.25, 0.125])
    obs, reward, *_, info = step(rules, x, n=2000)
    assert (info["loss"] == rules.value([2.0 * x])[0]).all() and (reward == -info["loss"]).all()
    wrong = info["gradient"] - rules.gradient([2.0 * x])
    assert abs(wrong.mean()) < 4 * 0.3 / np.sqrt(wrong.size)  # four standard errors
    assert wrong.std() == pytest.approx(0.3, rel=4 / np.sqrt(2 * wrong.size))
    np.testing.assert_allclose(obs[:, :3], info["gradient"], rtol=1e-6, atol=1e-6)
    best = step(rules, rules.minimiser / 2.0)
    assert best[4]["pseudo_regret"][0] == pytest.approx(0.0, abs=1e-6)
    assert rules.card().optimal_return == pytest.approx(-1000 * rules.optimal_value)


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"problem": "cubic"}, "problem='cubic'"),
        ({"problem": "logistic", "centre": [1.0]}, "centre of 'logistic'"),
        ({"centre": []}, "dimension=0"),
        ({"centre": [float("nan")]}, "centre="),
        ({"problem": "least_squares", "samples": 2}, "samples=2"),
        ({"radius": 0.0}, "radius=0.0"),
        ({"gradient_noise": -1.0}, "gradient_noise=-1.0"),
        ({"rounds": 0}, "rounds=0"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        ConvexProblem(**fields)
