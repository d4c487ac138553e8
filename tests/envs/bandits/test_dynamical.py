"""The dynamical bandit: the long run by simulation, the system by its law, regret by closed forms."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import DynamicalBandit


def quiet(**fields):
    return DynamicalBandit(**{"noise": 0.0, "disturbance": 0.0, **fields})


def hold(rules, action, rounds):
    """What is paid in each round if an action is held, [T], and the infos."""
    envs = WorldVectorEnv(rules, 1)
    envs.reset(seed=0)
    out = [envs.step(np.asarray(action)[None]) for _ in range(rounds)]
    return np.array([o[1][0] for o in out]), [o[4] for o in out]


@pytest.mark.parametrize("dimension,hidden,radius", [(2, 3, 0.5), (5, 3, 0.9), (3, 1, 0.2), (1, 4, 0.0)])
def test_a_held_action_pays_h_times_itself_in_the_end(dimension, hidden, radius):
    agreement = -0.5 if dimension > 1 else -1.0
    rules = quiet(dimension=dimension, hidden=hidden, radius=radius, agreement=agreement, instance=4)
    for action in (0, 3, rules.best_action):
        paid, _ = hold(rules, action, 500)
        assert paid[-1] == pytest.approx(float(rules.steady(rules.points[action])), abs=1e-12)
    ball = quiet(dimension=dimension, hidden=hidden, radius=radius, agreement=agreement, arms=None, instance=4)
    paid, info = hold(ball, ball.best_action, 500)
    assert paid[-1] == pytest.approx(ball.optimal_value, abs=1e-6) and info[-1]["success"][0]


@pytest.mark.parametrize("agreement", [-1.0, -0.5, 0.3, 1.0])
@pytest.mark.parametrize("instance", range(3))
def test_a_drawn_system_has_the_radius_and_the_angle_that_were_asked_for(agreement, instance):
    rules = DynamicalBandit(dimension=4, radius=0.7, agreement=agreement, instance=instance)
    assert np.abs(np.linalg.eigvals(rules.A)).max() == pytest.approx(0.7) == rules.spectral_radius
    assert rules.cumulative @ rules.theta == pytest.approx(agreement) and np.linalg.norm(rules.theta) == pytest.approx(
        1
    )
    series = rules.theta + sum(
        rules.B.T @ np.linalg.matrix_power(rules.A.T, k) @ rules.omega for k in range(200)
    )  # the same h, as the sum of all that one action does later
    np.testing.assert_allclose(rules.cumulative, series, atol=1e-12)
    assert rules.optimal_value == pytest.approx(1.0)  # the best point lies in the direction of h
    if agreement < 1:
        assert (rules.points @ rules.theta).argmax() != rules.best_action
    else:
        assert (rules.omega == 0).all()


def test_without_omega_it_is_the_linear_bandit():
    rules = DynamicalBandit(agreement=1.0, noise=0.0, disturbance=1.0)
    envs = WorldVectorEnv(rules, 1)
    envs.reset(seed=0)
    for action in np.random.default_rng(0).integers(0, 8, 50):
        _, paid, *_, info = envs.step(np.array([action]))
        assert paid[0] == pytest.approx(rules.points[action] @ rules.theta, abs=1e-12)
        assert info["pseudo_regret"][0] == pytest.approx(info["steady_regret"][0], abs=1e-12)
        assert info["pseudo_regret"][0] >= -1e-12


def test_regret_is_the_shortfall_of_the_mean_reward_given_the_actions():
    rules = DynamicalBandit(dimension=3, arms=5, instance=2)
    n, rng = 4000, np.random.default_rng(1)
    plan = rng.integers(0, 5, 12)
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=0)
    x = np.zeros(3)
    for action in plan:
        _, paid, *_, info = envs.step(np.full(n, action))
        mean = rules.omega @ x + rules.theta @ rules.points[action]
        np.testing.assert_allclose(info["pseudo_regret"], rules.optimal_value - mean, atol=1e-12)
        assert abs(paid.mean() - mean) < 4 * paid.std() / np.sqrt(n)  # four standard errors
        x = rules.A @ x + rules.B @ rules.points[action]


def test_no_sequence_of_actions_earns_more_than_the_best_held_one_in_the_long_run():
    # every periodic sequence up to length 3: mean pay of the linear system is linear in the mean action
    rules = quiet(arms=4, instance=1)
    for length in (2, 3):
        for cycle in itertools.product(range(4), repeat=length):
            mean = rules.points[list(cycle)].mean(0)
            paid = np.zeros(0)
            x = np.zeros(3)
            for action in cycle * 60:
                paid = np.append(paid, rules.omega @ x + rules.theta @ rules.points[action])
                x = rules.A @ x + rules.B @ rules.points[action]
            assert paid[-length:].mean() == pytest.approx(float(rules.steady(mean)), abs=1e-9)
            assert paid[-length:].mean() <= rules.optimal_value + 1e-9


def test_actions_outside_the_ball_are_moved_to_its_rim_and_rewards_stay_within_the_bounds():
    rules = quiet(arms=None, dimension=2)
    outside, _ = hold(rules, np.array([1.0, 1.0], np.float32), 5)
    rim, _ = hold(rules, np.full(2, np.sqrt(0.5), np.float32), 5)
    np.testing.assert_allclose(outside, rim, atol=1e-6)
    system = {"A": [[0.9]], "B": [[1.0]], "omega": [1.0], "theta": [0.0], "points": [[1.0], [-1.0]]}
    given = quiet(system=system)
    assert given.optimal_value == pytest.approx(10.0)  # 1 / (1 − 0.9)
    assert hold(given, 0, 400)[0].max() <= given.observation_space.high[0] <= 12


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"arms": 1}, "arms=1"),
        ({"radius": 1.0}, "radius=1.0"),
        ({"agreement": 2.0}, "agreement=2.0"),
        ({"agreement": 0.5, "dimension": 1}, "one dimension"),
        ({"noise": -1.0}, "noise=-1.0"),
        ({"hidden": 0}, "hidden=0"),
        ({"system": {"A": [[0.5]]}}, "system with"),
        ({"system": {"A": [[1.5]], "B": [[1.0]], "omega": [1.0], "theta": [1.0]}}, "spectral radius 1.5"),
        ({"system": {"A": [[0.5, 0.0]], "B": [[1.0]], "omega": [1.0], "theta": [1.0]}}, "A of shape"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        DynamicalBandit(**fields)
