"""EPIC: the paper's formula, invariance with and without ends, and the estimate from samples."""

import numpy as np
import pytest
from table_rewards import GAMMA, reward, shaping, world

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.metrics.epic import epic, epic_sampled


def published(R1, R2, gamma, D, A):
    """Canonically shaped rewards and the Pearson distance, term by term."""
    S = len(D)
    weights = np.einsum("s,a,t->sat", D, A, D)
    out = []
    for R in (R1, R2):
        C = R.copy()
        for s in range(S):
            for t in range(S):
                ahead = sum(A[a] * D[u] * (gamma * R[t, a, u] - R[s, a, u]) for a in range(len(A)) for u in range(S))
                C[s, :, t] += ahead - gamma * (weights * R).sum()
        out.append(C - (weights * C).sum())
    rho = (weights * out[0] * out[1]).sum() / np.sqrt((weights * out[0] ** 2).sum() * (weights * out[1] ** 2).sum())
    return np.sqrt((1 - rho) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_without_ends_it_is_the_published_formula(seed):
    mdp = world(seed, states=4, actions=2)
    rng = np.random.default_rng(seed)
    D, A = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(2))
    R1, R2 = reward(mdp, seed), reward(mdp, seed + 50)
    assert epic(mdp, R1, R2, states=D, actions=A) == pytest.approx(published(R1, R2, GAMMA, D, A), abs=1e-12)


@pytest.mark.parametrize("terminal", [0, 2])
def test_shaping_and_scale_do_not_count_and_the_opposite_has_1(terminal):
    for seed in range(10):
        mdp = world(seed, terminal=terminal)
        R = reward(mdp, seed)
        assert epic(mdp, R, 3 * R + shaping(mdp, seed)) < 1e-12
        assert epic(mdp, R, shaping(mdp, seed) - R) == pytest.approx(1.0, abs=1e-12)
        assert epic(mdp, shaping(mdp, seed), np.zeros_like(R)) == 0.0
        assert epic(mdp, R, np.zeros_like(R)) == pytest.approx(0.5)


def test_a_constant_counts_only_where_episodes_end():
    endless, ending = world(1), world(1, terminal=2)
    for mdp, counts in ((endless, False), (ending, True)):
        R = reward(mdp, 1)
        assert (epic(mdp, R, R + 2.0) > 1e-3) == counts  # paid per step, it makes longer episodes better


def test_undiscounted_episodes_work_and_triangles_hold():
    mdp = world(2, terminal=1).with_gamma(1.0)
    some = [reward(mdp, k) for k in range(5)]
    assert epic(mdp, some[0], some[0] + shaping(mdp, 2)) < 1e-12
    d = np.array([[epic(mdp, a, b) for b in some] for a in some])
    assert all(d[a, c] <= d[a, b] + d[b, c] + 1e-12 for a in range(5) for b in range(5) for c in range(5))


def test_expectations_and_tables_of_the_possible_make_harmless_shaping_look_far():
    for seed in range(10):
        mdp = world(seed, terminal=1)
        possible = mdp.P.toarray().reshape(8, 3, 8) > 0
        R = mdp.dense()[1]
        shaped = R + shaping(mdp, seed)
        assert epic(mdp, R, shaped) < 1e-12
        assert epic(mdp, mdp.R, mdp.with_reward(shaped).R) > 0.3
        assert epic(mdp, R, np.where(possible, shaped, 0.0)) > 0.3


def draws(mdp, n, rng):
    """n steps with states, actions and successors drawn without the dynamics."""
    begins = np.flatnonzero(~mdp.terminal)
    after = rng.integers(mdp.num_states, size=n)
    return Transitions(
        obs=rng.choice(begins, size=n),
        action=rng.integers(mdp.num_actions, size=n),
        reward=np.zeros(n),
        next_obs=after,
        terminated=mdp.terminal[after],
        truncated=np.zeros(n, dtype=bool),
    )


@pytest.mark.parametrize("terminal", [0, 2])
def test_the_estimate_comes_to_the_exact_distance(terminal):
    mdp = world(3, terminal=terminal)
    R1 = reward(mdp, 3) + 2.0  # a mean, so that to forget that nothing follows an end shows
    R2 = R1 + 0.7 * reward(mdp, 4) + shaping(mdp, 3) - 2.0
    exact = epic(mdp, R1, R2)

    def paying(R):
        return lambda b: R[b.obs, b.action, b.next_obs]

    # Both batches grow: neither alone is enough.
    errors = []
    for n in (30, 1200):
        miss = []
        for seed in range(4):
            rng = np.random.default_rng(seed)
            batch, samples = draws(mdp, n, rng), draws(mdp, n, rng)
            found = epic_sampled(batch, paying(R1), paying(R2), samples=samples, gamma=GAMMA)
            miss.append(abs(found - exact))
        errors.append(np.mean(miss))
    assert errors[1] < 0.015 and errors[1] < errors[0] / 3, errors


@pytest.mark.parametrize("terminal", [0, 2])
def test_the_estimate_is_blind_to_shaping_whatever_the_samples(terminal):
    for seed in range(5):
        mdp = world(seed, terminal=terminal)
        rng = np.random.default_rng(seed)
        batch, samples = draws(mdp, 40, rng), draws(mdp, 7, rng)
        R, F = reward(mdp, seed) + 2.0, shaping(mdp, seed)
        pays = [lambda b, R=R: R[b.obs, b.action, b.next_obs] for R in (R, 2 * R + F, F - R)]
        assert epic_sampled(batch, pays[0], pays[1], samples=samples, gamma=GAMMA) < 1e-12
        assert epic_sampled(batch, pays[0], pays[2], samples=samples, gamma=GAMMA) == pytest.approx(1.0, abs=1e-12)


def test_bad_input_is_named():
    mdp = world(0)
    R = reward(mdp, 0)
    with pytest.raises(BadOption, match="actions"):
        epic(mdp, R, R, actions=np.ones(3))
    with pytest.raises(BadOption, match="discount"):
        epic(mdp.with_gamma(None), R, R)
    batch = draws(mdp, 5, np.random.default_rng(0))
    with pytest.raises(BadBatch, match="shape"):
        epic_sampled(batch, lambda b: np.zeros((len(b), 2)), lambda b: b.reward, samples=batch, gamma=GAMMA)
    with pytest.raises(BadBatch, match="finite"):
        epic_sampled(batch, lambda b: b.reward * np.nan, lambda b: b.reward, samples=batch, gamma=GAMMA)
    for gamma, words in ((1.5, "gamma"), (1.0, "for ever")):
        with pytest.raises(BadOption, match=words):
            epic_sampled(batch, lambda b: b.reward, lambda b: b.reward, samples=batch, gamma=gamma)
