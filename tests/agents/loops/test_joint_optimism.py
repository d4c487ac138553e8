"""Joint optimism: the exact maximum, by enumeration of all arms of all tasks."""

import itertools

import numpy as np
import pytest

from rewardlab.agents.loops.joint_optimism import jointly, search, sketch


def enumerated(a, q, s):
    """The largest value of one problem over all n^T arms."""
    T, n = a.shape
    return max(
        a[range(T), arms].sum() + np.sqrt(s * q[range(T), arms].sum()) for arms in itertools.product(range(n), repeat=T)
    )


def problems(seed, J, T, n):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(J, T, n)),
        rng.gamma(0.5, size=(J, T, n)),
        rng.gamma(1.0, size=J) * 10.0 ** rng.integers(-2, 3),
    )


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("J", "T", "n"), [(1, 2, 5), (4, 4, 4), (3, 6, 3), (5, 1, 7)])
def test_it_is_the_maximum_over_all_arms(seed, J, T, n):
    a, q, s = problems(seed, J, T, n)
    exact = [enumerated(a[j], q[j], s[j]) for j in range(J)]
    best, arms, value = jointly(a, q, s)
    assert value == pytest.approx(max(exact), rel=1e-12) and best == int(np.argmax(exact))
    assert a[best, range(T), arms].sum() + np.sqrt(s[best] * q[best, range(T), arms].sum()) == pytest.approx(value)
    upper, low, proposed = sketch(a, q, s)
    assert (upper >= np.array(exact) - 1e-9).all() and (low <= np.array(exact) + 1e-9).all()
    for j in range(J):
        reached = a[j, range(T), proposed[j]].sum() + np.sqrt(s[j] * q[j, range(T), proposed[j]].sum())
        assert reached == pytest.approx(low[j])
        found, better = search(a[j], q[j], s[j], -np.inf)
        assert found == pytest.approx(exact[j]) and better is not None
        assert search(a[j], q[j], s[j], exact[j] + 1e-9) == (exact[j] + 1e-9, None)


def test_without_a_root_or_without_width_tasks_come_apart():
    a, q, _ = problems(0, 2, 30, 10)
    for s, width in ((np.zeros(2), q), (np.ones(2), 0 * q)):
        best, arms, value = jointly(a, width, s)
        np.testing.assert_array_equal(arms, a[best].argmax(1))
        assert value == pytest.approx(a.max(2).sum(1).max())


def test_many_tasks_are_still_exact_and_quick():
    a, q, s = problems(3, 20, 16, 10)
    best, arms, value = jointly(a, q, s)
    for i in range(16):  # no change of one task helps
        for k in range(10):
            other = arms.copy()
            other[i] = k
            assert a[best, range(16), other].sum() + np.sqrt(s[best] * q[best, range(16), other].sum()) <= value + 1e-9
    assert value <= sketch(a, q, s)[0].max() + 1e-9
