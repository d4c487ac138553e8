"""Reduced estimates: their depth, their second moment, and regret of exponential weights upon them."""

import numpy as np
from layered_losses import LAYER, A, H, P, S, best, game
from tables_that_tell import slope

from rewardlab.agents import LogBarrierPolicy, MagnitudeReducedPolicy

FEATURES = np.random.default_rng(1).normal(size=(S, A, 6))


def estimates(method, features=FEATURES):
    """The estimates of all pairs that may be met at the last step, with their chances, and ‖φ‖ [S, A] there."""
    agent = method(game(1), seed=0, transitions=P, features=features, horizon=H, bonus=0.0)
    rng = np.random.default_rng(4)
    policy = rng.dirichlet(np.full(A, 0.3), (1, H, S))  # ill-conditioned: some pairs are hardly met
    weight = agent.occupancy(policy, np.eye(S)[:1])
    phi = agent.phi
    gram = np.einsum("nhsa,sad,sae->nhde", weight, phi, phi) + 1e-4 * np.eye(phi.shape[2])
    inverse = np.linalg.inv(gram)
    found, chance = [], []
    for s in range(3, S):
        for a in range(A):
            there = np.zeros((1, H, phi.shape[2]))
            there[:, -1] = phi[s, a]
            G = np.einsum("sad,nhde,nhe->nhsa", phi, inverse, there)
            loss = np.full((1, H), rng.random())
            found.append(agent.estimate(G, loss, weight, inverse)[0, -1])
            chance.append(weight[0, -1, s, a])
    size = np.sqrt(np.einsum("sad,de,sae->sa", phi, inverse[0, -1], phi))
    return np.array(found), np.array(chance), size


def test_no_estimate_is_deeper_than_the_norm_of_its_features():
    plain, chance, size = estimates(LogBarrierPolicy)
    reduced, same, _ = estimates(MagnitudeReducedPolicy)
    np.testing.assert_array_equal(chance, same)
    assert chance.sum() == 1.0 or abs(chance.sum() - 1.0) < 1e-12
    assert (reduced >= -H * size - 1e-9).all()
    assert plain.min() < 10 * reduced.min()  # the plain one is far deeper
    np.testing.assert_allclose(chance @ plain.reshape(6, -1), chance @ reduced.reshape(6, -1), atol=1e-9)


def test_with_a_feature_for_each_pair_it_is_the_plain_estimate():
    np.testing.assert_array_equal(estimates(LogBarrierPolicy, None)[0], estimates(MagnitudeReducedPolicy, None)[0])


def test_regret_against_the_best_fixed_policy_grows_as_a_root():
    # 36 runs with other seeds: exponent 0.485 (standard error 0.010), share of best actions 0.913 (deviation 0.046).
    # For 16 runs both limits lie five standard errors off.
    agent = MagnitudeReducedPolicy(
        game(16), seed=0, transitions=P, horizon=H, rounds=900, eta=0.05, bonus=0.0005, independent=True
    ).learn(16 * H * 900)
    assert slope(agent.regret_log, 360)[0] < 0.56
    share = (agent.policy()[:, LAYER, np.arange(S)] * best()).sum(2)
    assert share.mean() > 0.855
