import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import BradleyTerry, Teacher, fragment, pair_segments, response_items, vector_items


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


@pytest.mark.parametrize("options", [{}, {"stride": 4}, {"stride": 4, "ends": True}, {"shortest": 2}, {"short": False}])
def test_fragments_hold_one_episode_and_say_where_they_began(options):
    rng = np.random.default_rng(1)
    batch = recording(rng.random((40, 3)) < 0.15)
    for b in (batch, as_torch(batch)):
        f = fragment(b, length=4, **options)
        obs, mask, start = (np.asarray(x) for x in (f.obs, f.info["mask"], f.info["start"]))
        assert (obs[:, :1, :2] == obs[..., :2]).all() and (obs[:, 0] == batch.obs[start[:, 0], start[:, 1]]).all()
        assert (np.diff(obs[..., 2], axis=-1)[mask[:, 1:]] == 1).all()
        if options.get("short") is False:
            assert mask.all()
        if "stride" in options and "ends" not in options:  # side by side: no step is in two of them
            seen = [tuple(o) for o in obs[mask]]
            assert len(seen) == len(set(seen))
    assert (fragment(batch, length=4, shortest=2).obs == fragment(batch, length=4, shortest=2).obs).all()


def test_pairs_of_fragments_are_rows_of_them():
    f = fragment(recording(np.zeros((9, 2))), length=3)
    pairs = f.rows(np.array([[0, 5], [2, 1]]))
    assert pairs.shape == (2, 2, 3) and pairs.info["mask"].shape == (2, 2, 3) and pairs.info["start"].shape == (2, 2, 2)
    assert (pairs.obs[1, 0] == f.obs[2]).all()


def test_listed_episodes_are_never_joined_and_starts_name_them():
    parts = [steps(n, obs=np.arange(n) + 100 * k, terminated=np.arange(n) == n - 1) for k, n in enumerate((5, 2, 4))]
    parts[2] = steps(4, obs=np.arange(4) + 200)  # cut off, and long enough
    f = fragment(parts, length=3)
    assert f.info["start"].tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [0, 2], [1, 2]]
    assert f.obs[:, 0].tolist() == [0, 1, 2, 100, 200, 201] and f.info["mask"].sum(-1).tolist() == [3, 3, 3, 2, 3, 3]


def test_drawn_lengths_are_even_and_tell_no_ends():
    batch = recording(np.random.default_rng(2).random((4000, 2)) < 0.05)
    f = fragment(batch, length=6, shortest=3, short=False)
    size = f.info["mask"].sum(-1)
    ends = np.take_along_axis(f.terminated, size[:, None] - 1, 1)[:, 0]
    table = np.array([[(ends & (size == s)).sum(), (size == s).sum()] for s in (3, 4, 5, 6)])
    share = table[:, 0] / table[:, 1]
    pooled = table[:, 0].sum() / table[:, 1].sum()
    error = np.sqrt(pooled * (1 - pooled) / table[:, 1])
    assert pooled > 0.04 and (np.abs(share - pooled) < 4 * error).all()  # four standard errors
    assert np.ptp(table[:, 1]) / table[:, 1].mean() < 0.25  # long ones fit in a little less often


@pytest.mark.parametrize("short", [True, False])
def test_lengths_give_labels_away_only_where_short_segments_are_asked_for(short):
    """Every step pays 1 and observations say nothing: only lengths could tell, as one that fell is shorter."""
    batch = steps((400, 4), terminated=np.random.default_rng(0).random((400, 4)) < 0.1)
    batch = batch.paying(np.ones((400, 4)) + 0.01 * np.random.default_rng(1).normal(size=(400, 4)))
    f = fragment(batch, length=8, short=short)
    pairs = f.rows(np.random.default_rng(2).integers(0, f.shape[0], (300, 2)))
    data = Teacher(Task()).labelled(pairs)
    model = BradleyTerry(members=1, hidden=(8,), lr=1e-2, seed=0)
    model.fit(data, epochs=10)
    gap = np.abs(np.log(model.probabilities(pairs) / (1 - model.probabilities(pairs))))
    if short:
        told = gap[0] > 1e-3  # the pairs of unequal lengths, and there the label is plain
        right = (model.probabilities(pairs)[0] > 0.5) == (data.info["label"] > 0.5)
        assert 0.1 < told.mean() < 0.9 and right[told].mean() > 0.95
    else:
        assert gap.max() < 1e-5  # nothing to tell a pair by, whatever was learned


def test_mistakes_of_fragments_are_named():
    batch = recording(np.zeros((5, 2)))
    for options in ({"length": 0}, {"stride": 0}, {"shortest": 0}, {"length": 3, "shortest": 4}):
        with pytest.raises(BadOption, match="fragment"):
            fragment(batch, **options)
    with pytest.raises(BadBatch, match="no segment of 9 steps"):
        fragment(batch, length=9)
    with pytest.raises(BadBatch, match="axes"):
        fragment(steps(5))


def test_responses_stand_beside_their_prompt():
    prompts, responses = np.arange(6.0).reshape(3, 2), np.arange(36.0).reshape(3, 4, 3)
    items = response_items(prompts, responses, label=np.ones(3))
    assert items.shape == (3, 4, 1) and items.obs.shape == (3, 4, 1, 2)
    np.testing.assert_array_equal(items.obs[2, :, 0], np.tile(prompts[2], (4, 1)))
    np.testing.assert_array_equal(items.action[:, :, 0], responses)
    with pytest.raises(BadBatch, match="prompts"):
        response_items(prompts[:2], responses)
