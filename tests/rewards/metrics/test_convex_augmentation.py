"""Vertices of the hull of variants."""

import numpy as np
import pytest
from scipy.optimize import linprog

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import hull_vertices, principal_components


def mixture(points, kept, target):
    """Whether `target` is a convex combination of the kept points."""
    a = np.vstack([points[kept].T, np.ones(len(kept))])
    return linprog(np.zeros(len(kept)), A_eq=a, b_eq=np.append(target, 1.0), method="highs").status == 0


@pytest.mark.parametrize("seed", range(8))
def test_every_variant_is_a_mixture_of_the_kept_ones_and_no_kept_one_of_the_others(seed):
    rng = np.random.default_rng(seed)
    e = rng.normal(size=(rng.integers(4, 15), 6))
    points, kept = principal_components(e), hull_vertices(e)
    assert all(mixture(points, kept, p) for p in points)
    assert not any(mixture(points, np.setdiff1d(kept, [v]), points[v]) for v in kept)


def test_the_inside_of_a_square_is_dropped():
    square = np.array([[0, 0, 5.0], [1, 0, 5], [0.5, 0.4, 5], [1, 1, 5], [0, 1, 5], [0.2, 0.9, 5]])
    np.testing.assert_array_equal(hull_vertices(square), [0, 1, 3, 4])


def test_lines_points_and_copies():
    line = np.outer([0.0, 3.0, 1.0, -1.0], [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(hull_vertices(line), [1, 3])
    np.testing.assert_array_equal(hull_vertices(np.ones((4, 3))), [0])
    np.testing.assert_array_equal(hull_vertices(np.ones((1, 3))), [0])
    np.testing.assert_array_equal(hull_vertices(line, dimensions=1), [1, 3])


def test_the_projection_keeps_most_of_the_spread():
    rng = np.random.default_rng(0)
    e = rng.normal(size=(200, 4)) * [5, 3, 0.1, 0.1]
    np.testing.assert_allclose(principal_components(e).var(0).sum(), e.var(0).sum(), rtol=0.01)


def test_senseless_input_is_refused():
    for bad in (np.zeros((0, 3)), np.ones(3), np.full((2, 2), np.nan)):
        with pytest.raises(BadBatch, match="embeddings"):
            hull_vertices(bad)
    with pytest.raises(BadOption, match="dimensions"):
        hull_vertices(np.ones((2, 2)), dimensions=0)
