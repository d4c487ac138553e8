import numpy as np
import pytest
from scipy.optimize import linprog
from steps import as_torch, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.responses import divergence, expected, tilted
from rewardlab.core.reward import Task
from rewardlab.rewards import Robust, WorstCase


class Column(Task):
    def __init__(self, column, i):
        self.column, self.i = column, i

    def __call__(self, batch):
        return batch.column(self.column)[..., self.i]


def means(k):
    return tuple(Column("mu", i) for i in range(k))


def deviations(k):
    return tuple(Column("sigma", i) for i in range(k))


def sample(mu, sigma):
    mu = np.asarray(mu, dtype=float)
    return steps(mu.shape[:-1], mu=mu, sigma=np.asarray(sigma, dtype=float))


def test_by_hand():
    batch = sample([[1.0, 3.0], [1.0, 3.0], [-1.0, -3.0]], [[0.1, 0.2], [0.5, 0.2], [0.1, 0.2]])
    reward = Robust(means(2), deviations(2), trust=0.6)
    assert reward(batch) == pytest.approx([1.0, 0.6 * 3 + 0.4 * 1, -0.6 - 0.4 * 3])
    np.testing.assert_allclose(reward(as_torch(batch)), reward(batch), atol=1e-15)


def test_full_trust_is_the_nominal_reward_bit_for_bit_and_none_the_worst_case():
    rng = np.random.default_rng(0)
    mu, sigma = rng.normal(size=(50, 4)), rng.random((50, 4))
    batch = sample(mu, sigma)
    nominal = np.take_along_axis(mu, sigma.argmin(-1)[:, None], -1)[:, 0]
    np.testing.assert_array_equal(Robust(means(4), deviations(4), trust=1.0)(batch), nominal)
    np.testing.assert_array_equal(Robust(means(4), deviations(4), trust=0.0)(batch), WorstCase(means(4))(batch))
    for trust in (0.0, 0.6, 1.0):  # one head is the single model
        np.testing.assert_allclose(Robust(means(1), deviations(1), trust=trust)(batch), mu[:, 0], rtol=1e-15)


def test_the_outer_worst_case_is_never_below_that_of_single_samples():
    """min_i E_π[r_i] >= E_π[min_i r_i] for every policy, and so for the saddle point that a linear programme finds."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        heads = rng.normal(size=(12, 5))  # [responses, heads]
        worst = WorstCase(means(5))(sample(heads, heads))
        policies = rng.dirichlet(np.full(12, 0.3), size=50)
        assert ((policies @ heads).min(-1) >= expected(policies, worst) - 1e-12).all()
        best = outer(heads)
        value = (best @ heads).min()
        assert value >= worst.max() - 1e-9  # the best policy for single samples takes one response
        assert value >= (policies @ heads).min(-1).max() - 1e-9


def outer(heads):
    """The policy [responses] that maximises min_i E[r_i]."""
    responses, k = heads.shape
    found = linprog(
        np.append(np.zeros(responses), -1.0),
        A_ub=np.hstack([-heads.T, np.ones((k, 1))]),
        b_ub=np.zeros(k),
        A_eq=np.append(np.ones(responses), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * responses + [(None, None)],
    )
    return found.x[:-1]


@pytest.mark.parametrize(("n", "largest"), [(5, 1.16296), (1000, 3.24144)])
def test_for_heads_of_pure_noise_the_outer_worst_case_is_the_size_of_the_policy(n, largest):
    """E_π[r_i] are normal with deviation ||π||, so their minimum is −||π|| E[max of n normals], at most √(2 log n)."""
    rng = np.random.default_rng(2)
    for concentration in (0.1, 1.0, 100.0):
        policy = rng.dirichlet(np.full(20, concentration))
        size = np.linalg.norm(policy)
        worst = np.array([(rng.normal(size=(n, 20)) @ policy).min() for _ in range(1500)])
        assert worst.mean() == pytest.approx(-size * largest, abs=4 * worst.std() / np.sqrt(1500))
        assert worst.mean() > -size * np.sqrt(2 * np.log(n))


def test_for_heads_of_pure_noise_the_outer_optimum_spreads():
    rng = np.random.default_rng(3)
    for _ in range(5):
        noise = rng.normal(size=(20, 50))  # [responses, heads]
        policy = outer(noise)
        assert np.linalg.norm(policy) < 0.45  # of a single response 1, evenly spread 0.22
        assert (policy @ noise).min() > noise.min(-1).max() + 0.5


def test_for_heads_of_pure_noise_the_minimum_tends_to_a_constant_and_the_nominal_reward_does_not():
    """Gold is the same for all responses: whatever leaves the reference was bought with noise."""
    rng = np.random.default_rng(4)
    prompts, responses, beta = 40, 30, 0.3
    reference = np.full((prompts, responses), 1 / responses)
    moved, deviation = [], []
    for n in (1, 8, 64, 512):
        batch = sample(rng.normal(size=(prompts, responses, n)), rng.random((prompts, responses, n)))
        worst = WorstCase(means(n))(batch)
        deviation.append(worst.std())
        moved.append(divergence(tilted(reference, worst, beta), reference).mean())
        nominal = Robust(means(n), deviations(n), trust=1.0)(batch)
        kl = divergence(tilted(reference, nominal, beta), reference).mean()
        assert kl > 1.0 and nominal.std() == pytest.approx(1.0, abs=0.1)
        robust = Robust(means(n), deviations(n), trust=0.6)(batch)
        if n > 1:
            assert divergence(tilted(reference, robust, beta), reference).mean() < kl
    assert (np.diff(moved) < 0).all() and moved[-1] < 0.5 * moved[0]
    assert (np.diff(deviation) < 0).all() and deviation[-1] < 0.4 * deviation[0]
    gold = np.full((prompts, responses), 2.0)
    np.testing.assert_allclose(expected(tilted(reference, nominal, beta), gold), 2.0)  # nothing was gained


def test_nan_shows_and_mistakes_are_named():
    batch = sample([[1.0, np.nan], [1.0, 2.0], [1.0, 2.0]], [[0.1, 0.2], [np.nan, 0.1], [0.1, 0.2]])
    assert np.isnan(Robust(means(2), deviations(2))(batch)).tolist() == [True, True, False]
    with pytest.raises(BadOption, match="2 means and 1 deviations"):
        Robust(means(2), deviations(1))
    for trust in (-0.1, 1.1, float("nan")):
        with pytest.raises(BadOption, match="trust"):
            Robust(means(1), deviations(1), trust)
