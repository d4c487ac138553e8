"""Linear systems: Riccati against SciPy and a search, returns by moments, losses as the quadratic form they are."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from scipy.linalg import solve_discrete_are
from scipy.optimize import minimize

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.mdps import LinearSystem


def made(name):
    return gym.make(f"rewardlab/LinearSystem{name}-v0").unwrapped.rules


@pytest.mark.parametrize("name", ["", "-Bicycle", "-Distract"])
def test_the_plan_is_the_riccati_solution(name):
    rules = made(name)
    A, B, Q, R, _ = rules._parts
    g = np.sqrt(rules.gamma)
    P = solve_discrete_are(g * A, g * B, Q, R)
    plan = rules.plans[0]
    np.testing.assert_allclose(plan.P, P, rtol=1e-8)
    K = np.linalg.solve(R + g * g * B.T @ P @ B, g * g * B.T @ P @ A)
    np.testing.assert_allclose(plan.K, K, rtol=1e-8)
    assert np.abs(np.linalg.eigvals(A - B @ plan.K)).max() < 1
    if name in ("", "-Distract"):
        assert np.trace(plan.P) == pytest.approx(7.0966, abs=5e-5)  # published


def test_the_slope_of_a_decaying_pay():
    rules = made("-Scalar")
    assert rules.plans[0].p[0] == pytest.approx(1 / (1 - 0.9 * 0.9), abs=1e-9)  # 5.26
    x = np.array([[1.0], [-2.0]])
    np.testing.assert_allclose(rules.optimal_value(x), x[:, 0] / 0.19, atol=1e-9)
    env = WorldEnv(rules)
    env.reset(seed=0)
    first = env.get_state()["state"]["x"][0, 0]
    pays = [env.step(np.zeros(1, dtype=np.float32))[1] for _ in range(5)]
    np.testing.assert_allclose(pays, first * 0.9 ** np.arange(5), rtol=1e-12)


def test_a_finite_horizon_is_what_a_search_over_forces_finds():
    """Without noise, with a linear pay as well: the best forces, by a solver that knows nothing of Riccati."""
    rules = LinearSystem(noise=0.0, horizon=6, q=(0.3, -0.2), A=((1.0, 0.3), (-0.1, 0.9)), B=((0.0, 0.2), (0.5, 0.1)),
                         R=((0.2, 0.05), (0.05, 0.1)))  # fmt: skip
    A, B, Q, R, q = rules._parts
    x0 = np.array([0.7, -0.4])

    def cost(u):
        x, total = x0, 0.0
        for step in u.reshape(6, 2):
            total -= q @ x - x @ Q @ x - step @ R @ step
            x = A @ x + B @ step
        return total

    found = minimize(cost, np.zeros(12), method="BFGS", options={"gtol": 1e-9})
    assert -found.fun == pytest.approx(rules.optimal_value(x0[None])[0], abs=1e-7)
    np.testing.assert_allclose(found.x[:2], rules.optimal_control(x0[None])[0], atol=1e-5)


@pytest.mark.parametrize("horizon", [None, 8])
def test_what_an_action_loses_is_told_exactly(horizon):
    """V*(x) − Q*(x, u) from the value function itself: Q* by its definition, with the noise in expectation."""
    rules = LinearSystem(horizon=horizon, noise=0.3, q=(0.1, 0.2), gamma=0.9)
    A, B, Q, R, q = rules._parts
    gamma = 0.9 if horizon is None else 1.0
    envs = WorldVectorEnv(rules, 9)
    envs.reset(seed=0)
    rng = np.random.default_rng(0)
    for t in range(3):
        x = envs.get_state()["state"]["x"]
        action = rng.uniform(-1, 1, (9, 1)).astype(np.float32)
        u = action.astype(float) * rules.force
        _, reward, _, _, info = envs.step(action)
        np.testing.assert_allclose(reward, x @ q - info["cost"], atol=1e-12)
        np.testing.assert_allclose(info["cost"], ((x @ Q) * x).sum(1) + ((u @ R) * u).sum(1), rtol=1e-12)
        after = x @ A.T + u @ B.T
        now, then = (rules.plans[0], rules.plans[0]) if horizon is None else (rules.plans[t], rules.plans[t + 1])

        def worth(plan, y):
            return y @ plan.p - ((y @ plan.P) * y).sum(1) + plan.c

        q_value = reward + gamma * (worth(then, after) - 0.3**2 * np.trace(then.P))
        np.testing.assert_allclose(info["pseudo_regret"], worth(now, x) - q_value, rtol=1e-6, atol=1e-8)


def test_returns_of_the_card_are_those_of_play():
    rules = LinearSystem(horizon=15, noise=0.2, force=2.0, distractors=1)
    card, n = rules.card(), 5000
    for best, expected in ((False, card.random_return), (True, card.optimal_return)):
        streams, rng, total = Streams(range(n)), np.random.default_rng(0), np.zeros(n)
        streams.begin(slice(None))
        state = rules.start(n, streams)
        for t in range(15):  # the rules themselves take forces beyond the space
            action = rules.optimal_control(state["x"], t) / 2.0 if best else rng.uniform(-1, 1, (n, 1))
            state, reward, over, columns = rules.move(state, action, streams)
            total += reward
            assert not best or np.abs(columns["pseudo_regret"]).max() < 1e-12
        assert over.all()
        assert abs(total.mean() - expected) < 4 * total.std() / np.sqrt(n)


def test_distractors_are_seen_stationary_and_idle():
    rules = made("-Distract")
    envs = WorldVectorEnv(rules, 3000)
    envs.reset(seed=0)
    variance = 1 / (1 - 0.97**2)
    for t in range(30):
        obs = envs.step(np.zeros((3000, 1), dtype=np.float32))[0]
        if t in (0, 29):
            assert np.abs(obs[:, 2:].var(0) / variance - 1).max() < 5 * np.sqrt(2 / 3000)
    assert obs.shape == (3000, 10)
    plain, full = (WorldVectorEnv(made(x), 4) for x in ("", "-Distract"))
    first = [x.reset(seed=3)[0] for x in (plain, full)]
    np.testing.assert_array_equal(first[0], first[1][:, :2])


def test_torch_plays_as_numpy_does():
    rules = made("-Distract")
    a, b = WorldVectorEnv(rules, 4), WorldVectorEnv(rules, 4, device="cpu")
    x, y = a.reset(seed=0)[0], b.reset(seed=0)[0]
    rng = np.random.default_rng(0)
    for _ in range(10):
        np.testing.assert_allclose(x, y.numpy(), rtol=1e-5)
        action = rng.uniform(-1, 1, (4, 1)).astype(np.float32)
        (x, r, *_), (y, s, *_) = a.step(action), b.step(torch.as_tensor(action))
        np.testing.assert_allclose(r, s.numpy(), rtol=1e-9)
    frames = [rules.draw({"x": np.array([[v, 0.0]]), "step": np.array([0])}, 0) for v in (0.0, 1.0)]
    assert (frames[0] != frames[1]).any()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"A": ((1.0,),)}, "A of shape"),
        ({"B": "x"}, "B='x'"),
        ({"Q": ((1.0, 0.0), (0.0, -1.0))}, "Q="),
        ({"R": ((0.0,),)}, "R="),
        ({"q": (1.0,)}, "q of shape"),
        ({"A": ((2.0, 0.0), (0.0, 1.0)), "B": ((0.0,), (1.0,))}, "finite optimum"),
        ({"horizon": 0}, "horizon"),
        ({"noise": -1.0}, "noise"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        LinearSystem(**options)
