"""The variational posterior against what theory says of independent weights, and sums over a grid."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from rewardlab.core.errors import BadOption
from rewardlab.rewards import LaplaceBradleyTerry, VariationalBradleyTerry, vector_items
from rewardlab.rewards.preference.networks import MLP
from rewardlab.rewards.preference.variational import Drawn

LINEAR = {"hidden": (), "members": 32, "lr": 0.02, "batch_size": 1000, "action": False}


def pairs(count, mixing, *, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 2, len(mixing))) @ np.asarray(mixing)
    gap = (x[:, 0] - x[:, 1]) @ np.linspace(0.8, -0.5, len(mixing))
    return vector_items(x, label=(rng.random(count) < expit(gap)) * 1.0)


def fitted(items, epochs=350, **options):
    model = VariationalBradleyTerry(**LINEAR | options)
    model.fit(items, epochs=epochs)
    return model


def q(model):
    """Mean and deviation [in + 1] of a linear model's weights."""
    layer = model._fit.module[0]
    return layer.mean[:, 0].detach().numpy(), layer.log_deviation[:, 0].exp().detach().numpy()


def test_the_divergence_is_that_of_normal_laws():
    torch.manual_seed(0)
    layer = Drawn(2, 3, 2, 1.5)
    layer.log_deviation.data += torch.randn(4, 2)
    mine = torch.distributions.Normal(layer.mean, layer.log_deviation.exp())
    prior = torch.distributions.Normal(0.0, torch.tensor([1.5 / 3**0.5] * 3 + [1.5])[:, None].expand(4, 2))
    expected = torch.distributions.kl_divergence(mine, prior).sum()
    assert float(layer.divergence().detach()) == pytest.approx(float(expected.detach()), rel=1e-5)


def test_one_weight_has_its_exact_posterior_and_a_constant_keeps_its_prior():
    items = pairs(150, [[1.0]])
    model = fitted(items)
    d = model._norm(model.encoded(items))[..., 0, 0].numpy()
    g = np.linspace(-2, 6, 8001)
    gap = np.multiply.outer(d[:, 0] - d[:, 1], g)
    log = (items.info["label"][:, None] * gap - np.logaddexp(0, gap)).sum(0) - 0.5 * g**2
    weight = np.exp(log - log.max()) / np.exp(log - log.max()).sum()
    mean, deviation = weight @ g, np.sqrt(weight @ (g - weight @ g) ** 2)
    found, spread = q(model)
    assert abs(found[0] - mean) < 0.15 * deviation and spread[0] == pytest.approx(deviation, rel=0.1)
    assert abs(found[1]) < 0.05 and spread[1] == pytest.approx(1.0, rel=0.05)  # it cancels in pairs: nothing is learned


def test_independent_weights_are_too_sure_just_as_theory_says():
    """Of a normal posterior with precision Λ, the nearest q has variances 1/Λ_ii, below those of Λ⁻¹."""
    items = pairs(400, [[1.0, 0.9], [0.0, 0.44]])  # features that go together
    found = q(fitted(items))[1][:2]
    exact = LaplaceBradleyTerry(hidden=(), prior=2.0)  # the prior's deviation is 1/√2 for two inputs
    exact.fit(items, epochs=1)
    covariance = exact._covariance[0, :2, :2].numpy()
    np.testing.assert_allclose(found, 1 / np.sqrt(np.diag(np.linalg.inv(covariance))), rtol=0.1)
    assert (found < 0.7 * np.sqrt(np.diag(covariance))).all()


def test_members_are_draws_and_stay_the_same():
    items = pairs(60, np.eye(2))
    model = fitted(items, epochs=2, members=4000)
    found, spread = q(model)
    layer = model._fit.module[0]
    draws = (layer.mean + layer.log_deviation.exp() * layer.noise)[..., 0].detach().numpy()
    assert (np.abs(draws.mean(0) - found) < 4 * spread / np.sqrt(4000)).all()
    np.testing.assert_allclose(draws.std(0), spread, rtol=4 / np.sqrt(8000))
    assert model.probabilities(items).shape == (4000, 60)
    assert (model.probabilities(items) == model.probabilities(items)).all()


def test_layers_learn_what_no_linear_score_can():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 2, 2))
    items = vector_items(x, label=((x[:, 0, 0] * x[:, 0, 1]) > (x[:, 1, 0] * x[:, 1, 1])) * 1.0)
    model = VariationalBradleyTerry(hidden=(32,), lr=1e-2, prior=2.0, action=False)
    model.fit(items.rows(slice(0, 400)), epochs=60)
    test = items.rows(slice(400, 600))
    assert ((model.probabilities(test).mean(0) > 0.5) == (test.info["label"] > 0.5)).mean() > 0.85
    near, far = (vector_items(s * np.ones((1, 1, 2))) for s in (0.3, 4.0))
    assert model.uncertainty(far).item() > 1.5 * model.uncertainty(near).item()


def test_a_seed_decides_and_what_is_loaded_goes_on():
    items, before = pairs(60, np.eye(2)), torch.get_rng_state()
    a, b, c = (VariationalBradleyTerry(seed=s) for s in (1, 1, 2))
    for model in (a, b, c):
        model.fit(items, epochs=2)
    assert (torch.get_rng_state() == before).all()
    assert (a(items) == b(items)).all() and (a(items) != c(items)).any()
    other = VariationalBradleyTerry(seed=1)
    other.load_state_dict(a.state_dict())
    assert other.fit(items, epochs=1)[0]["loss"] == b.fit(items, epochs=1)[0]["loss"]
    assert (other(items) == b(items)).all()


def test_mistakes_are_named():
    for options in ({"prior": 0.0}, {"trunk": MLP()}):
        with pytest.raises(BadOption, match="VariationalBradleyTerry"):
            VariationalBradleyTerry(**options)
