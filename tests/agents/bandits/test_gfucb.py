"""GFUCB: LinUCB where there is one map, sums from scratch, the truth in its set, and tasks that help each other."""

import math

import numpy as np
import pytest

from rewardlab.agents import GFUCB, LinUCB
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits.context import ContextBandit


def world(tasks=1, maps=30, noise=0.2, **options):
    return ContextBandit(link="maps", tasks=tasks, maps=maps, noise=noise, size=6, **options)


def made(rules, rows=1, seed=0, **options):
    matrices = rules.matrices if rules.link == "maps" else None
    return GFUCB(WorldVectorEnv(rules, rows), seed=seed, matrices=matrices, noise=rules.noise, **options)


def played(agent, steps):
    """Arms [steps, N] while learning."""
    seen = []
    agent.learn(steps * agent.n_envs, lambda now: seen.append(np.array(now["actions"])))
    return np.array(seen)


def test_with_the_identity_and_one_task_it_is_linucb_in_every_round():
    rules = ContextBandit(size=5)
    mine = made(rules, 4, beta=0.49, lam=0.3, independent=True)
    plain = LinUCB(WorldVectorEnv(rules, 4), seed=0, alpha=0.7, lam=0.3, independent=True)
    np.testing.assert_array_equal(played(mine, 250), played(plain, 250))
    np.testing.assert_allclose(mine.b[:, 0], plain.b, rtol=1e-12)


def test_one_task_joint_is_many_runs_alone_to_the_bit():
    rules = world()
    together = made(rules, 3, independent=True).learn(3 * 60)
    for row in range(3):
        alone = made(rules, 1, seed=row).learn(60)
        for name in ("A", "inverse", "b", "cross", "leader"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[row])


@pytest.mark.parametrize("tasks", [1, 3])
def test_its_sums_and_its_set_from_scratch(tasks):
    rules, fed = world(tasks, noise=0.5), []
    agent = made(rules)
    envs_feed = agent.feed
    agent.feed = lambda memory, x, pay: (fed.append((x[0], pay[0])), envs_feed(memory, x, pay))
    agent.learn(80)
    x, pay = np.array([f[0] for f in fed]), np.array([f[1] for f in fed])  # [t, T, d], [t, T]
    N, k, lam = 30, 3, agent.lam
    phi = np.array([rules.phi(x, j) for j in range(N)])  # [N, t, T, k]
    loss, fits = np.zeros(N), np.zeros((N, tasks, k))
    for j in range(N):
        for i in range(tasks):
            f = phi[j, :, i]
            fits[j, i] = np.linalg.solve(f.T @ f + lam * np.eye(k), f.T @ pay[:, i])
            loss[j] += ((f @ fits[j, i] - pay[:, i]) ** 2).sum() + lam * (fits[j, i] ** 2).sum()
    leader = int(loss.argmin())
    assert agent.leader[0] == leader
    np.testing.assert_allclose(agent.weights(0), fits[leader], rtol=1e-8)
    cross = np.einsum("ntik,til->nikl", phi, phi[leader])
    np.testing.assert_allclose(agent.cross[0], cross, rtol=1e-9, atol=1e-10)
    told = np.einsum("tik,ik->ti", phi[leader], fits[leader])  # [t, T]
    centre, left = agent.centres(0)
    for j in range(N):
        away = 0.0
        for i in range(tasks):
            f, aim = phi[j, :, i], fits[leader, i] if j == leader else np.zeros(k)
            w = np.linalg.solve(f.T @ f + lam * np.eye(k), f.T @ told[:, i] + lam * aim)
            np.testing.assert_allclose(centre[j, i], w, rtol=1e-7, atol=1e-9)
            away += ((f @ w - told[:, i]) ** 2).sum() + lam * ((w - aim) ** 2).sum()
        assert left[j] == pytest.approx(float(agent.radius(np.array(80))) - away, abs=1e-8)


def test_the_optimistic_value_is_the_best_in_the_set():
    rules = world(2, maps=5)
    agent = made(rules).learn(40)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 6, 6))
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    arms = agent.pick(x[None], rng)[0]
    centre, left = agent.centres(0)
    most, by_arm = -np.inf, {}
    phi = agent.phi(x)  # [N, T, n, k]
    for j in np.flatnonzero(left >= 0):
        root = np.linalg.cholesky(agent.inverse[0, j])
        z = rng.normal(size=(4000, 2, 3))
        z *= math.sqrt(left[j]) / np.sqrt((z**2).sum((1, 2), keepdims=True))
        w = centre[j] + np.einsum("ikl,sil->sik", root, z)
        promised = np.einsum("tnk,stk->stn", phi[j], w).max(2).sum(1)
        most = max(most, float(promised.max()))
        widths = np.sqrt(
            left[j] * sum(phi[j, i, arms[i]] @ agent.inverse[0, j, i] @ phi[j, i, arms[i]] for i in range(2))
        )
        by_arm[j] = sum(phi[j, i, arms[i]] @ centre[j, i] for i in range(2)) + widths
    assert max(by_arm.values()) >= most - 1e-9
    assert max(by_arm.values()) <= most + 0.1 * abs(most)


def test_the_truth_is_in_its_set():
    rules, rows = world(2, maps=20, noise=0.5), 40
    agent, inside = made(rules, rows, independent=True), np.ones(rows, dtype=bool)

    def watch(now):
        for m in range(rows):
            x, t = agent.seen[m, : agent.rounds[m]], agent.rounds[m]
            told = np.einsum("tik,ik->ti", agent.phi(x)[agent.leader[m]], agent.weights(m))
            true = np.einsum("tik,ik->ti", rules.phi(x), rules.weights)
            inside[m] &= ((told - true) ** 2).sum() <= agent.radius(np.array(t))

    agent.learn(rows * 30, watch)
    assert inside.mean() >= 0.95


def test_tasks_that_share_a_map_lose_less_each():
    lost = {}
    for tasks, rows in ((1, 10), (8, 2)):
        rules = ContextBandit(link="maps", tasks=tasks, maps=200, noise=0.3)
        agent = made(rules, rows, independent=True, scale=0.5).learn(rows * 80)
        lost[tasks] = agent.regret.mean() / tasks
    assert lost[8] < 0.8 * lost[1]


def test_a_file_keeps_the_maps(tmp_path):
    rules = world(2)
    agent = made(rules, 2).learn(60)
    agent.save(tmp_path / "agent")
    again = GFUCB.load(tmp_path / "agent", env=WorldVectorEnv(rules, 2))
    np.testing.assert_array_equal(again.phi(np.ones((2, 6))), agent.phi(np.ones((2, 6))))
    assert again.learn(20).rounds[0] == 80


def test_mistakes_are_named():
    for option in ({"lam": 0.0}, {"scale": -1.0}, {"delta": 1.0}, {"beta": -1.0}):
        with pytest.raises(BadOption, match=next(iter(option))):
            made(world(), **option)
    with pytest.raises(BadOption, match="matrices"):
        GFUCB(WorldVectorEnv(world(), 1), matrices=np.zeros((2, 3, 5)))
