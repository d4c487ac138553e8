import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import pair_segments, vector_items


def recording(done):
    """Steps [T, N] whose observation says (row, episode, time), and whose reward is 1 plus the episode."""
    done = np.asarray(done, dtype=bool)
    episode = np.concatenate([np.zeros((1, done.shape[1]), dtype=int), np.cumsum(done, 0)[:-1]])
    time, row = np.indices(done.shape)
    return steps(done.shape, obs=np.stack([row, episode, time], -1), reward=1.0 + episode, terminated=done)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_no_segment_crosses_a_border_and_the_mask_says_what_counts(seed, length):
    rng = np.random.default_rng(seed)
    batch = recording(rng.random((30, 3)) < 0.2)
    pairs = pair_segments(batch, pairs=20, length=length, seed=seed)
    obs, mask = pairs.obs, pairs.info["mask"]
    assert pairs.shape == (20, 2, length) and mask.dtype == bool and mask[..., 0].all()
    same = obs[..., :1, :2] == obs[..., :2]
    assert same.all()  # one row and one episode, padding included
    assert (np.diff(obs[..., 2], axis=-1)[mask[..., 1:]] == 1).all()  # steps follow each other
    assert (np.diff(mask.astype(int), axis=-1) <= 0).all()
    short = ~mask.all(-1)
    last = mask.sum(-1) - 1
    ends = np.take_along_axis(pairs.terminated, last[..., None], -1)[..., 0]
    assert ends[short].all()  # only episodes that ended by themselves are padded
    begins = obs[..., 0, 2]
    starts = np.array([[batch.obs[:, r][batch.obs[:, r, 1] == e][0, 2] for r, e in p] for p in obs[..., 0, :2]])
    assert (begins == starts)[short].all()  # and as a whole


def test_nothing_of_the_next_episode_leaks_into_a_short_one():
    done = np.zeros((8, 1))
    done[1], done[7] = 1, 1
    batch = recording(done)
    batch.reward[2:] = 1000.0  # the next episode is rich
    pairs = pair_segments(batch, pairs=50, length=4)
    short = ~pairs.info["mask"].all(-1)
    assert short.any()
    assert (pairs.reward[short] == 1.0).all() and (pairs.obs[short][..., 1] == 0).all()


def test_all_segments_are_drawn_about_equally_often_and_pairs_differ():
    pairs = pair_segments(recording(np.zeros((12, 2))), pairs=9000, length=3, seed=1)
    first = pairs.obs[:, :, 0]
    counts = np.unique(first[..., [0, 2]].reshape(-1, 2), axis=0, return_counts=True)[1]
    assert len(counts) == 20 and np.abs(counts / 900 - 1).max() < 0.2
    assert (first[:, 0] != first[:, 1]).any(-1).all()


def test_a_cut_off_end_is_left_out():
    done = np.zeros((7, 1))
    done[4] = 1  # steps 5 and 6 begin an episode that the recording cuts off
    pairs = pair_segments(recording(done), pairs=40, length=3)
    assert (pairs.obs[..., 1] == 0).all()


def test_a_seed_decides_and_torch_gives_the_same():
    batch = recording(np.random.default_rng(0).random((20, 2)) < 0.1)
    a, b, c = (pair_segments(batch, pairs=5, length=4, seed=s) for s in (0, 0, 1))
    assert (a.obs == b.obs).all() and (a.obs != c.obs).any()
    t = pair_segments(as_torch(batch), pairs=5, length=4)
    assert (t.obs.numpy() == a.obs).all() and (t.info["mask"].numpy() == a.info["mask"]).all()


def test_mistakes_are_named():
    with pytest.raises(BadBatch, match="no segment of 9 steps"):
        pair_segments(recording(np.zeros((5, 2))), pairs=1, length=9)
    with pytest.raises(BadBatch, match="axes"):
        pair_segments(steps(5), pairs=1)
    with pytest.raises(BadOption, match="pairs=0"):
        pair_segments(recording(np.zeros((5, 2))), pairs=0)


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_vectors_are_segments_of_one_step(kind):
    features = kind(np.arange(24.0).reshape(4, 3, 2))
    items = vector_items(features, rank=kind(np.zeros((4, 3))))
    assert items.shape == (4, 3, 1) and items.terminated.all() and not items.truncated.any()
    assert (items.obs[:, :, 0] == features).all() and tuple(items.action.shape) == (4, 3, 1, 0)
    with pytest.raises(BadBatch, match=r"features \(4, 3\)"):
        vector_items(features[..., 0])
