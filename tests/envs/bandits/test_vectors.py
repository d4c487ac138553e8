"""Bandits of vectors: rounds, regret and pay over one task and over several."""

import numpy as np
import pytest
import torch

from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import ContextBandit, RecommenderBandit
from rewardlab.envs.bandits.vectors import along, mapped, where

RULES = [
    *(ContextBandit(link, tasks=m, arms=4, size=3, maps=5, hidden=6, pulls=8)
      for link in ("linear", "logistic", "maps", "net") for m in (1, 3)),
    RecommenderBandit(items=4, users=7, rank=2, pulls=8),
]  # fmt: skip
every = pytest.mark.parametrize(
    "rules", RULES, ids=lambda r: f"{type(r).__name__} {getattr(r, 'link', '')} {r.action_space}"
)


def test_sums_are_those_of_matrices():
    rng = np.random.default_rng(0)
    x, matrix, weights = rng.normal(size=(5, 2, 4, 3)), rng.normal(size=(6, 3)), rng.normal(size=(2, 3))
    np.testing.assert_allclose(mapped(matrix, x), x @ matrix.T, atol=1e-12)
    np.testing.assert_allclose(along(x, weights), np.einsum("abcd,bd->abc", x, weights), atol=1e-12)
    np.testing.assert_array_equal(mapped(matrix, x)[3:4], mapped(matrix, x[3:4]))  # to the bit, alone and among many


@every
def test_every_round_is_exact(rules):
    envs = WorldVectorEnv(rules, 64)
    envs.reset(seed=0)
    dice, single = np.random.default_rng(1), rules.action_space.shape == ()
    for t in range(17):
        state = envs.get_state()["state"]
        means = rules.means(state)  # [N, M, n]
        m = means.shape[1]
        chosen = dice.integers(0, 4, (64, m))
        picked = np.take_along_axis(means, chosen[..., None], -1)[..., 0]
        _, reward, ended, _, info = envs.step(chosen[:, 0] if single else chosen)
        info = info["final_info"] if ended.all() else info
        np.testing.assert_allclose(info["pseudo_regret"], (means.max(-1) - picked).sum(1), atol=1e-12)
        np.testing.assert_array_equal(info["success"], (picked == means.max(-1)).all(1))
        np.testing.assert_array_equal(info["best_arm"], means.argmax(-1)[:, 0] if single else means.argmax(-1))
        np.testing.assert_allclose(info["rewards"].sum(1), reward, atol=1e-12)
        assert ended.all() == ended.any() == ((t + 1) % 8 == 0)


@every
def test_pay_has_the_mean_that_it_should(rules):
    n = 4000
    envs = WorldVectorEnv(rules, n)
    obs, _ = envs.reset(seed=3)
    means = rules.means(envs.get_state()["state"])
    first = np.zeros((n, means.shape[1]), dtype=int)
    info = envs.step(first[:, 0] if means.shape[1] == 1 else first)[4]
    gap = info["rewards"] - means[..., 0]
    assert (np.abs(gap.mean(0)) < 3.5 * gap.std(0) / np.sqrt(n)).all()
    assert len(np.unique(obs[:, ..., 0])) > 6  # rows have vectors of their own


@every
def test_torch_steps_as_numpy_does(rules):
    a, b = WorldVectorEnv(rules, 3), WorldVectorEnv(rules, 3, device="cpu")
    np.testing.assert_allclose(a.reset(seed=1)[0], b.reset(seed=1)[0].numpy(), rtol=1e-6)
    a.action_space.seed(0)
    for _ in range(10):
        action = a.action_space.sample()
        (x, *left, first), (y, *right, second) = a.step(action), b.step(torch.as_tensor(action))
        np.testing.assert_allclose(x, y.numpy(), rtol=1e-6)
        for p, q in zip(left, right, strict=True):
            np.testing.assert_allclose(p, q.numpy(), rtol=1e-9)
        for key in set(rules.card().info) & first.keys():
            np.testing.assert_allclose(first[key], second[key].numpy(), atol=1e-9)


@every
def test_pictures_and_words_show_the_round(rules):
    envs = WorldVectorEnv(rules, 1, render_mode="rgb_array")
    obs, _ = envs.reset(seed=0)
    before = envs.render()[0]
    text = rules.text(envs.get_state()["state"], 0)
    values = [float(v) for line in text.splitlines() if line.startswith("arm") for v in line.split(": ")[1].split()]
    np.testing.assert_allclose(values, obs.reshape(-1), atol=0.0051)
    envs.step(envs.action_space.sample())
    assert (envs.render()[0] != before).any()


def test_an_array_knows_where_it_is():
    assert where(np.zeros(2)) is None and where(torch.zeros(2)) == torch.device("cpu")
