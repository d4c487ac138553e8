"""Tables of responses: each law has the shape, the reference and the shares that it says."""

import numpy as np
import pytest
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.response_tables import LAWS, Responses, draw_table


def table(law, seed=0, **options):
    return draw_table(law, seed, options=options, where="a test")


@pytest.mark.parametrize("law", sorted(LAWS))
def test_every_law_gives_a_whole_table_and_the_same_one_for_the_same_seed(law):
    a, b, c = (table(law, seed) for seed in (0, 0, 1))
    p, k, m = a.rewards.shape
    assert a.reference.shape == a.correct.shape == (p, k) and a.prompts.shape == (p,) and a.weights.shape == (m,)
    np.testing.assert_allclose(a.reference.sum(1), 1.0, atol=1e-12)
    assert a.correct.any(1).all()
    np.testing.assert_array_equal(a.rewards, b.rewards)
    np.testing.assert_array_equal(a.reference, b.reference)
    assert law == "line" or (a.reference != c.reference).any() or (a.rewards != c.rewards).any()
    assert repr(a).startswith(f"Responses({p} prompts x {k} responses, {m} reward")


@pytest.mark.parametrize(("law", "cdf"), [("normal", "norm"), ("uniform", "uniform")])
def test_drawn_rewards_follow_their_law(law, cdf):
    rewards = table(law, prompts=100, responses=50, objectives=2).rewards
    assert rewards.shape == (100, 50, 2)
    assert stats.kstest(rewards.reshape(-1), cdf).pvalue > 0.001


def test_skew_is_the_spread_of_the_log_probabilities_and_none_is_uniform():
    np.testing.assert_allclose(table("normal", skew=0.0).reference, 0.1, atol=1e-15)
    logs = np.log(table("normal", skew=2.0, prompts=200, responses=100).reference)
    assert (logs - logs.mean(1, keepdims=True)).std() == pytest.approx(2.0, rel=0.02)


def test_rewards_are_linear_in_the_features_and_the_best_response_is_rare():
    t = table("features", rare=0.01)
    phi, r = t.features.reshape(200, 5), t.rewards.reshape(200)
    w, residual, *_ = np.linalg.lstsq(phi, r, rcond=None)
    assert residual[0] < 1e-20 and np.linalg.norm(w) == pytest.approx(1.0)
    np.testing.assert_allclose(t.reference[t.correct], 0.01)
    np.testing.assert_allclose(t.reference[~t.correct], 0.99 / 19)


def test_the_line_has_its_reference_around_20_and_its_peak_where_it_is_put():
    far, near = table("line"), table("line", peak=24.0)
    assert far.rewards.shape == (1, 100, 1)
    assert far.rewards[0, :, 0].argmax() == 50 and near.rewards[0, :, 0].argmax() == 24
    bins, pi = np.arange(100), far.reference[0]
    # the discrete Gaussian on the integers, cut at 0: computed by hand as a ratio of sums
    weights = [np.exp(-((b - 20) ** 2) / 128) for b in bins]
    np.testing.assert_allclose(pi, np.array(weights) / sum(weights), rtol=1e-12)
    assert far.rewards[0, 58, 0] == pytest.approx(np.exp(-0.5)) and pi[50:].sum() < 2e-4


def test_reweighted_regression_on_the_line_gains_what_was_measured_elsewhere():
    # Exact gradients of unit L1 norm, rate 0.5, 200 steps, beta 0.1: on-policy 0.932 where the peak is far, and both
    # kinds of data at least 0.94 where it is near.
    def learned(peak, on_policy):
        t = table("line", peak=peak)
        r, base = t.rewards[0, :, 0], t.reference[0]
        logits = np.log(base)
        for _ in range(200):
            pi = np.exp(logits - logits.max())
            pi /= pi.sum()
            target = (pi if on_policy else base) * np.exp(r / 0.1)
            step = target / target.sum() - pi
            logits = logits + 0.5 * step / max(np.abs(step).sum(), 1e-12)
        pi = np.exp(logits - logits.max())
        return pi @ r / pi.sum()

    far, near = ([learned(peak, on) for on in (True, False)] for peak in (50.0, 24.0))
    assert far[0] == pytest.approx(0.932, abs=1e-3) and far[1] == pytest.approx(0.55, abs=0.01)
    assert near[0] - near[1] < 0.06 and min(near) > 0.94


@pytest.mark.parametrize(("share", "count"), [(0.3, 1), (0.6, 1), (0.9, 2), (0.0, 1), (1.0, 4)])
def test_the_mode_is_right_in_exactly_the_given_share_of_prompts(share, count):
    t = table("correct", share=share, count=count)
    mode = t.reference.argmax(1)
    assert t.correct[np.arange(200), mode].mean() == pytest.approx(share, abs=1e-12)
    assert (t.correct.sum(1) == count).all()
    np.testing.assert_array_equal(t.rewards[..., 0], t.correct)


