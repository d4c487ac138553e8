"""Projections and least points against their definitions."""

import itertools

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.domains import DOMAINS, check_domain, least, least_point, one_hot, project

RNG = np.random.default_rng(0)


def points(domain, radius, n, d):
    """Random points of a domain."""
    x = RNG.normal(size=(n, d))
    if domain == "simplex":
        return RNG.dirichlet(np.ones(d), n)
    if domain == "box":
        return radius * np.tanh(x)
    return radius * x / np.linalg.norm(x, axis=1, keepdims=True) * RNG.random((n, 1))


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("d", [2, 5])
def test_the_projection_is_the_nearest_point(domain, d):
    radius = 1.0 if domain == "simplex" else 0.7
    x = 2.0 * RNG.normal(size=(200, d))
    p = project(x, domain, radius)
    np.testing.assert_allclose(project(p, domain, radius), p, atol=1e-12)  # it lies in the domain
    if domain == "simplex":
        np.testing.assert_allclose(p.sum(1), 1.0, atol=1e-12)
        assert (p >= 0).all()
    else:
        size = np.abs(p).max(1) if domain == "box" else np.linalg.norm(p, axis=1)
        assert size.max() <= radius + 1e-12
    # the law of nearest points of convex sets: (x − p) · (y − p) <= 0 for all y of the set
    y = points(domain, radius, 300, d)
    assert ((x - p)[:, None] * (y - p[:, None])).sum(2).max() <= 1e-9
    np.testing.assert_array_equal(project(x[7:8], domain, radius), p[7:8])
    np.testing.assert_allclose(project(torch.as_tensor(x), domain, radius).numpy(), p, atol=1e-12)


@pytest.mark.parametrize("domain", DOMAINS)
def test_least_points_are_least(domain):
    radius = 1.0 if domain == "simplex" else 2.0
    slope = RNG.normal(size=(100, 3))
    value, point = least(slope, domain, radius), least_point(slope, domain, radius)
    np.testing.assert_allclose((slope * point).sum(1), value, atol=1e-12)
    np.testing.assert_allclose(project(point, domain, radius), point, atol=1e-12)
    assert (slope @ points(domain, radius, 500, 3).T >= value[:, None] - 1e-12).all()
    if domain == "box":
        corners = radius * np.array(list(itertools.product((-1, 1), repeat=3)))
        np.testing.assert_allclose((slope @ corners.T).min(1), value, atol=1e-12)
    assert (least(np.zeros((1, 3)), domain, radius) == 0).all()


def test_one_hot_marks_one_place():
    np.testing.assert_array_equal(one_hot(np.array([2, 0]), np.zeros((2, 3))), [[0, 0, 1], [1, 0, 0]])
    assert one_hot(torch.tensor([1]), torch.zeros(1, 2, dtype=torch.float64)).dtype == torch.float64


def test_an_unknown_domain_is_named():
    with pytest.raises(BadOption, match=r"(?s)domain='simplx'.*simplex"):
        check_domain("simplx", "W")
