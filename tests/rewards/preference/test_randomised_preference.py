"""Randomised preferences: the posterior's draws, the closed form of a question's worth, and questions that end."""

import numpy as np
import pytest
import torch
from steps import as_torch, steps, without

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption, MissingColumn
from rewardlab.core.logistic import fit_logistic
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import RandomisedPreference, member_disagreement

THETA = np.array([1.0, -2.0, 0.5])


def plain(batch):
    """The observation itself."""
    return batch.obs


def pairs(p=60, t=4, *, seed=0, scale=0.5):
    """Pairs of segments that a Bradley-Terry teacher has judged."""
    rng = np.random.default_rng(seed)
    obs = scale * rng.normal(size=(p, 2, t, 3))
    gap = (obs @ THETA).sum(-1) @ [1.0, -1.0]
    label = (rng.random(p) < 1 / (1 + np.exp(-gap))) * 1.0
    return steps((p, 2, t), obs=obs).paying(np.zeros((p, 2, t)), label=label)


def test_the_worth_of_a_question_is_that_of_monte_carlo():
    model, asked = RandomisedPreference(features=plain, sigma=0.8), pairs(8, seed=3)
    model.fit(pairs(10))
    x = np.diff(asked.obs.sum(2), axis=1)[:, 0]
    rng, half = np.random.default_rng(0), np.linalg.cholesky(np.linalg.inv(model.precision))
    one, two = (0.8 * rng.normal(size=(40_000, 3)) @ half.T for _ in range(2))
    np.testing.assert_allclose(model.disagreement(asked), np.abs((one - two) @ x.T).mean(0), rtol=0.02)
    assert (model.asks(asked, epsilon=0.5) == (model.disagreement(asked) > 0.5)).all()


def test_members_that_are_draws_disagree_as_the_closed_form_says():
    model, asked = RandomisedPreference(features=plain), pairs(8, seed=3)
    model.fit(pairs(10))
    half = np.linalg.cholesky(np.linalg.inv(model.precision))
    members = model.mean + np.random.default_rng(0).normal(size=(1500, 3)) @ half.T
    scores = np.einsum("pgtd,kd->kpg", asked.obs, members)
    np.testing.assert_allclose(member_disagreement(scores), model.disagreement(asked), rtol=0.06)  # 3 standard errors
    few = scores[:3]
    gap = few[..., 0] - few[..., 1]
    by_hand = (abs(gap[0] - gap[1]) + abs(gap[0] - gap[2]) + abs(gap[1] - gap[2])) / 3
    np.testing.assert_allclose(member_disagreement(few), by_hand)
    np.testing.assert_allclose(member_disagreement(torch.as_tensor(few)).numpy(), by_hand)
    for wrong in (few[:1], few[..., 0]):
        with pytest.raises(BadBatch, match="member"):
            member_disagreement(wrong)


def test_weights_are_those_of_the_regression_and_come_to_the_truth():
    data, model = pairs(4000), RandomisedPreference(features=plain)
    model.fit(data)
    x = data.obs.sum(2)[:, 0] - data.obs.sum(2)[:, 1]
    np.testing.assert_allclose(model.mean, fit_logistic(x, data.info["label"]), atol=1e-9)
    p = 1 / (1 + np.exp(-x @ THETA))
    deviation = np.sqrt(np.diagonal(np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)))
    assert (np.abs(model.mean - THETA) < 4 * deviation).all()  # 4 standard errors of maximum likelihood
    np.testing.assert_allclose(model.precision, x.T @ x + np.eye(3))
    np.testing.assert_allclose(model.probabilities(data)[0], 1 / (1 + np.exp(-x @ model.mean)), atol=1e-12)
    np.testing.assert_allclose(model.segment_scores(data) @ [1.0, -1.0], x @ model.mean, atol=1e-9)


