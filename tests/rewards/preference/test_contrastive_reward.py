import numpy as np
import pytest
import torch
from judged import WEIGHT, vectors

from rewardlab.core.errors import BadOption
from rewardlab.rewards import BradleyTerry, ContrastiveReward, vector_items
from rewardlab.rewards.preference.contrastive_reward import info_nce
from rewardlab.rewards.preference.networks import MLP

X = vectors(200, 2)
PAIRS = vector_items(X, label=((X[:, 0] - X[:, 1]) @ WEIGHT > 0) * 1.0)
OPTIONS = {"hidden": (16,), "action": False}


def test_the_contrast_is_the_cross_entropy_of_cosines():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 3))
    found = info_nce(torch.as_tensor(a), torch.as_tensor(b), 0.3).numpy()
    for k in range(2):
        for i in range(5):
            cosines = [a[k, i] @ v / np.linalg.norm(a[k, i]) / np.linalg.norm(v) for v in b[k]]
            odds = np.exp(np.array(cosines) / 0.3)
            assert found[k, i] == pytest.approx(-np.log(odds[i] / odds.sum()))
    alike = torch.ones(1, 4, 3)
    torch.testing.assert_close(info_nce(alike, alike, 0.05), torch.full((1, 4), float(np.log(4))))
    apart = torch.eye(4)[None]
    assert (info_nce(apart, apart, 0.05) < 1e-7).all()
    torch.testing.assert_close(
        info_nce(7 * apart, apart, 0.3), info_nce(apart, 0.1 * apart, 0.3)
    )  # lengths say nothing


def test_without_contrast_it_is_bradley_terry_to_the_bit():
    ours, plain = ContrastiveReward(contrast=0.0, **OPTIONS), BradleyTerry(error=0.0, **OPTIONS)
    ours.fit(PAIRS, epochs=3)
    plain.fit(PAIRS, epochs=3)
    np.testing.assert_array_equal(ours(PAIRS), plain(PAIRS))


@pytest.mark.parametrize("difference", [False, True])
def test_contrasts_make_features_more_unlike_and_keep_the_preferences(difference):
    losses = {}
    for b in (0.0, 0.3):
        model = ContrastiveReward(contrast=b, difference=difference, dropout=0.3, lr=3e-3, **OPTIONS)
        model.fit(PAIRS, epochs=20)
        g = torch.Generator().manual_seed(0)
        x = model.encoded(PAIRS)
        with torch.no_grad():
            views = [model.views(x, None, g) for _ in range(2)]
        assert views[0].shape == ((3, 200, 16) if difference else (3, 200, 2, 16))
        flat = [v.reshape(3, -1, 16) for v in views]
        losses[b] = float(info_nce(flat[0], flat[1], 0.05).mean())
        assert ((model.probabilities(PAIRS).mean(0) > 0.5) == (PAIRS.info["label"] > 0.5)).mean() > 0.9
    assert losses[0.3] < losses[0.0] - 0.3


def test_padded_steps_are_not_in_the_views():
    x = torch.randn(2, 2, 3, 3, generator=torch.Generator().manual_seed(1))
    model = ContrastiveReward(**OPTIONS)
    model(vector_items(X))
    mask = torch.tensor([1, 1, 0]).expand(2, 2, 3)
    other = torch.where(mask[..., None] != 0, x, 99.0)
    seen = [model.views(a, mask, torch.Generator().manual_seed(0)) for a in (x, other)]
    torch.testing.assert_close(*seen)


def test_the_same_seed_gives_the_same_bits_and_leaves_torchs_generator_alone():
    before = torch.random.get_rng_state()
    models = [ContrastiveReward(seed=s, **OPTIONS) for s in (0, 0, 1)]
    for m in models:
        m.fit(PAIRS, epochs=2)
    np.testing.assert_array_equal(models[0](PAIRS), models[1](PAIRS))
    assert not np.allclose(models[0](PAIRS), models[2](PAIRS))
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"contrast": -1.0}, "contrast=-1.0"),
        ({"temperature": 0.0}, "temperature=0.0"),
        ({"dropout": 1.0}, "dropout=1.0"),
        ({"trunk": MLP()}, "trunk=MLP"),
        ({"hidden": ()}, r"hidden=\(\)"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        ContrastiveReward(**options)
