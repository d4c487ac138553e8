"""Statistics against closed forms, SciPy and their own promises."""

import numpy as np
import pytest
from scipy import stats

from rewardlab.benchmarks import metrics
from rewardlab.core.errors import BadOption


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 9, 20, 31])
def test_iqm_cuts_as_scipy_does(n):
    x = np.random.default_rng(n).normal(size=(3, 2, n))
    assert metrics.iqm(x).shape == (3, 2)
    np.testing.assert_allclose(metrics.iqm(x), stats.trim_mean(x, 0.25, axis=-1), rtol=0, atol=1e-12)


def test_iqm_of_known_scores():
    assert metrics.iqm([0, 1, 2, 3]) == 1.5
    assert metrics.iqm([100, 1, 2, -100]) == 1.5  # outliers count for nothing
    assert metrics.iqm([0, 0, 1, 1, 1]) == pytest.approx(2 / 3)  # five: one from each end
    assert metrics.iqm([0.25]) == 0.25


def test_mean_median_and_gap_of_known_scores():
    x = [0.0, 0.5, 1.0, 2.5]
    assert metrics.mean(x) == 1.0 and metrics.median(x) == 0.75
    assert metrics.optimality_gap(x) == 1 - 2.5 / 4  # what exceeds 1 makes up for nothing
    assert metrics.optimality_gap(x, target=3.0) == 3 - 1.0


def test_profile_of_known_scores():
    x = [0.0, 0.2, 0.2, 0.9]
    got = metrics.performance_profile(x, [-1, 0, 0.1, 0.2, 0.5, 0.9, 1])
    assert got.tolist() == [1, 0.75, 0.75, 0.25, 0.25, 0, 0]  # strictly above
    both = metrics.performance_profile([x, [1, 1, 1, 1]], [0.5])
    assert both.tolist() == [[0.25], [1]]


def test_a_profile_falls_and_its_area_is_the_mean():
    x = np.random.default_rng(0).random(40)
    tau = np.linspace(0, 1, 20001)
    f = metrics.performance_profile(x, tau)
    assert (np.diff(f) <= 0).all()
    assert np.trapezoid(f, tau) == pytest.approx(x.mean(), abs=1e-4)


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(1)
    hits, n = 0, 400
    for k in range(n):
        e = metrics.stratified_bootstrap(
            [rng.normal(0.3, 1.0, 40), rng.normal(0.7, 2.0, 40)], metrics.mean, resamples=400, seed=k
        )
        hits += bool(e.low <= 0.5 <= e.high)
    assert 0.92 <= hits / n <= 0.97  # 0.95 but for sampling and the percentile method's own small error


def test_an_interval_has_the_width_of_the_normal_one():
    x = np.random.default_rng(2).normal(size=2000)
    e = metrics.stratified_bootstrap([x], metrics.mean, confidence=0.9, resamples=4000)
    half = stats.norm.ppf(0.95) * x.std() / np.sqrt(len(x))
    assert e.value == pytest.approx(x.mean())
    assert (e.high - e.low) / 2 == pytest.approx(half, rel=0.05)


def test_each_task_is_drawn_on_its_own():
    # Scores differ between tasks and not within them: stratified, nothing is uncertain.
    e = metrics.stratified_bootstrap([np.zeros(5), np.ones(5), np.full(7, 9.0)], metrics.mean)
    assert e.low == e.value == e.high == pytest.approx((5 + 63) / 17)
    pooled = metrics.stratified_bootstrap([np.concatenate([np.zeros(5), np.ones(5), np.full(7, 9.0)])], metrics.mean)
    assert pooled.high - pooled.low > 3


