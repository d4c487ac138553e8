import numpy as np
import pytest
import torch
from judged import WEIGHT, vectors
from scipy.stats import mannwhitneyu

from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.rewards import (
    BradleyTerry,
    adaptive_margins,
    flip_weakest,
    preference_gap,
    preference_strength,
    soften_labels,
    vector_items,
)
from rewardlab.rewards.preference.likelihoods import logistic_logs, margin_loss, pair_loss

X = 2 * vectors(1500, 2)
GAP = (X[:, 0] - X[:, 1]) @ WEIGHT
CLEAN = (GAP > 0) * 1.0
WRONG = np.random.default_rng(0).random(1500) < 0.2
NOISY = vector_items(X, label=np.where(WRONG, 1 - CLEAN, CLEAN))
LINEAR = {"hidden": (), "weight_decay": 0.0, "lr": 0.03, "batch_size": 1500, "action": False}


def agrees(pairs, truth=CLEAN):
    return ((pairs.info["label"] > 0.5) == (truth > 0.5)).mean()


def test_a_fitted_ensemble_finds_wrong_labels_and_flipping_the_weakest_mends_them():
    model = BradleyTerry(members=10, error=0.0, **LINEAR)
    model.fit(NOISY, epochs=60)
    gap, deviation = preference_gap(model, NOISY)
    mu = preference_strength(NOISY, gap)
    clear = np.abs(GAP) > 1
    auc = mannwhitneyu(-mu[clear & WRONG], -mu[clear & ~WRONG]).statistic
    assert auc / (clear & WRONG).sum() / (clear & ~WRONG).sum() > 0.97
    assert WRONG[np.argsort(mu)[:150]].mean() > 0.95  # the lowest tenth is nearly all wrong
    assert agrees(flip_weakest(NOISY, gap)) > agrees(NOISY) + 0.09
    rng = np.random.default_rng(1)
    assert agrees(flip_weakest(NOISY, rng.normal(size=1500))) < agrees(NOISY) - 0.03  # a tenth at random spoils labels
    assert deviation.shape == (1500,) and (deviation > 0).all() and deviation.mean() < np.abs(gap).mean() / 5


def test_the_true_gap_mends_every_label_exactly():
    share = WRONG.mean()
    mended = flip_weakest(NOISY, GAP, fraction=share)
    np.testing.assert_array_equal(mended.info["label"], CLEAN)
    assert (preference_strength(mended, GAP) >= 0).all()
    assert agrees(flip_weakest(NOISY, GAP, fraction=0.0)) == agrees(NOISY)
    np.testing.assert_array_equal(flip_weakest(NOISY, GAP, fraction=1.0).info["label"], 1 - NOISY.info["label"])


def test_the_best_gap_of_a_soft_label_is_its_log_odds():
    soft = soften_labels(NOISY, GAP, fraction=1.0).info["label"]
    np.testing.assert_allclose(np.log(soft / (1 - soft)), GAP, rtol=1e-6)  # σ(d) = p, whatever the label was
    d = torch.tensor(GAP, requires_grad=True)
    loss = pair_loss(logistic_logs(torch.stack([d, torch.zeros_like(d)], -1)), torch.as_tensor(soft)).sum()
    np.testing.assert_allclose(torch.autograd.grad(loss, d)[0].numpy(), 0, atol=1e-12)


def test_only_what_is_nearly_alike_is_softened():
    soft = soften_labels(NOISY, GAP, fraction=0.2).info["label"]
    changed = soft != NOISY.info["label"]
    assert changed.sum() == 300 and np.abs(GAP[changed]).max() < np.abs(GAP[~changed]).min()


def test_margins_are_strengths_above_zero_and_a_margin_of_zero_is_the_plain_loss():
    margin = adaptive_margins(NOISY, GAP).info["strength"]
    np.testing.assert_allclose(margin, np.where(WRONG, 0, np.abs(GAP)))
    scores = X @ WEIGHT
    label = NOISY.info["label"]
    plain, found = pair_loss(logistic_logs(scores), label), margin_loss(scores, label, margin)
    np.testing.assert_array_equal(margin_loss(scores, label, 0 * margin), plain)
    np.testing.assert_allclose(found[WRONG], plain[WRONG])
    assert (found[~WRONG] > plain[~WRONG]).all()


def test_tensors_stay_tensors():
    pairs = NOISY.map(torch.as_tensor)
    for out in (flip_weakest(pairs, GAP), soften_labels(pairs, GAP)):
        assert isinstance(out.info["label"], torch.Tensor)
    assert isinstance(adaptive_margins(pairs, GAP).info["strength"], torch.Tensor)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match=r"fraction=1\.5"):
        flip_weakest(NOISY, GAP, fraction=1.5)
    with pytest.raises(BadOption, match="fraction=-1"):
        soften_labels(NOISY, GAP, fraction=-1)
    with pytest.raises(BadBatch, match=r"\(3,\)"):
        preference_strength(NOISY, np.zeros(3))
    with pytest.raises(MissingColumn, match="label"):
        preference_strength(vector_items(X), GAP)
