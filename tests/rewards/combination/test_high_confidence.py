import numpy as np
import pytest
from scipy import stats
from steps import steps

from rewardlab.core import responses as rs
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import (
    Certificate,
    Column,
    HighConfidence,
    candidate_bound,
    clopper_pearson,
    hoeffding,
    safety_test,
    student_t,
)

DELTA, DRAWS = 0.1, 1000
ALLOWED = DELTA + 2 * np.sqrt(DELTA * (1 - DELTA) / DRAWS)


def candidates(count=60):
    """40 prompts with 6 responses, the helpful ones partly unsafe: expected reward and cost of ever safer policies."""
    rng = np.random.default_rng(0)
    reward = rng.random((40, 6))
    unsafe = np.clip(0.6 * reward + 0.4 * rng.random((40, 6)), 0, 1)  # the chance of a cost of 1
    policies = [rs.tilted(np.full((40, 6), 1 / 6), reward - lam * unsafe, 0.05) for lam in np.linspace(0, 4, count)]
    r = np.array([rs.expected(p, reward).mean() for p in policies])
    g = np.array([rs.expected(p, unsafe).mean() for p in policies])
    assert (np.diff(r) < 0).all() and (np.diff(g) < 0).all()
    return r, g


R, G = candidates()
TAU = float(np.quantile(G, 0.5))


def chosen(bounds, tau):
    """The most helpful candidate of each draw whose bound [draws, policies] keeps tau; the safest if none does."""
    keeps = bounds <= tau
    return np.where(keeps.any(1), keeps.argmax(1), bounds.shape[1] - 1)


def released(rng, n, kappa, tau, *, normal, g=None):
    """Per draw: the candidate, whether the test released it, and whether its true cost is above tau."""
    g = G if g is None else g
    if normal:  # costs of each policy ~ N(g, 0.5²), with the same noise for all
        noise = rng.normal(size=(DRAWS, n)) * 0.5
        mean, deviation = noise.mean(-1)[:, None] + g, noise.std(-1, ddof=1)[:, None]
    else:  # one draw decides all policies' costs, as with common prompts
        mean = np.stack([(row[:, None] < g).mean(0) for row in rng.random((DRAWS, n))])
        deviation = np.sqrt(mean * (1 - mean) * n / (n - 1))
    at = chosen(mean + kappa * deviation / np.sqrt(n) * stats.t.ppf(1 - DELTA, n - 1), tau)
    if normal:
        fresh = rng.normal(size=(DRAWS, n)) * 0.5 + g[at][:, None]
        passed = student_t(fresh, DELTA) <= tau
    else:
        fresh = (rng.random((DRAWS, n)) < g[at][:, None]).astype(float)
        passed = clopper_pearson(fresh, DELTA) <= tau
        assert (passed | (hoeffding(fresh, DELTA) > tau)).mean() > 0.99  # Hoeffding hardly ever releases more
    return at, passed, g[at] > tau


@pytest.mark.parametrize("normal", [True, False])
def test_what_is_released_violates_in_at_most_delta_of_the_draws(normal):
    for kappa in (0.0, 2.0):
        _, passed, bad = released(np.random.default_rng(1), 100, kappa, TAU, normal=normal)
        assert (passed & bad).mean() <= ALLOWED
    _, _, untested = released(np.random.default_rng(2), 100, 0.0, TAU, normal=normal)
    assert 0.35 < untested.mean() < 0.65  # without a test about half of the policies are unsafe


def test_a_pessimistic_candidate_passes_more_often():
    careless = released(np.random.default_rng(3), 100, 0.0, TAU, normal=True)[1].mean()
    careful = released(np.random.default_rng(3), 100, 2.0, TAU, normal=True)[1].mean()
    assert careful > careless + 0.3


def test_solutions_come_with_more_samples_and_never_where_there_are_none():
    few, tau = G[::10], float(G[::10][2:4].mean())  # six candidates: the best safe one has something left over
    rates = [released(np.random.default_rng(4), n, 2.0, tau, normal=True, g=few)[1].mean() for n in (30, 300, 3000)]
    assert (np.diff(rates) >= -0.02).all()
    # among ever finer candidates one is always at the edge, and the rate stays where two noises leave it
    fine = released(np.random.default_rng(4), 3000, 2.0, TAU, normal=True)[1].mean()
    assert 0.75 < fine < 0.95
    assert released(np.random.default_rng(4), 20_000, 2.0, tau, normal=True, g=few)[1].mean() > 0.99
    infeasible = released(np.random.default_rng(5), 100, 2.0, float(G.min()) - 0.001, normal=True)[1]
    assert infeasible.mean() <= ALLOWED


