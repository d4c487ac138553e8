import numpy as np
import pytest
import torch
from folks import opposed

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import PALA, VPL, BradleyTerry, WinChance, vector_items, win_chance
from rewardlab.rewards.preference.networks import Recurrent

ITEMS = opposed(10, users=4)
STEPS = vector_items(np.random.default_rng(1).normal(size=(60, 1, 3))).map(lambda x: x[:, 0, 0])


def fitted(model):
    model.fit(ITEMS, epochs=4)
    return model


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_its_mean_over_the_reference_is_a_half_whatever_the_scores(scale):
    r = scale * np.random.default_rng(0).normal(size=(5, 40)) ** 3 + 7
    chance = win_chance(r, r)
    np.testing.assert_allclose(chance.mean(-1), 0.5, atol=1e-12)
    assert ((chance > 0) & (chance < 1)).all()
    slow = [[np.mean([1 / (1 + np.exp(b - a)) for b in row]) for a in row] for row in r]
    np.testing.assert_allclose(chance, slow, atol=1e-12)
    np.testing.assert_allclose(win_chance(r + 3, r + 3), chance, atol=1e-9)  # no origin


def test_it_keeps_the_order():
    r = np.random.default_rng(0).normal(size=40)
    np.testing.assert_array_equal(np.argsort(win_chance(r, r[:7])), np.argsort(r))


MODELS = {
    "ensemble": lambda: fitted(BradleyTerry()),
    "VPL": lambda: fitted(VPL(z_dim=3, hidden=(8,))).for_user(ITEMS.rows(slice(0, 8))),
    "VPL, another": lambda: fitted(VPL(z_dim=3, hidden=(8,))).for_annotator(1),
    "PAL": lambda: fitted(PALA(annotators=4, hidden=(8,))).for_annotator(2),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_model_of_comparisons_and_every_person_is_on_the_same_scale(name):
    reward = WinChance(MODELS[name](), STEPS)
    paid = reward(STEPS)
    assert isinstance(paid, np.ndarray) and paid.shape == (60,)
    assert paid.mean() == pytest.approx(0.5, abs=1e-6) and 0 < paid.min() < paid.max() < 1


def test_an_ensemble_is_the_mean_of_its_members_chances():
    model = fitted(BradleyTerry())
    r = model.segment_scores(vector_items(STEPS.obs[:, None])).numpy()[..., 0].astype(np.float64)  # [K, 60]
    np.testing.assert_allclose(WinChance(model, STEPS)(STEPS), win_chance(r, r).mean(0), atol=1e-6)


def test_library_of_the_batch_and_of_the_reference_may_differ():
    model, there = fitted(BradleyTerry()), STEPS.map(torch.as_tensor)
    expected = WinChance(model, STEPS)(STEPS)
    assert isinstance(WinChance(model, there)(STEPS), np.ndarray)
    for reference in (STEPS, there):
        paid = WinChance(model, reference)(there)
        assert isinstance(paid, torch.Tensor)
        np.testing.assert_allclose(paid.numpy(), expected, atol=1e-6)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="remembers"):
        WinChance(BradleyTerry(trunk=Recurrent(4)), STEPS)
    for bad in (STEPS.rows(slice(0, 0)), ITEMS):
        with pytest.raises(BadBatch, match="reference"):
            WinChance(BradleyTerry(), bad)
