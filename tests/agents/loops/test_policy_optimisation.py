"""Policy optimisation: occupancies and bonuses by their recursions, and estimates without bias by enumeration."""

import numpy as np
import pytest
from layered_losses import LAYER, LOSSES, A, H, P, S, game, to_go

from rewardlab.agents import LogBarrierPolicy, MagnitudeReducedPolicy
from rewardlab.core.errors import BadOption

BOTH = pytest.mark.parametrize("method", [LogBarrierPolicy, MagnitudeReducedPolicy])
FEATURES = np.random.default_rng(1).normal(size=(S, A, 6))


def paths(policy):
    """Every way through the layers with its probability: states [H], actions [H]."""
    out = [([0], [], 1.0)]
    for h in range(H):
        out = [(s, [*a, b], p * policy[s[-1], b]) for s, a, p in out for b in range(A)]
        if h < H - 1:
            out = [([*s, y], a, p * P[s[-1], a[-1], y]) for s, a, p in out for y in range(S) if P[s[-1], a[-1], y] > 0]
    return out


@BOTH
@pytest.mark.parametrize("linear", [False, True])
def test_estimates_are_those_of_the_projection_of_the_true_loss_to_go(method, linear):
    """E Q̂_h = φᵀ Σ_h⁻¹ E[φ φᵀ θ]: over all paths, whatever the estimator; with a small γ that is Q itself."""
    gamma = 1e-3
    agent = method(
        game(1), seed=0, transitions=P, features=FEATURES if linear else None, horizon=H, bonus=0.0, gamma=gamma
    )
    agent.Q[0] = np.random.default_rng(2).normal(size=(H, S, A))
    policy = agent.policy()[0]  # [H, S, A]
    loss, mixed = LOSSES[0], policy[LAYER, np.arange(S)]
    Q, _ = to_go(mixed, loss)
    before, mean = agent.Q.copy(), np.zeros((H, S, A))
    agent._path, agent.met[0, 0] = np.zeros((3, 1, H)), np.eye(S, dtype=int)[0]
    total = 0.0
    for states, actions, chance in paths(mixed):
        agent.Q[:] = before
        agent._path[0, 0], agent._path[1, 0], agent._path[2, 0] = states, actions, loss[states, actions]
        agent._learn(np.array([0]), np.array([0]), np.array([H]))
        mean += chance * (before - agent.Q)[0]
        total += chance
    assert total == pytest.approx(1.0)
    weight = agent.occupancy(policy[None], np.eye(S)[:1])[0]
    flat = agent.phi.reshape(S * A, -1)
    for h in range(H):
        w = weight[h].ravel()
        gram = flat.T @ (w[:, None] * flat) + gamma * np.eye(flat.shape[1])
        exact = flat @ np.linalg.solve(gram, flat.T @ (w * Q.ravel()))
        np.testing.assert_allclose(mean[h].ravel(), exact, atol=1e-9)
        if not linear:
            there = h == LAYER
            np.testing.assert_allclose(mean[h][there], Q[there], rtol=gamma / weight[h][there].min() + 1e-9)


def test_occupancies_are_those_of_all_paths():
    agent = LogBarrierPolicy(game(1), seed=0, transitions=P, horizon=H)
    agent.Q[0] = np.random.default_rng(2).normal(size=(H, S, A))
    policy = agent.policy()
    exact = np.zeros((H, S, A))
    for states, actions, chance in paths(policy[0, LAYER, np.arange(S)]):
        exact[np.arange(H), states, actions] += chance
    np.testing.assert_allclose(agent.occupancy(policy, np.eye(S)[:1])[0], exact, atol=1e-12)


def test_the_bonus_fulfils_its_dilated_equation():
    agent = LogBarrierPolicy(game(1), seed=0, transitions=P, features=FEATURES, horizon=H, bonus=0.2)
    rng = np.random.default_rng(3)
    policy, root = rng.dirichlet(np.ones(A), (1, H, S)), rng.normal(size=(1, H, 6, 6))
    inverse = root @ root.swapaxes(2, 3)
    B = agent.dilated(policy, inverse)[0]
    for h in range(H):
        for s in range(S):
            size = [FEATURES[s, a] @ inverse[0, h] @ FEATURES[s, a] for a in range(A)]
            for a in range(A):
                later = sum(P[s, a, y] * policy[0, h + 1, y] @ B[h + 1, y] for y in range(S)) if h < H - 1 else 0.0
                assert B[h, s, a] == pytest.approx(0.2 * (size[a] + policy[0, h, s] @ size) + (1 + 1 / H) * later)


def test_rows_that_share_a_memory_count_as_their_mean():
    agent = LogBarrierPolicy(game(2), seed=0, transitions=P, horizon=H, bonus=0.0)
    agent.met[0, 0, 0] = 1
    agent._path = np.zeros((3, 2, H))
    agent._path[0], agent._path[1] = [[0, 1, 3], [0, 2, 4]], [[0, 1, 2], [2, 1, 0]]
    agent._path[2] = [[0.5, 0.2, 0.1], [0.9, 0.3, 0.4]]
    each = []
    for rows in ([0], [1], [0, 1]):
        agent.Q[:] = 0.0
        agent._learn(np.array(rows), np.zeros(len(rows), dtype=int), np.full(len(rows), H))
        each.append(agent.Q.copy())
    np.testing.assert_allclose(each[2], 0.5 * (each[0] + each[1]), atol=1e-12)


@pytest.mark.parametrize(
    "options",
    [{"horizon": 0}, {"rounds": 0}, {"eta": 0.0}, {"gamma": -1.0}, {"bonus": -0.1}, {"offset": float("nan")},
     {"transitions": None}, {"transitions": np.ones((5, 3, 5))}, {"features": np.ones((5, 2, 1))}],
)  # fmt: skip
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        LogBarrierPolicy(game(1), **{"transitions": P, **options})


def test_default_constants_and_those_of_the_bound():
    K = 900
    for method, size in ((LogBarrierPolicy, A * np.log(K)), (MagnitudeReducedPolicy, np.log(A))):
        agent = method(game(1), seed=0, transitions=P, horizon=H, rounds=K)
        assert agent.rate == pytest.approx(np.sqrt(size / K)) and agent.beta == pytest.approx(0.1 / 30)
        proven = method.proven(actions=A, dimension=S * A, horizon=H, rounds=K)
        eta = proven["eta"]
        assert size / eta == pytest.approx(eta * S * A * H**2 * K)  # the parts of the bound are alike
        assert proven["bonus"] == pytest.approx(eta * H**2) and proven["gamma"] == 1 / K
        same = method(game(1), seed=0, transitions=P, horizon=H, rounds=K, **proven)
        assert same.rate == eta and same.beta == proven["bonus"]


@BOTH
def test_with_the_defaults_it_learns_what_the_constants_of_the_bound_do_not_yet(method):
    # 36 runs with other seeds lost 176 and 189 (deviations 26 and 22) by the defaults of the two methods, and 410 and
    # 409 (11 and 12) by those of the bound: the limits lie five standard errors of a mean of 4 runs off the worse ones.
    n, K, lost = 4, 600, []
    for options in ({}, method.proven(actions=A, dimension=S * A, horizon=H, rounds=K)):
        agent = method(game(n), seed=11, transitions=P, horizon=H, rounds=K, independent=True, **options)
        lost.append(agent.learn(n * H * K).regret.mean())
    assert lost[0] < 254 < 378 < lost[1]
