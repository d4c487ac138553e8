import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch
from rewardlab.rewards.preference.cutting import Origins, cut, like, origins, recording, segment_features


def listed(border, ended, length, *, stride=1, ends=False, short=True):
    """Segments by walking through every episode of every row."""
    found = set()
    for row in range(border.shape[1]):
        marks = np.flatnonzero(border[:, row]).tolist()
        begin = 0
        for last in [*marks, len(border) - 1]:
            size = last - begin + 1
            if size < 1:
                continue
            closed = border[last, row] and ended[last, row]
            if size < length and closed and short:
                found.add((begin, row, size))
            at = set(range(begin, last - length + 2, stride))
            if ends and size >= length:
                at.add(last - length + 1)
            found |= {(t, row, length) for t in at}
            begin = last + 1
    return found


@given(
    st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6), st.booleans(), st.booleans()
)  # fmt: skip
def test_origins_are_those_of_a_walk_through_the_episodes(seed, length, stride, ends, short):
    rng = np.random.default_rng(seed)
    border = rng.random((17, 2)) < 0.25
    ended = border & (rng.random((17, 2)) < 0.7)
    at = origins(border, ended, length, stride=stride, ends=ends, short=short)
    got = list(zip(*(x.tolist() for x in at), strict=True))
    assert set(got) == listed(border, ended, length, stride=stride, ends=ends, short=short)
    assert got == sorted(got) and len(set(got)) == len(got)


def test_padding_repeats_the_last_own_step_in_every_column():
    rng = np.random.default_rng(0)
    batch = steps((6, 1), obs={"a": rng.normal(size=(6, 1, 2)), "b": np.arange(6)[:, None]}, reward=rng.random((6, 1)))
    for b in (batch, as_torch(batch)):
        out = cut(b, Origins(np.array([1]), np.array([0]), np.array([2])), 4)
        assert out.obs["b"].tolist() == [[1, 2, 2, 2]] and out.info["mask"].tolist() == [[True, True, False, False]]
        assert (out.obs["a"][0, 2:] == out.obs["a"][0, 1]).all() and (out.reward[0, 1:] == out.reward[0, 1]).all()
        assert out.info["start"].tolist() == [[1, 0]]


def test_a_list_of_episodes_is_one_row_with_borders_where_they_end():
    parts = [steps(n, obs=np.arange(n) + 10 * k) for k, n in enumerate((3, 2))]
    joined, border, firsts = recording(parts, where="here")
    assert joined.obs[:, 0].tolist() == [0, 1, 2, 10, 11] and joined.shape == (5, 1)
    assert border[:, 0].tolist() == [False, False, True, False, True] and firsts.tolist() == [[0, 0], [3, 0]]


@pytest.mark.parametrize("bad", [steps(4), [], [steps((2, 2))], steps((0, 3))])
def test_other_axes_are_named(bad):
    with pytest.raises(BadBatch, match="here"):
        recording(bad, where="here")


def test_features_are_masked_means_of_all_numbers():
    obs = {"x": np.arange(8.0).reshape(1, 2, 4), "word": np.full((1, 2, 4), "a", dtype=object)}
    batch = steps((1, 2, 4), obs=obs, action=np.ones((1, 2, 4, 2)), mask=np.arange(4) < np.array([[[4], [2]]]))
    np.testing.assert_array_equal(segment_features(batch), [[[1.5, 1, 1], [4.5, 1, 1]]])
    batch.obs["x"][0, 1, 2:] = np.nan  # what is masked does not count, whatever it is
    assert np.isfinite(segment_features(batch)).all()


def test_arrays_become_those_of_the_other_kind():
    assert isinstance(like(np.ones(2), torch.ones(1)), torch.Tensor) and isinstance(
        like(np.ones(2), np.ones(1)), np.ndarray
    )
