import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from steps import steps

from rewardlab.core.errors import BadBatch, MissingColumn
from rewardlab.rewards.preference.kernel import check_comparisons, preference_logit, preference_loss, segment_scores


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("error", [0.0, 0.1])
def test_loss_and_gradient_are_the_closed_forms(error):
    rng = np.random.default_rng(0)
    scores = torch.tensor(rng.normal(size=(6, 2, 5)), requires_grad=True)
    label = torch.tensor([1.0, 0.0, 0.5, 0.25, 1.0, 0.0], dtype=torch.float64)
    preference_loss(preference_logit(segment_scores(scores)), label, error=error).sum().backward()
    gap = np.diff(scores.detach().numpy().sum(-1))[:, 0] * -1
    p, y = (1 - error) * sigmoid(gap) + error / 2, label.numpy()
    slope = (p - y) / (p * (1 - p)) * (1 - error) * sigmoid(gap) * sigmoid(-gap)  # for error = 0 it is σ(gap) − y
    if error == 0:
        np.testing.assert_allclose(slope, sigmoid(gap) - y, rtol=1e-12)
    exact = slope[:, None, None] * np.array([1.0, -1.0])[:, None] * np.ones(5)
    np.testing.assert_allclose(scores.grad.numpy(), exact, rtol=1e-10, atol=1e-14)
    loss = preference_loss(gap, y, error=error)
    np.testing.assert_allclose(loss, -y * np.log(p) - (1 - y) * np.log(1 - p), rtol=1e-12)


@given(st.floats(-50, 50), st.integers(0, 2**32 - 1))
def test_a_constant_on_every_step_changes_nothing_for_segments_of_equal_length(shift, seed):
    rng = np.random.default_rng(seed)
    scores, label = rng.normal(size=(4, 2, 7)), rng.uniform(size=4)
    a, b = (preference_loss(preference_logit(segment_scores(s)), label) for s in (scores, scores + shift))
    np.testing.assert_allclose(a, b, atol=1e-9)


def test_swapping_the_segments_swaps_the_label():
    rng = np.random.default_rng(1)
    scores, label = rng.normal(size=(4, 2, 7)), rng.uniform(size=4)
    a = preference_loss(preference_logit(segment_scores(scores)), label, error=0.1)
    b = preference_loss(preference_logit(segment_scores(scores[:, ::-1])), 1 - label, error=0.1)
    np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("error", [0.0, 0.1])
def test_extreme_scores_have_finite_losses_and_gradients(error):
    for make in (np.array, lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True)):
        logit = make([-1e6, -800.0, 0.0, 800.0, 1e6])
        loss = preference_loss(logit, np.array([1.0] * 5) if make is np.array else torch.ones(5), error=error)
        if make is not np.array:
            loss.sum().backward()
            assert logit.grad.isfinite().all()
            loss = loss.detach().numpy()
        assert np.isfinite(loss).all() and (np.diff(loss) <= 0).all()
        if error:
            assert loss.max() == pytest.approx(-np.log(error / 2))  # a wrong label costs only so much


def test_padded_steps_add_nothing_whatever_they_hold():
    scores = np.ones((1, 2, 3))
    mask = np.array([[[1, 1, 0], [1, 0, 0]]], dtype=bool)
    scores[~mask] = np.nan
    assert segment_scores(scores, mask).tolist() == [[2.0, 1.0]]
    x = torch.tensor(scores, requires_grad=True)
    segment_scores(x, torch.tensor(mask)).sum().backward()
    assert (x.grad.numpy() == mask).all()


def comparisons(label):
    return steps((len(label), 2, 3)).paying(np.zeros((len(label), 2, 3)), label=np.array(label))


def test_labels_that_cannot_be_used_are_left_out_with_a_warning():
    with pytest.warns(UserWarning, match="3 of 5 labels"):
        left = check_comparisons(comparisons([1.0, np.nan, 0.0, 1.5, -0.1]), where="here")
    assert left.info["label"].tolist() == [1.0, 0.0] and left.shape == (2, 2, 3)


@pytest.mark.parametrize(
    ("label", "words"), [([], "nothing to learn"), ([0.5] * 3, "ties"), ([1.0] * 3, "all labels are 1")]
)
def test_sets_that_teach_little_are_warned_of(label, words):
    with pytest.warns(UserWarning, match=words):
        assert check_comparisons(comparisons(label), where="here").shape[0] == len(label)


def test_good_sets_pass_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_comparisons(comparisons([1, 0]), where="here")


def test_mistakes_are_named():
    with pytest.raises(MissingColumn, match="label"):
        check_comparisons(steps((2, 2, 3)), where="here")
    for bad in (steps((2, 3, 3)), steps((2, 2))):
        with pytest.raises(BadBatch, match="here"):
            check_comparisons(bad.paying(bad.reward, label=np.zeros(2)), where="here")