def test_the_right_answer_beside_a_wrong_mode_is_any_of_the_others():
    t = table("correct", share=0.0, prompts=4000)
    rank = (-t.reference).argsort(1).argsort(1)[t.correct]  # of the right one, by probability; never 0
    assert stats.chisquare(np.bincount(rank, minlength=5)[1:]).pvalue > 0.001


def test_the_front_is_concave_and_has_a_best_point_for_every_direction():
    t = table("front", prompts=3, responses=4000)
    length = np.linalg.norm(t.rewards, axis=-1)
    angle = np.degrees(np.arctan2(t.rewards[..., 1], t.rewards[..., 0]))
    assert length.max() <= 1 and angle.min() >= -45 and angle.max() <= 135
    assert stats.kstest(length.reshape(-1) ** 4, "uniform").pvalue > 0.001
    for degrees in np.linspace(-40, 130, 12):
        v = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        best = (t.rewards @ v).argmax(1)
        assert np.abs(angle[np.arange(3), best] - degrees).max() < 12


def test_helpful_responses_are_partly_unsafe_and_the_right_one_is_the_best_safe_one():
    t = table("cost", prompts=2000)
    r, unsafe = t.rewards[..., 0], t.costs >= 0.5
    upper = r.argsort(1).argsort(1) >= 10
    assert unsafe[upper].mean() == pytest.approx(0.5, abs=0.015) and unsafe[~upper].mean() < 0.06
    assert (t.costs[~unsafe] < 0.1).all() and (t.costs < 1).all() and (t.costs >= 0).all()
    for p in range(50):
        safe = np.flatnonzero(~unsafe[p])
        assert t.correct[p].sum() == 1 and t.correct[p, safe[r[p, safe].argmax()]]


def test_what_is_not_given_is_uniform_one_each_and_the_best():
    t = Responses(np.array([[1.0, 3.0, 3.0], [0.0, -1.0, -2.0]]))
    np.testing.assert_array_equal(t.correct, [[False, True, True], [True, False, False]])
    np.testing.assert_allclose(t.reference, 1 / 3)
    np.testing.assert_allclose(t.prompts, 0.5)
    gold = Responses(np.array([[1.0, 3.0]]), gold=np.array([[2.0, 0.0]]))
    np.testing.assert_array_equal(gold.correct, [[True, False]])


def test_a_table_keeps_no_memory_of_what_it_was_given():
    rewards = np.zeros((1, 2))
    t = Responses(rewards)
    rewards[:] = 7
    assert (t.rewards == 0).all()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rewards": np.zeros(3)}, "rewards of shape"),
        ({"rewards": np.full((1, 2), np.nan)}, "finite"),
        ({"reference": np.array([[0.5, 0.6]])}, "reference"),
        ({"reference": np.array([[1.5, -0.5]])}, "reference"),
        ({"prompts": np.array([0.5, 0.5])}, "prompts"),
        ({"weights": [1.0, 2.0]}, "weights"),
        ({"features": np.zeros((1, 2))}, "features"),
        ({"costs": np.zeros((2, 2))}, "costs"),
        ({"gold": np.full((1, 2), np.inf)}, "gold"),
        ({"correct": np.ones((1, 2))}, "correct"),
        ({"columns": {"age": np.zeros((2, 1))}}, "'age'"),
    ],
)
def test_mistakes_in_a_table_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        Responses(**{"rewards": np.zeros((1, 2)), **fields})


@pytest.mark.parametrize(
    ("law", "options", "words"),
    [
        ("nomal", {}, "did you mean 'normal'"),
        ("line", {"peek": 3.0}, "did you mean 'peak'"),
        ("line", {"prompts": 3}, "'prompts' with law='line'"),
        ("line", {"width": 0.0}, "width=0.0"),
        ("normal", {"skew": -1.0}, "skew=-1.0"),
        ("normal", {"objectives": 0}, "objectives=0"),
        ("features", {"rare": 1.0}, "rare=1.0"),
        ("correct", {"share": 1.5}, "share=1.5"),
        ("correct", {"count": 5}, "count=5"),
        ("correct", {"concentration": 0.0}, "concentration"),
        ("cost", {"unsafe": 2.0}, "unsafe=2.0"),
    ],
)
def test_mistakes_in_a_law_are_named(law, options, words):
    with pytest.raises(BadOption, match=words):
        table(law, **options)


@pytest.mark.parametrize("size", [0, -1, 2.0, True])
def test_sizes_are_whole_numbers(size):
    with pytest.raises(BadOption, match="prompts="):
        draw_table("normal", 0, prompts=size, where="a test")
