import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.rewards.language.vlm_rm import (
    VlmReward,
    choose_alpha,
    frame_column,
    next_picture,
    projected,
    similarity,
    unit,
)
from rewardlab.rewards.metrics.epic import epic_sampled


def vectors(n, seed=0, d=16):
    x = np.random.default_rng(seed).normal(size=(n, d))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


S, (G, B) = vectors(50), vectors(2, 1)


def colours(pictures):
    """Mean colours and their spread: an encoder of pictures and, by the letters, of texts."""
    if isinstance(pictures[0], str):
        return np.array([[t.count(c) + 0.5 for c in "rgbx"] for t in pictures])
    x = np.asarray(pictures).astype(float) / 255
    return np.concatenate([x.mean((1, 2)), x.std((1, 2, 3))[:, None] + 0.1], axis=1)


class Counting:
    """`colours`, and how it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, items):
        self.asked.append(("text" if isinstance(items[0], str) else "pictures", len(items)))
        return colours(items)


def steps(n, seed=0, make=np.asarray, **columns):
    rng = np.random.default_rng(seed)
    frame = rng.integers(0, 256, (n, 6, 6, 3)).astype(np.uint8)
    flags = np.zeros(n, dtype=bool)
    batch = Transitions(frame, flags * 0, np.zeros(n), frame[::-1].copy(), flags, flags, {"frame": frame, **columns})
    return batch.map(make)


# -- the formula -------------------------------------------------------------------------------------------------------


def test_at_alpha_0_it_is_the_similarity():
    np.testing.assert_allclose(projected(S, G, B, 0.0), similarity(S, G), atol=1e-12)
    np.testing.assert_allclose(similarity(S, G), S @ G, atol=1e-12)


def test_at_alpha_1_nothing_across_the_line_counts():
    way = G - B
    across = np.random.default_rng(2).normal(size=S.shape)
    across -= (across @ way / (way @ way))[:, None] * way
    np.testing.assert_allclose(projected(S + 3 * across, G, B, 1.0), projected(S, G, B, 1.0), atol=1e-10)
    assert np.abs(projected(S + across, G, B, 0.5) - projected(S, G, B, 0.5)).min() > 1e-3
    assert np.abs(projected(S + 0.1 * way, G, B, 1.0) - projected(S, G, B, 1.0)).mean() > 1e-2


def test_at_alpha_1_it_is_1_only_where_the_projection_is_the_goal():
    way, across = G - B, vectors(20, 3)
    across -= (across @ way / (way @ way))[:, None] * way
    np.testing.assert_allclose(projected(G + across, G, B, 1.0), 1.0, atol=1e-12)
    for share in (-0.5, -0.01, 0.01, 0.5):
        expected = 1 - 0.5 * share**2 * (way @ way)
        np.testing.assert_allclose(projected(G + share * way + across, G, B, 1.0), expected, atol=1e-12)
        assert expected < 1


@given(st.floats(0, 1), st.floats(0, 1))
def test_it_is_continuous_in_alpha_and_at_most_1(a, b):
    """|R_a − R_b| ≤ |a − b| ‖proj(s) − s‖ max ‖... − g‖, all lengths below 4 for unit vectors far from parallel."""
    one, other = projected(S, G, B, a), projected(S, G, B, b)
    assert (np.abs(one - other) <= 16 * abs(a - b) + 1e-12).all()
    assert (one <= 1 + 1e-12).all()


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_torch_and_arrays_agree_and_rows_may_have_any_axes(alpha):
    mine = projected(S, G, B, alpha)
    theirs = projected(torch.from_numpy(S), torch.from_numpy(G), torch.from_numpy(B), alpha)
    np.testing.assert_allclose(theirs.numpy(), mine, atol=1e-12)
    np.testing.assert_allclose(projected(S.reshape(5, 10, -1), G, B, alpha), mine.reshape(5, 10), atol=1e-12)


@pytest.mark.parametrize(("alpha", "baseline", "word"), [(-0.1, B, "alpha"), (1.1, B, "alpha"), (0.5, G, "baseline")])
def test_a_line_of_no_length_and_an_alpha_off_it_are_refused(alpha, baseline, word):
    with pytest.raises(BadOption, match=word):
        projected(S, G, baseline, alpha)


# -- the reward --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_it_pays_the_formula_of_what_was_encoded(alpha):
    batch = steps(9)
    reward = VlmReward(colours, "rr", "gb", alpha)
    s, (g, b) = unit(colours(batch.info["frame"]), 9), unit(colours(["rr", "gb"]), 2)
    np.testing.assert_allclose(reward(batch), projected(s, g, b, alpha), atol=1e-12)
    tensors = reward(steps(9, make=torch.as_tensor))
    assert isinstance(tensors, torch.Tensor)
    np.testing.assert_allclose(tensors.numpy(), reward(batch), atol=1e-12)
    rows = batch.map(lambda x: x.reshape(3, 3, *x.shape[1:]))
    np.testing.assert_array_equal(reward(rows), reward(batch).reshape(3, 3))


def test_pictures_come_from_where_the_view_says():
    batch = steps(5)
    np.testing.assert_array_equal(frame_column(batch), batch.info["frame"])
    np.testing.assert_array_equal(next_picture(batch), batch.next_obs)
    seen = VlmReward(colours, "r", view=next_picture)(batch)
    np.testing.assert_allclose(seen, VlmReward(colours, "r")(batch)[::-1], atol=1e-12)
    drawn = VlmReward(colours, "r", view=lambda b: 255 - b.info["frame"])(batch)
    assert np.abs(drawn - seen).max() > 1e-3


def test_each_picture_and_each_sentence_is_encoded_once_and_in_batches():
    embed = Counting()
    reward = VlmReward(embed, "r", "g", 0.5, batch=4)
    batch = steps(10)
    twice = batch.rows(np.arange(20) % 10)
    first = reward(twice)
    assert embed.asked == [("pictures", 4), ("pictures", 4), ("pictures", 2), ("text", 1), ("text", 1)]
    np.testing.assert_array_equal(first[:10], first[10:])
    np.testing.assert_array_equal(reward(batch), first[:10])
    np.testing.assert_array_equal(reward.with_alpha(0.5)(batch), first[:10])
    assert len(embed.asked) == 5
    assert reward.encoded == 10


def test_what_was_encoded_longest_ago_is_forgotten_first():
    embed = Counting()
    reward = VlmReward(embed, "r", kept=6)
    batch = steps(10)
    before = reward(batch)
    reward(batch.rows(slice(4, 10)))
    assert reward.encoded == 10
    np.testing.assert_array_equal(reward(batch.rows(slice(0, 4))), before[:4])
    assert reward.encoded == 14


def test_pickles_pay_the_same():
    reward, batch = VlmReward(colours, "r", "g", 0.25), steps(7)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(reward))(batch), reward(batch))


def test_pictures_that_are_none_are_refused():
    reward, batch = VlmReward(colours, "r"), steps(4)
    no_frame = Transitions(batch.obs, batch.action, batch.reward, batch.next_obs, batch.terminated, batch.truncated)
    with pytest.raises(MissingColumn, match="frame"):
        reward(no_frame)
    for wrong in (batch.info["frame"].astype(float), batch.info["frame"][:2], batch.info["frame"][..., 0]):
        with pytest.raises(BadBatch, match="pictures"):
            VlmReward(colours, "r", view=lambda _, w=wrong: w)(batch)
    for embed in (
        lambda x: np.zeros((len(x), 3)),
        lambda x: np.ones((len(x) + 1, 3)),
        lambda x: np.full((len(x), 2), np.nan),
    ):
        with pytest.raises(BadBatch, match="vector"):
            VlmReward(embed, "r")(batch)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"alpha": 1.5, "baseline": "g"}, "alpha"),
        ({"goal": " "}, "goal"),
        ({"alpha": 0.5}, "baseline"),
        ({"batch": 0}, "batch"),
        ({"kept": 0}, "kept"),
    ],
)
def test_options_that_cannot_be_are_refused(options, word):
    with pytest.raises(BadOption, match=word):
        VlmReward(**{"embed": colours, "goal": "r", **options})


# -- the distance to labels --------------------------------------------------------------------------------------------


def distance_to(labels, batch):
    return lambda r: epic_sampled(batch, r, labels, samples=batch, gamma=0.9)


def labelled(batch):
    """1 where the picture has more red than green and blue."""
    mean = batch.info["frame"].astype(float).mean((-3, -2))
    return 1.0 * (mean[..., 0] > mean[..., 1:].max(-1))


def pictures_of_next(batch):
    return batch.next_obs


def test_epic_is_blind_to_scale_and_offset_and_of_states_alone_it_is_pearsons_distance():
    rng = np.random.default_rng(0)
    tint = rng.uniform(0, 1, (80, 1, 1, 3))
    frame = (tint * rng.integers(100, 256, (80, 6, 6, 3))).astype(np.uint8)
    flags = np.zeros(80, dtype=bool)
    batch = Transitions(frame, flags * 0, np.zeros(80), frame, flags, flags, {})
    reward = VlmReward(colours, "rr", "gb", 0.5, view=pictures_of_next)

    def label(b):
        mean = b.next_obs.astype(float).mean((-3, -2))
        return 1.0 * (mean[..., 0] > mean[..., 1:].max(-1))

    def moved(b):
        return 3.0 * reward(b) + 7.0

    assert epic_sampled(batch, reward, moved, samples=batch, gamma=0.9) == pytest.approx(0.0, abs=1e-6)
    found = {a: distance_to(label, batch)(reward.with_alpha(a)) for a in (0.0, 0.5, 1.0)}
    for a, distance in found.items():
        rho = np.corrcoef(reward.with_alpha(a)(batch), label(batch))[0, 1]
        assert distance == pytest.approx(np.sqrt((1 - rho) / 2), abs=1e-9)
    chosen, tried = choose_alpha(reward, distance_to(label, batch), alphas=(0.0, 0.5, 1.0))
    assert tried == pytest.approx(found)
    assert chosen.alpha == min(found, key=found.get)


def test_of_equal_alphas_the_first_is_taken_and_none_is_refused():
    reward = VlmReward(colours, "r", "g")
    assert choose_alpha(reward, lambda r: 0.5, alphas=(0.75, 0.25))[0].alpha == 0.75
    with pytest.raises(BadOption, match="distances"):
        choose_alpha(reward, lambda r: 0.5, alphas=())
    with pytest.raises(BadOption, match="distances"):
        choose_alpha(reward, lambda r: float("nan"))