def test_draws_have_the_moments_of_the_posterior():
    data = pairs(20)
    drawn = []
    for seed in range(2000):
        model = RandomisedPreference(features=plain, sigma=0.7, seed=seed)
        model.fit(data)
        drawn.append(model.drawn)
    exact = 0.49 * np.linalg.inv(model.precision)
    se = np.sqrt((exact**2 + np.outer(np.diag(exact), np.diag(exact))) / 2000)
    assert (np.abs(np.cov(np.array(drawn).T) - exact) < 4 * se).all()  # 4 standard errors
    assert (np.abs(np.mean(drawn, axis=0) - model.mean) < 4 * np.sqrt(np.diag(exact) / 2000)).all()
    sure = RandomisedPreference(features=plain, sigma=0.0)
    sure.fit(data)
    np.testing.assert_array_equal(sure.drawn, sure.mean)


@pytest.mark.parametrize("epsilon", [0.3, 0.6])
def test_questions_come_to_an_end_and_are_at_most_as_many_as_the_bound_says(epsilon):
    """Each question adds ‖x‖² > π ε² / 4 σ² to a sum that is at most 2 D log(1 + n L² / D λ) where that is below 1."""
    model, data = RandomisedPreference(features=plain, sigma=1.0, lam=4.0), pairs(1500, scale=0.3, seed=5)
    x, asked = data.obs.sum(2)[:, 0] - data.obs.sum(2)[:, 1], []
    for k in range(1500):
        one = data.rows(slice(k, k + 1))
        if model.asks(one, epsilon=epsilon)[0]:
            asked.append(k)
            with pytest.warns(UserWarning, match="all labels"):
                model.fit(one)
    least = min(1.0, np.pi * epsilon**2 / 4)
    bound = 2 * 3 * np.log1p(len(asked) * (x**2).sum(1).max() / (3 * 4.0)) / least
    assert 3 < len(asked) <= bound
    late = sum(k >= 750 for k in asked)
    assert late < 0.2 * (len(asked) - late)


def test_lessons_add_up_and_padding_teaches_nothing():
    data, batch = pairs(), steps(5, obs=np.random.default_rng(1).normal(size=(5, 3)))
    mask = np.random.default_rng(2).random(data.shape) < 0.7
    data = data.paying(data.reward, mask=mask)
    whole, parts = (RandomisedPreference(features=plain, sigma=0.0) for _ in range(2))
    log = whole.update(data)
    assert log["randomised_preference/pairs"] == 60
    parts.fit(data.rows(slice(30, None)))
    parts.fit(without(data, obs=np.where(mask[..., None], data.obs, 1e3)).rows(slice(0, 30)))
    np.testing.assert_allclose(parts(batch), whole(batch), atol=1e-8)


def test_laws_torch_and_memory():
    data, batch = pairs(), steps(8, obs=np.random.default_rng(1).normal(size=(8, 3)))
    a, b, c = (RandomisedPreference(features=plain) for _ in range(3))
    check_reward(c, batch)
    a.fit(data)
    b.fit(as_torch(data))
    check_reward(a, batch)
    np.testing.assert_allclose(b(as_torch(batch)).numpy(), a(batch), rtol=1e-10)
    c.load_state_dict(a.state_dict())
    np.testing.assert_array_equal(c(batch), a(batch))
    assert a.fit(pairs(seed=4)) == c.fit(pairs(seed=4)) and (c(batch) == a(batch)).all()
    assert a.update(batch) == {}
    with pytest.raises(BadCheckpoint):
        c.load_state_dict({"mean": np.zeros(3)})


def test_mistakes_are_named():
    for options in ({"sigma": -1.0}, {"lam": 0.0}):
        with pytest.raises(BadOption, match="RandomisedPreference"):
            RandomisedPreference(features=plain, **options)
    model, data = RandomisedPreference(features=plain), pairs(5)
    with pytest.raises(MissingColumn, match="label"):
        model.fit(without(data, info={}))
    with pytest.raises(BadBatch, match="NaN"):
        model.fit(without(data, obs=data.obs * np.nan))
    with pytest.raises(BadBatch, match="features"):
        model(steps(2, obs=np.zeros((2, 4))))
    with pytest.raises(BadBatch, match="features"):
        RandomisedPreference(features=lambda b: b.reward)(steps(2))
