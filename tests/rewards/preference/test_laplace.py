"""The Laplace posterior against automatic Hessians, and against the exact posterior by sums over a fine grid."""

import numpy as np
import pytest
import torch
from scipy.special import expit
from steps import as_torch, without

from rewardlab.core.errors import BadOption
from rewardlab.rewards import LaplaceBradleyTerry, vector_items
from rewardlab.rewards.preference.networks import CNN, Recurrent

WEIGHT = np.array([1.0, -0.7])


def pairs(count, d=2, *, seed=0, worth=None):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 2, d))
    gap = (x[:, 0] - x[:, 1]) @ (WEIGHT[:d] if worth is None else worth)
    return vector_items(x, label=(rng.random(count) < expit(gap)) * 1.0)


def fitted(items, **options):
    model = LaplaceBradleyTerry(hidden=(), **options)
    model.fit(items, epochs=1)
    return model


def posterior(model, items, prior):
    """Grid [G, D], and the exact posterior weights [G] of the features that count (the last, steps, never does)."""
    d, y = model.differences(items)[0].numpy(), items.info["label"]
    assert (d[:, -1] == 0).all()
    size = d.shape[1] - 1
    axes = np.meshgrid(*[np.linspace(-4, 4, 4001 if size == 1 else 161)] * size, indexing="ij")
    grid = np.stack([a.ravel() for a in axes], -1)
    gap = d[:, :-1] @ grid.T  # [P, G]
    log = (y[:, None] * gap - np.logaddexp(0, gap)).sum(0) - 0.5 * prior * (grid**2).sum(-1)
    weight = np.exp(log - log.max())
    return grid, weight / weight.sum()


def test_it_stands_at_the_mode_and_its_precision_is_the_hessian():
    items, prior = pairs(80), 2.5
    model = LaplaceBradleyTerry(hidden=(5,), members=2, prior=prior)
    model.fit(items, epochs=2)
    d, y = model.differences(items), torch.as_tensor(items.info["label"])

    def energy(w, k):
        gap = d[k] @ w
        return torch.nn.functional.binary_cross_entropy_with_logits(gap, y, reduction="sum") + prior / 2 * (w @ w)

    for k in range(2):
        w = model._weights()[k]
        slope = torch.autograd.functional.jacobian(lambda w, k=k: energy(w, k), w)
        hessian = torch.autograd.functional.hessian(lambda w, k=k: energy(w, k), w)
        assert float(slope.abs().max()) < 1e-4  # the weights are kept as float32
        np.testing.assert_allclose(model._covariance[k], torch.linalg.inv(hessian), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("d", [1, 2])
def test_it_is_the_exact_posterior_where_that_can_be_summed(d):
    items, test = pairs(300, d), pairs(50, d, seed=1)
    model = fitted(items, prior=1.0)
    grid, weight = posterior(model, items, 1.0)
    mean = weight @ grid
    covariance = (grid - mean).T @ ((grid - mean) * weight[:, None])
    deviation = np.sqrt(np.diag(covariance))
    assert (np.abs(model._weights()[0, :-1].numpy() - mean) < 0.25 * deviation).all()  # mode and mean: skewed a little
    np.testing.assert_allclose(
        model._covariance[0, :-1, :-1].numpy(), covariance, rtol=0.1, atol=0.05 * deviation.min() ** 2
    )
    gaps = model.differences(test)[0, :, :-1].numpy() @ grid.T
    np.testing.assert_allclose(model.predictive(test), expit(gaps) @ weight, atol=0.01)


def test_what_no_comparison_tells_stays_as_the_prior_has_it():
    model = fitted(pairs(100), prior=4.0)
    np.testing.assert_allclose(model._covariance[0, -1], [0, 0, 0.25], atol=1e-12)  # a constant cancels in pairs
    assert model.uncertainty(vector_items(np.zeros((1, 1, 2)))).item() < 0.3


def test_intervals_cover_the_truth_as_often_as_they_say():
    test, covered = pairs(1, seed=10**6), []
    truth = float((test.obs[0, 0, 0] - test.obs[0, 1, 0]) @ WEIGHT)
    for seed in range(150):
        mean, variance = fitted(pairs(60, seed=seed), prior=0.05).gaps(test)
        covered.append(abs(mean[0, 0] - truth) < 1.645 * np.sqrt(variance[0, 0]))
    assert abs(np.mean(covered) - 0.9) < 4 * np.sqrt(0.09 / 150)  # four standard errors


def test_four_times_the_pairs_halve_the_doubt_and_the_far_is_doubted_more():
    near, far = (vector_items(np.array([[[1.0, 0.0], [0.0, 0.0]]]) * s) for s in (0.5, 2.0))
    doubts = [[np.sqrt(fitted(pairs(n, seed=3)).gaps(x)[1][0, 0]) for x in (near, far)] for n in (2000, 8000)]
    assert doubts[0][0] / doubts[1][0] == pytest.approx(2, rel=0.1)
    assert doubts[1][1] / doubts[1][0] == pytest.approx(4, rel=0.01)  # linear in the gap of features
    model = fitted(pairs(100))
    near, far = (model.uncertainty(vector_items(np.full((1, 1, 2), s))).item() for s in (0.0, 2.0))
    assert far > 3 * near


def test_draws_are_those_of_the_posterior():
    items = pairs(100)
    model, test = fitted(items, draws=4000), pairs(6, seed=2)
    mean, variance = model.gaps(test)
    z = np.log((p := model.probabilities(test)) / (1 - p))
    assert p.shape == (4000, 6)
    assert (np.abs(z.mean(0) - mean[0]) < 4 * np.sqrt(variance[0] / 4000)).all()
    np.testing.assert_allclose(z.var(0), variance[0], rtol=4 * np.sqrt(2 / 4000))
    np.testing.assert_allclose(p.mean(0), model.predictive(test), atol=4 * 0.5 / np.sqrt(4000))
    assert (model.probabilities(test) == p).all()  # the same draws each time


def test_padded_steps_do_not_count():
    items = pairs(60)
    longer = items.map(lambda v: np.repeat(v, 2, 2) if v.ndim > 2 else v)
    obs, mask = longer.obs.copy(), np.ones((60, 2, 2), dtype=bool)
    obs[:, :, 1], mask[:, :, 1] = 9.0, False
    padded = without(longer, obs=obs).paying(longer.reward, mask=mask)
    np.testing.assert_allclose(fitted(padded)._covariance, fitted(items)._covariance, rtol=1e-5, atol=1e-9)


def test_pictures_torch_and_state():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2, 18))
    items = vector_items(x, label=(x[:, 0, 0] > x[:, 1, 0]) * 1.0)
    model = LaplaceBradleyTerry(trunk=CNN((3, 3, 2), (4,), 6))
    model.fit(items, epochs=2)
    assert model.uncertainty(items).shape == (40, 2, 1) and (model.uncertainty(items) > 0).all()
    np.testing.assert_allclose(model.uncertainty(as_torch(items)).numpy(), model.uncertainty(items), rtol=1e-4)
    other = LaplaceBradleyTerry(trunk=CNN((3, 3, 2), (4,), 6))
    other.load_state_dict(model.state_dict())
    assert (other.uncertainty(items) == model.uncertainty(items)).all()
    assert other.fit(items, epochs=1)[0]["loss"] == model.fit(items, epochs=1)[0]["loss"]


def test_mistakes_are_named():
    for options in ({"prior": 0.0}, {"prior": np.nan}, {"draws": 0}, {"trunk": Recurrent()}):
        with pytest.raises(BadOption, match="LaplaceBradleyTerry"):
            LaplaceBradleyTerry(**options)
