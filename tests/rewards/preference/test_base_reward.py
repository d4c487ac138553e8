"""BaseReward: what two layers tell and one cannot, what the regularisers break, and calibration."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from rewardlab.core.errors import BadOption
from rewardlab.rewards import BaseReward, BradleyTerry, EnsembleMean, vector_items
from rewardlab.rewards.preference.networks import MLP, Recurrent

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def exclusive(count, *, seed=0, noise=0.05):
    """Balanced pairs in which the one whose two bits differ is better."""
    rng = np.random.default_rng(seed)
    unlike, alike = CORNERS[[1, 2]][np.arange(count) % 2], CORNERS[[0, 3]][np.arange(count) // 2 % 2]
    label = np.arange(count) // 4 % 2 * 1.0
    x = np.where(label[:, None, None] == 1, np.stack([unlike, alike], 1), np.stack([alike, unlike], 1))
    return vector_items(
        np.concatenate([x + noise * rng.normal(size=x.shape), rng.normal(size=(count, 2, 6))], -1), label=label
    )


def accuracy(model, test):
    scores = model.segment_scores(test).mean(0)
    return float((((scores[:, 0] > scores[:, 1]).numpy()) == (test.info["label"] > 0.5)).mean())


def test_two_layers_tell_an_exclusive_or_and_a_linear_head_cannot():
    train, test = exclusive(800), exclusive(800, seed=1)
    head = BaseReward(lr=1e-2, members=2)
    head.fit(train, epochs=20)
    linear = BradleyTerry(hidden=(), action=False, lr=1e-2, error=0.0)
    linear.fit(train, epochs=20)
    assert accuracy(head, test) >= 0.95
    assert accuracy(linear, test) == pytest.approx(0.5, abs=0.05)


def test_no_linear_head_whatever_its_weights_does_better_than_a_coin():
    items = exclusive(8, noise=0.0)
    gap = (items.obs[:, 0, 0] - items.obs[:, 1, 0])[:, :2]  # of the two bits
    side = items.info["label"] * 2 - 1
    for w in np.random.default_rng(0).normal(size=(200, 2)):
        assert (np.sign(gap @ w) == side).mean() <= 0.5 + 1e-12


def test_a_constant_of_each_pair_matters_to_the_regulariser_alone():
    rng = np.random.default_rng(0)
    scores = torch.as_tensor(rng.normal(size=(2, 30, 2)))
    shifted = scores + torch.as_tensor(rng.normal(size=(30, 1)) * 3)
    info = {"label": torch.as_tensor(rng.integers(0, 2, 30).astype(float))}
    plain, drawn = BaseReward(), BaseReward(zero=0.01)
    torch.testing.assert_close(plain.losses(shifted, info), plain.losses(scores, info))
    gap = drawn.losses(shifted, info) - drawn.losses(scores, info)
    torch.testing.assert_close(gap, 0.01 * (shifted.sum(-1) ** 2 - scores.sum(-1) ** 2))
    assert float(gap.abs().min()) > 0


def test_zero_centring_centres():
    items = exclusive(400)
    centred = BaseReward(zero=0.1, lr=1e-2)
    centred.fit(items, epochs=20)
    assert abs(float(centred.segment_scores(items).mean())) < 0.1


def test_scores_per_step():
    scores, label = torch.tensor([[[6.0, 4.0]]]), torch.tensor([1.0])
    mask = torch.tensor([[[1, 1, 1], [1, 0, 0]]])
    for info in ({"mask": mask}, {"length": torch.tensor([[3, 1]])}):
        loss = float(BaseReward(per_step=1.0).losses(scores, {"label": label, **info}))
        assert loss == pytest.approx(-np.log(expit(6 / 3 - 4)), rel=1e-5)
    assert float(BaseReward(per_step=1.0).losses(scores, {"label": label})) == pytest.approx(
        -np.log(expit(2)), rel=1e-5
    )


def test_it_is_calibrated_against_known_probabilities():
    rng = np.random.default_rng(0)

    def drawn(count):
        x = rng.normal(size=(count, 2, 3))
        worth = 1.5 * np.tanh(x[..., 0]) + x[..., 1] * x[..., 2]
        chance = expit(worth[:, 0] - worth[:, 1])
        return vector_items(x, label=(rng.random(count) < chance) * 1.0), chance

    (train, _), (test, truth) = drawn(8000), drawn(4000)
    model = BaseReward(width=24, lr=1e-2, members=2, batch_size=256)
    model.fit(train, epochs=15)
    said = model.probabilities(test).mean(0)
    bins = np.minimum((said * 10).astype(int), 9)
    error = sum(np.abs(said[bins == b].mean() - truth[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins))
    assert error <= 0.03


def test_the_mean_of_heads_is_better_than_a_head():
    test, heads = exclusive(800, seed=1), []
    for seed in range(4):
        heads.append(BaseReward(seed=seed, lr=1e-2))
        heads[-1].fit(exclusive(200, seed=seed + 2, noise=0.3), epochs=15)
    mean = EnsembleMean(tuple(heads))(test)[..., 0]
    hits = ((mean[:, 0] > mean[:, 1]) == (test.info["label"] > 0.5)).mean()
    assert hits > np.mean([accuracy(h, test) for h in heads]) + 0.02


def test_the_head_has_two_layers_as_wide_as_the_features_and_trunks_replace_it():
    items = exclusive(20)
    model, wide = BaseReward(), BaseReward(width=5)
    for m in (model, wide, trunk := BaseReward(trunk=MLP(()))):
        m.fit(items, epochs=1)
    shapes = [[tuple(p.shape) for p in m._fit.module.parameters()][::2] for m in (model, wide, trunk)]
    assert shapes == [[(1, 8, 8), (1, 8, 1)], [(1, 8, 5), (1, 5, 1)], [(1, 8, 1)]]
    assert BaseReward(trunk=Recurrent()).memory


def test_mistakes_are_named():
    for options in ({"width": 0}, {"zero": -1.0}, {"per_step": np.nan}):
        with pytest.raises(BadOption, match="BaseReward"):
            BaseReward(**options)