def test_one_run_per_task_has_no_interval_and_two_span_the_runs():
    one = metrics.stratified_bootstrap([[0.2], [0.6]], metrics.mean)
    assert one.value == pytest.approx(0.4) and np.isnan(one.low) and np.isnan(one.high)
    some = metrics.stratified_bootstrap([[0.2], [0.6, 0.8]], metrics.mean)
    assert (some.low, some.high) == (pytest.approx(0.8 / 3 + 0.2 / 3 + 0.4 / 3), pytest.approx(0.6))
    assert np.isnan(metrics.probability_of_improvement([[1.0]], [[0.0]]).low)
    assert metrics.probability_of_improvement([[1.0]], [[0.0, 2.0]]).low == 0
    assert np.isnan(metrics.curve_band([[0.0, 1.0]]).high).all()
    for n in (2, 3):  # as the page says of so few: from the worst run to the best
        x = np.random.default_rng(n).random(n)
        e = metrics.stratified_bootstrap([x])
        assert (e.low, e.high) == (pytest.approx(x.min()), pytest.approx(x.max()))


def test_resampling_is_the_same_for_the_same_seed_and_else_not():
    x = [np.random.default_rng(3).random(9)]
    a, b, c = (metrics.stratified_bootstrap(x, seed=s) for s in (0, 0, 1))
    assert (a.low, a.high) == (b.low, b.high) != (c.low, c.high)


def test_a_statistic_may_give_many_numbers():
    tau = np.linspace(0, 1, 11)
    tasks = [np.random.default_rng(4).random(6), np.random.default_rng(5).random(4)]
    e = metrics.stratified_bootstrap(tasks, lambda x: metrics.performance_profile(x, tau), resamples=50)
    assert e.value.shape == e.low.shape == e.high.shape == (11,)
    assert (e.low <= e.value).all() and (e.value <= e.high).all()


@pytest.mark.parametrize("round_to", [1, 12])  # with ties and without
def test_improvement_is_mann_whitney(round_to):
    rng = np.random.default_rng(6)
    xs = [rng.random(7).round(round_to), rng.random(5).round(round_to)]
    ys = [rng.random(4).round(round_to), rng.random(6).round(round_to)]
    u = [stats.mannwhitneyu(x, y).statistic / (len(x) * len(y)) for x, y in zip(xs, ys, strict=True)]
    e = metrics.probability_of_improvement(xs, ys, resamples=500)
    assert e.value == pytest.approx(np.mean(u), abs=1e-12)
    assert 0 <= e.low <= e.value <= e.high <= 1
    other = metrics.probability_of_improvement(ys, xs, resamples=500)
    assert other.value == pytest.approx(1 - e.value)


def test_improvement_at_its_ends():
    one, two = [np.ones(3)], [np.full(4, 2.0)]
    for x, y, value in ((two, one, 1.0), (one, two, 0.0), (one, one, 0.5)):
        e = metrics.probability_of_improvement(x, y, resamples=20)
        assert e.low == e.value == e.high == value


def test_bands_of_curves_draw_whole_runs():
    x = np.random.default_rng(7).normal(size=(6, 5))
    e = metrics.curve_band(np.hstack([x, x]), resamples=300)
    np.testing.assert_array_equal(e.low[:5], e.low[5:])  # one draw serves all points of a run
    np.testing.assert_allclose(e.value[:5], metrics.iqm(x.T))
    single = metrics.stratified_bootstrap([x[:, 0]], resamples=300)
    assert e.low[0] == single.low and e.high[0] == single.high


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: metrics.iqm([]),
        lambda: metrics.iqm([0.0, np.nan]),
        lambda: metrics.mean(np.inf),
        lambda: metrics.stratified_bootstrap([]),
        lambda: metrics.stratified_bootstrap([[[1.0]]]),
        lambda: metrics.stratified_bootstrap([[1.0, 2.0]], confidence=1.0),
        lambda: metrics.probability_of_improvement([[1.0]], [[1.0], [2.0]]),
        lambda: metrics.curve_band([1.0, 2.0]),
    ],
)
def test_what_is_no_score_is_refused(wrong):
    with pytest.raises(BadOption) as e:
        wrong()
    assert e.value.expected