def test_every_violating_policy_alone_is_released_in_at_most_delta_of_the_draws():
    rng = np.random.default_rng(6)
    draws = (rng.random((DRAWS, 60)) < TAU + 0.005).astype(float)
    for bound in (hoeffding, clopper_pearson):
        assert np.mean([safety_test(x, TAU, delta=DELTA, bound=bound) is not None for x in draws]) <= ALLOWED


def test_the_certificate_says_what_was_shown():
    x = np.array([0.0, 0.1, 0.2, 0.1])
    upper = float(student_t(x, 0.1))
    assert safety_test(x, 0.5) == Certificate(upper, 0.5, 0.1, 4)
    assert safety_test(x, upper - 1e-9) is None


def test_the_candidate_bound_has_its_formula():
    x = np.random.default_rng(7).normal(size=(3, 5))
    form = x.mean() + 2.0 * x.std(ddof=1) / np.sqrt(50) * stats.t.ppf(0.9, 49)
    assert candidate_bound(x, 50) == pytest.approx(form)
    assert candidate_bound(x, 50, kappa=0.0) == pytest.approx(x.mean())
    assert candidate_bound(np.array([0.3]), 50) == pytest.approx(0.3)


def test_the_reward_is_priced_by_the_bound_and_stays_a_mean():
    reward = HighConfidence(Task(), Column("cost"), 50, threshold=0.2, lr=0.5)
    cost = np.array([0.0, 1.0, 1.0, 0.0])
    batch = steps(4, reward=[1.0, 2.0, 3.0, 4.0], cost=cost)
    assert reward(batch).tolist() == [1.0, 2.0, 3.0, 4.0]
    logs = reward.update(batch)
    lam = 0.5 * (candidate_bound(cost, 50) - 0.2)
    assert reward.multiplier == pytest.approx(lam)
    assert logs["high_confidence/mean/cost"] == pytest.approx(candidate_bound(cost, 50))
    np.testing.assert_allclose(reward(batch), (batch.reward - lam * cost) / (1 + lam))
    for _ in range(100):
        reward.update(steps(2, cost=[0.0, 0.0]))
    assert reward.multiplier == 0.0


def test_learned_prices_hold_the_pessimistic_bound_on_the_table():
    rng = np.random.default_rng(8)
    helpful = rng.random(30)
    cost = 0.5 * helpful + 0.5 * rng.random(30) - 0.2
    reward = HighConfidence(Task(), Column("cost"), 200, threshold=0.1, lr=0.1)
    bounds = []
    for _ in range(600):
        policy = rs.tilted(np.full(30, 1 / 30), reward(steps(30, reward=helpful, cost=cost)), 0.05)
        picked = rng.choice(30, 400, p=policy)
        reward.update(steps(400, cost=cost[picked]))
        sd = np.sqrt(rs.expected(policy, cost**2) - rs.expected(policy, cost) ** 2)
        bounds.append(rs.expected(policy, cost) + 2 * sd / np.sqrt(200) * stats.t.ppf(0.9, 199))
    assert reward.multiplier > 0.1
    assert np.mean(bounds[300:]) == pytest.approx(0.1, abs=0.01)
    assert rs.expected(policy, cost) < 0.1


def test_bad_options_and_costs_are_refused():
    for options in ({"test_size": 1}, {"test_size": 10, "delta": 1.0}, {"test_size": 10, "kappa": -1.0}):
        with pytest.raises(BadOption):
            HighConfidence(Task(), Column("cost"), **options)
    with pytest.raises(BadBatch, match="NaN"):
        HighConfidence(Task(), Column("cost"), 10).update(steps(2, cost=[np.nan, 1.0]))
    with pytest.raises(BadBatch):
        safety_test(np.array([np.nan, 0.0]))
