import numpy as np
import pytest
import torch
from scipy.special import expit

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards import SimpleDC, flesch_kincaid, vector_items
from rewardlab.rewards.preference.simple_dc import cosine

RNG = np.random.default_rng(0)
OPTIONS = {"hidden": (16,), "lr": 1e-2}


def corpus(count, seed=0):
    """Texts of four counts; the simple one has fewer long words, in either place of the pair."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 2, 4))
    label = rng.integers(0, 2, count) * 1.0
    x[np.arange(count), 1 - label.astype(int), 0] -= 2
    x[np.arange(count), label.astype(int), 0] += 2
    return vector_items(x, label=label)


def rewriting(x, y):
    n = len(x)
    none = np.zeros(n, dtype=bool)
    return Transitions(x, np.zeros((n, 0)), np.zeros(n), y, ~none, none)


def test_the_grade_of_one_short_word_is_the_lowest_there_is():
    assert flesch_kincaid(1, 1, 1) == pytest.approx(-3.4)  # 0.39 + 11.8 − 15.59
    words, sentences, syllables = RNG.integers(1, 30, (3, 500))
    sentences, syllables = np.minimum(sentences, words), syllables + words - 1
    grades = flesch_kincaid(words, sentences, syllables)
    assert grades.min() >= -3.4 - 1e-12
    assert flesch_kincaid(100, 5, 150) == pytest.approx(0.39 * 20 + 11.8 * 1.5 - 15.59)


def test_it_is_a_classifier_of_both_sides():
    model = SimpleDC(hidden=(), members=1)
    scores, label = (
        torch.randn(1, 6, 2, generator=torch.Generator().manual_seed(0)),
        torch.tensor([1.0, 0, 1, 0, 1, 0.5]),
    )
    found = model.losses(scores, {"label": label})[0].numpy()
    for s, y, loss in zip(scores[0].numpy(), label.numpy(), found, strict=True):
        by_hand = -0.5 * sum(
            t * np.log(expit(v)) + (1 - t) * np.log(expit(-v)) for v, t in zip(s, (y, 1 - y), strict=True)
        )
        assert loss == pytest.approx(by_hand, rel=1e-5)


def test_held_out_texts_are_told_apart():
    model = SimpleDC(**OPTIONS)
    model.fit(corpus(300), epochs=15)
    test = corpus(1000, seed=1)
    q = model.simplicity(test)[..., 0]
    label = test.info["label"][:, None] == [[1.0, 0.0]]
    simple, original = q[label], q[~label]
    assert (simple[:, None] > original[None]).mean() > 0.95  # the area under the curve
    assert simple.mean() > 0.85 and original.mean() < 0.15


@pytest.mark.parametrize("taught", [False, True])
def test_a_copy_earns_nothing_and_a_step_what_simplicity_gains(taught):
    model = SimpleDC(meaning=0.0, gain=2.0, **OPTIONS)
    if taught:
        model.fit(corpus(100), epochs=2)
    x, y = RNG.normal(size=(2, 50, 4))
    assert (model(rewriting(x, x)) == 0).all()
    q = [model.simplicity(rewriting(v, v)) for v in (x, y)]
    np.testing.assert_allclose(model(rewriting(x, y)), 2 * (q[1] - q[0]), atol=1e-6)
    alone = SimpleDC(meaning=0.0, relative=False, **OPTIONS)
    alone.load_state_dict(model.state_dict())
    np.testing.assert_allclose(alone(rewriting(x, y)), q[1], atol=1e-6)
    there_and_back = model(rewriting(x, y)) + model(rewriting(y, x))
    np.testing.assert_allclose(there_and_back, 0, atol=1e-6)


def test_an_untrained_classifier_favours_nothing_on_average():
    x, y = RNG.normal(size=(2, 40, 4))
    pays = np.array([SimpleDC(meaning=0.0, members=8, seed=s, **OPTIONS)(rewriting(x, y)).mean() for s in range(60)])
    assert abs(pays.mean()) < 3 * pays.std() / np.sqrt(60)


def test_meaning_is_the_cosine_or_what_one_says():
    x, y = RNG.normal(size=(2, 9, 4))
    by_hand = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(x, y, strict=True)]
    np.testing.assert_allclose(
        SimpleDC(gain=0.0, meaning=0.5, **OPTIONS)(rewriting(x, y)), 0.5 * np.array(by_hand), rtol=1e-5
    )
    own = SimpleDC(gain=0.0, meaning=3.0, similarity=lambda a, b: (a[:, 0] == b[:, 0]) * 1.0, **OPTIONS)
    np.testing.assert_array_equal(own(rewriting(x, np.where(np.arange(9)[:, None] < 4, x, y))), [3] * 4 + [0] * 5)
    assert cosine(np.zeros((1, 3)), np.ones((1, 3))) == 0


def test_mistakes_are_named():
    for options, word in (
        ({"gain": -1.0}, "gain=-1"),
        ({"meaning": float("nan")}, "meaning=nan"),
        ({"action": True}, "action=True"),
    ):
        with pytest.raises(BadOption, match=word):
            SimpleDC(**options)
