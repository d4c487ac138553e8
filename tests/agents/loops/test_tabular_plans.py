"""Plans for many models at once against exact ones; the optimistic inner maximum against linear programmes."""

import gymnasium as gym
import numpy as np
import pytest
from scipy.optimize import linprog
from tables_that_tell import garnet, river

from rewardlab.agents.loops.tabular_plans import (
    average,
    discounted,
    expect,
    induct,
    model_of,
    optimistic,
    posterior,
    sweep,
)
from rewardlab.core.errors import BadOption
from rewardlab.core.testing.processes import random_mdp
from rewardlab.envs.mdps import DeepSea
from rewardlab.envs.world import WorldVectorEnv
from rewardlab.rewards import PaidVector, Task

MANY = [garnet(seed, 5, 3) for seed in range(6)]
P = np.stack([m.dense()[0] for m in MANY])
R = np.stack([m.R for m in MANY])


def test_many_plans_are_those_of_each_alone():
    for horizon in (1, 4):
        Q = induct(P, R, horizon)
        np.testing.assert_allclose(Q, [m.solve(horizon).Q for m in MANY], atol=1e-12)
    Q = discounted(P, R, 0.9, np.zeros(R.shape), tolerance=1e-9)
    np.testing.assert_allclose(Q, [m.with_gamma(0.9).solve().Q for m in MANY], atol=2e-9)
    V = np.random.default_rng(0).normal(size=(6, 5))
    np.testing.assert_allclose(expect(P, V), [m.expect(v) for m, v in zip(MANY, V, strict=True)], atol=1e-12)


def test_rows_that_lose_mass_end_episodes():
    mdp = random_mdp(np.random.default_rng(1), states=6, terminal=2, gamma=0.9, per_transition=False)
    chance = mdp.dense()[0] * ~mdp.terminal
    Q = discounted(chance[None], mdp.R[None], 0.9, np.zeros((1, 6, 3)))
    np.testing.assert_allclose(Q[0, :4], mdp.solve().Q[:4], atol=1e-7)


def test_average_plans_to_their_own_tolerance():
    tolerance = np.array([1e-2, 1e-10] * 3)
    gain, Q = average(P, R, tolerance)
    best = [m.solve() for m in MANY]
    assert (np.abs(gain - [b.value for b in best]) <= 0.5 * tolerance + 1e-12).all()
    for q, b in list(zip(Q, best, strict=True))[1::2]:
        np.testing.assert_allclose(q - q.max(), b.Q - b.Q.max(), atol=1e-8)


def test_periodic_chains_converge_and_unfinished_ones_stop():
    ring = np.roll(np.eye(4), 1, axis=1)[None, :, None].repeat(2, 2)
    pay = np.arange(8.0).reshape(1, 4, 2)
    gain, _ = average(ring, pay, np.array([1e-9]))
    assert gain[0] == pytest.approx(np.mean([1, 3, 5, 7]), abs=1e-9)
    calls = []

    def backup(u, left):
        calls.append(left)
        return pay[left] + expect(ring[left], u)

    sweep(backup, pay.shape, np.array([0.0]), 7)
    assert len(calls) == 7


def test_the_optimistic_maximum_is_that_of_a_linear_programme():
    rng = np.random.default_rng(0)
    S = 5
    for trial in range(30):
        chance = rng.dirichlet(np.full(S, 0.4))
        chance[rng.integers(S)] *= trial % 2
        chance /= chance.sum()
        radius, u = rng.choice([0.0, 0.1, 0.7, 1.9, 3.0]), rng.normal(size=S).round(1)
        # Variables p and d >= |p - chance|.
        eye = np.eye(S)
        A = np.block([[eye, -eye], [-eye, -eye], [np.zeros((1, S)), np.ones((1, S))]])
        b = np.concatenate([chance, -chance, [radius]])
        found = linprog(
            np.concatenate([-u, np.zeros(S)]),
            A_ub=A,
            b_ub=b,
            A_eq=[[1.0] * S + [0.0] * S],
            b_eq=[1.0],
            bounds=(0, None),
        )
        mine = optimistic(chance[None, None, None], np.array([[[radius]]]), u[None])
        assert mine[0, 0, 0] == pytest.approx(-found.fun, abs=1e-9)


def test_where_nothing_was_seen_the_best_state_is_taken():
    assert optimistic(np.zeros((1, 3, 2, 3)), np.full((1, 3, 2), 0.1), np.array([[0.0, 5.0, 1.0]])).min() == 5.0


def test_draws_have_the_moments_of_the_posterior():
    n, S = 4000, 3
    counts = np.broadcast_to(np.array([5.0, 2.0, 0.0]), (n, 1, 1, S))
    visits = np.full((n, 1, 1), 10)  # three of them ended the episode
    pay = np.array([0.1, 0.3, 0.2, 0.6, 0.3, 0.9, 0.5, 0.2, 0.4, 0.5])
    p, r = posterior(
        np.random.default_rng(0), counts=counts, ends=np.full((n, 1, 1), 3.0), visits=visits,
        totals=np.full((n, 1, 1), pay.sum()), squares=np.full((n, 1, 1), (pay**2).sum()),
        prior=0.5, mean=0.0, strength=2.0, deviation=0.3,
    )  # fmt: skip
    alpha = np.array([5.5, 2.5, 0.5])
    total = alpha.sum() + 3.0
    mean, var = alpha / total, alpha * (total - alpha) / (total**2 * (total + 1))
    np.testing.assert_allclose(p[:, 0, 0].mean(0), mean, atol=4 * np.sqrt(var / n).max())
    np.testing.assert_allclose(p[:, 0, 0].var(0), var, rtol=0.12)
    # The mean of rewards is Student's t with 2 (1 + n / 2) degrees of freedom.
    rate = 0.3**2 + 0.5 * ((pay - pay.mean()) ** 2).sum() + 0.5 * 2 * 10 * pay.mean() ** 2 / 12
    variance = rate / (6.0 - 1.0) / 12.0
    assert r.mean() == pytest.approx(pay.sum() / 12, abs=4 * np.sqrt(variance / n))
    assert r.var() == pytest.approx(variance, rel=0.15)


def test_the_model_is_found_behind_every_face_of_an_environment():
    table = DeepSea(size=5).to_mdp()
    sync = gym.make_vec("rewardlab/DeepSea-v0", num_envs=2, vectorization_mode="sync", size=5)
    vector = WorldVectorEnv(DeepSea(size=5), 2)
    for envs in (vector, sync, PaidVector(vector, Task() * 0.5)):
        found = model_of(envs, "test")
        assert (found.P != table.P).nnz == 0 and (found.R == table.R).all()
    with pytest.raises(BadOption, match="no model"):
        model_of(gym.make_vec("CartPole-v1", num_envs=1), "test")


def test_the_river_is_the_registered_one():
    registered = gym.make("rewardlab/RiverSwim-v0").unwrapped.to_mdp()
    assert registered.solve().value == pytest.approx(river().solve().value, abs=1e-12)
