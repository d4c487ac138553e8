import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.rewards.intrinsic.embeddings import EpisodePoints


def brute(memory, x, k, size):
    out = np.full((len(x), k), np.inf)
    for i, (points, at) in enumerate(zip(memory, x, strict=True)):
        d = sorted(float(((p - at) ** 2).sum()) for p in points[-size:])[:k]
        out[i, : len(d)] = d
    return out


@pytest.mark.parametrize("size", [1, 7, 100])
def test_the_nearest_are_those_of_a_search_through_all_and_the_oldest_makes_room(size):
    rng, points, plain = np.random.default_rng(0), EpisodePoints(size, where="test"), [[] for _ in range(4)]
    points.reset(np.ones(4, dtype=bool))
    for t in range(60):
        x = rng.normal(size=(4, 3)).astype(np.float32)
        near = np.sort(points.nearest(x, 5), axis=1)
        np.testing.assert_allclose(near, brute(plain, x, 5, size), rtol=1e-5)
        rows = np.flatnonzero(rng.random(4) < 0.8)
        points.enter(x[rows], rows)
        for i in rows:
            plain[i].append(x[i])
        begun = (np.arange(4) == t % 4) & (t % 20 == 19)
        points.reset(begun)
        plain = [[] if b else p for p, b in zip(plain, begun, strict=True)]
    other = EpisodePoints(size, where="test")
    other.load_state_dict(points.state_dict())
    np.testing.assert_array_equal(other.nearest(x, 5), points.nearest(x, 5))
    assert points.state_dict()["points"].shape[0] <= size


def test_other_rows_strange_states_and_sizes_are_refused():
    points = EpisodePoints(3, where="test")
    points.reset(np.ones(2, dtype=bool))
    with pytest.raises(BadBatch, match="4 rows"):
        points.check((4,))
    with pytest.raises(BadBatch, match="leading axes"):
        points.check((2, 2))
    with pytest.raises(BadCheckpoint, match="points of shape"):
        points.load_state_dict({"points": np.zeros((9, 1, 2)), "entered": np.zeros(2)})
    with pytest.raises(BadOption, match="size="):
        EpisodePoints(0, where="test")
