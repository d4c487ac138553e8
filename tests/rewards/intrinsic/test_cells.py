import numpy as np
import pytest

from rewardlab.core.errors import BadBatch
from rewardlab.rewards.intrinsic.cells import downscaled, grid


def test_a_grid_rounds_down_and_joins_the_parts():
    obs = {"x": np.array([[0.9, -0.1], [2.0, np.nan]]), "n": np.array([3, -3])}
    np.testing.assert_array_equal(grid(obs, (2,), 0.5), [[6.0, 1.0, -1.0], [-6.0, 4.0, np.nan]])
    with pytest.raises(BadBatch, match="text"):
        grid(np.array(["a"], dtype=object), (1,), 1.0)


def test_a_picture_becomes_the_mean_grey_of_its_areas_in_few_levels():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (2, 3, 20, 23, 3)).astype(np.uint8)
    small = downscaled(pictures, 4, 5, 8)
    assert small.shape == (2, 3, 4, 5)
    for i in range(4):
        for j in range(5):
            area = pictures[..., i * 20 // 4 : (i + 1) * 20 // 4, j * 23 // 5 : (j + 1) * 23 // 5, :]
            np.testing.assert_array_equal(small[..., i, j], area.astype(float).mean((-3, -2, -1)) * 8 // 256)
    assert downscaled(np.full((8, 11, 1), 255)).tolist() == [[7] * 11] * 8
    with pytest.raises(BadBatch, match="pictures of shape"):
        downscaled(np.zeros((4, 4, 3)))
