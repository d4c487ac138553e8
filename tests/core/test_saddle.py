"""Zero-sum games against closed forms and enumerated supports; anchored ones against their dual and their limits."""

import itertools

import numpy as np
import pytest
from scipy.optimize import brentq

from rewardlab.core.errors import BadOption, Diverged
from rewardlab.core.saddle import anchored, anchored_winner, duality_gap, minimax_winner, nash, preference_gap

RPS = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])


def circle(a, b, c):
    """Rock-paper-scissors in which paper wins a of rock, rock b of scissors, scissors c of paper."""
    return np.array([[0.0, -a, b], [a, 0.0, -c], [-b, c, 0.0]])


def skewed(n, seed):
    upper = np.triu(np.random.default_rng(seed).random((n, n)), 1)
    return upper + np.tril(1.0 - upper.T, -1) + np.eye(n) / 2


def by_supports(a):
    """The value by trying all pairs of supports of one size: on one pair the others are indifferent, and it holds."""
    n, m = a.shape
    for k in range(1, min(n, m) + 1):
        for rows, columns in itertools.product(
            itertools.combinations(range(n), k), itertools.combinations(range(m), k)
        ):
            part = np.zeros((k + 1, k + 1))
            part[:k, :k], part[:k, k], part[k, :k] = a[np.ix_(rows, columns)], -1.0, 1.0
            if abs(np.linalg.det(part)) < 1e-12:
                continue
            end = np.append(np.zeros(k), 1.0)
            y, part[:k, :k] = np.linalg.solve(part, end), a[np.ix_(rows, columns)].T
            x = np.linalg.solve(part, end)
            whole_x, whole_y = np.zeros(n), np.zeros(m)
            whole_x[list(rows)], whole_y[list(columns)] = x[:k], y[:k]
            if min(x[:k].min(), y[:k].min()) > -1e-12 and (a @ whole_y).max() - (whole_x @ a).min() < 1e-10:
                return y[k], whole_x, whole_y
    raise AssertionError("every game has an equilibrium")


@pytest.mark.parametrize(("a", "b", "c"), [(1, 1, 1), (2, 1, 1), (1, 3, 0.5)])
def test_biased_rock_paper_scissors_has_its_closed_form(a, b, c):
    found, law = nash(circle(a, b, c)), np.array([c, b, a]) / (a + b + c)
    np.testing.assert_allclose(found.row, law, atol=1e-9)
    np.testing.assert_allclose(found.column, law, atol=1e-9)
    assert abs(found.value) < 1e-9


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (3, 1), (2, 5), (4, 3), (4, 4)])
def test_random_games_are_solved_as_enumeration_solves_them(shape):
    for seed in range(6):
        a = np.random.default_rng(seed).normal(size=shape) * 10.0**seed + seed
        found, (value, x, y) = nash(a), by_supports(a)
        np.testing.assert_allclose(found.value, value, rtol=1e-8)
        assert duality_gap(a, found.row, found.column) < 1e-8 * 10.0**seed
        np.testing.assert_allclose(found.row, x, atol=1e-7)
        np.testing.assert_allclose(found.column, y, atol=1e-7)


def test_a_gap_is_what_the_best_answers_gain():
    a = np.array([[3.0, -1.0], [0.0, 2.0]])
    x, y = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    assert duality_gap(a, x, y) == max(1.0, 1.0) - min(0.75, 1.25)
    assert nash(np.full((2, 3), 7.0)).value == 7.0


@pytest.mark.parametrize("n", [2, 3, 6, 20])
def test_nothing_beats_the_winner(n):
    p = skewed(n, n)
    winner = minimax_winner(p)
    assert -1e-12 < preference_gap(p, winner) < 1e-9
    assert preference_gap(p, np.eye(n)[0]) > 1e-3
    assert abs(winner @ p @ winner - 0.5) < 1e-12


def test_scores_make_the_best_response_the_winner():
    score = np.array([0.3, 1.4, -2.0, 1.0])
    p = 1 / (1 + np.exp(-(score[:, None] - score)))
    np.testing.assert_allclose(minimax_winner(p), [0, 1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(anchored_winner(p, 0.02), [0, 1, 0, 0], atol=0.02)


def regularised_gap(a, found, tau, mu, nu):
    """What the best anchored answers gain, by convex duality: 0 at the equilibrium alone."""
    kl_x = (found.row * np.log(found.row / mu)).sum()
    kl_y = (found.column * np.log(found.column / nu)).sum()
    best = tau * np.log((mu * np.exp(a @ found.column / tau)).sum()) + tau * kl_y
    worst = -tau * np.log((nu * np.exp(-(found.row @ a) / tau)).sum()) - tau * kl_x
    return best - worst


@pytest.mark.parametrize("tau", [0.05, 0.2, 2.0])
@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (6, 6)])
def test_anchored_equilibria_leave_nothing_to_gain(tau, shape):
    rng = np.random.default_rng(shape[1])
    a, mu, nu = rng.random(shape), rng.dirichlet(np.ones(shape[0])), rng.dirichlet(np.ones(shape[1]))
    found = anchored(a, tau, mu, nu)
    assert abs(regularised_gap(a, found, tau, mu, nu)) < 1e-11
    residual = a @ found.column / tau + np.log(mu) - np.log(found.row)
    assert np.ptp(residual) < 1e-10 / tau
    other = anchored(a + 0.1 * rng.random(shape), tau, mu, nu)
    assert regularised_gap(a, other, tau, mu, nu) > 1e-8


def test_anchored_matching_pennies_is_the_root_of_one_equation():
    a, mu, tau = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.8, 0.2]), 0.5

    def left(q, x):  # how far q, the share of the first column, is from its answer to x
        return np.log(q / (1 - q)) + (2 * x - 1) / tau

    def right(x):
        q = brentq(left, 1e-12, 1 - 1e-12, args=(x,), xtol=1e-14)
        return np.log(x / (1 - x)) - np.log(0.8 / 0.2) - (2 * q - 1) / tau

    x = brentq(right, 1e-12, 1 - 1e-12, xtol=1e-14)
    np.testing.assert_allclose(anchored(a, tau, mu).row[0], x, atol=1e-10)


def test_the_limits_of_the_anchor():
    p, mu = skewed(5, 2), np.array([0.5, 0.2, 0.1, 0.1, 0.1])
    np.testing.assert_allclose(anchored_winner(p, 1e6, mu), mu, atol=1e-6)
    gaps = [preference_gap(p, anchored_winner(p, tau, mu)) for tau in (1.0, 0.2, 0.03)]
    assert gaps[0] > gaps[1] > gaps[2] and gaps[2] < 0.03 * np.log(10)
    for tau in (0.05, 1.0):  # the anchor at the equilibrium stays there
        np.testing.assert_allclose(anchored_winner(0.5 + RPS / 2, tau), np.full(3, 1 / 3), atol=1e-12)
    dead = anchored_winner(0.5 + RPS / 2, 0.1, np.array([0.5, 0.5, 0.0]))
    assert dead[2] == 0.0 and dead[1] > 0.98


def test_an_anchored_winner_solves_its_equation():
    p, mu = skewed(6, 0), np.random.default_rng(1).dirichlet(np.ones(6))
    pi = anchored_winner(p, 0.2, mu)
    law = mu * np.exp(p @ pi / 0.2)
    np.testing.assert_allclose(pi, law / law.sum(), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nash([[np.nan]]), "not finite"),
        (lambda: nash(np.zeros((2, 2, 2))), "expected: a matrix"),
        (lambda: nash("x"), "payoffs of type str"),
        (lambda: anchored(RPS, 0.0), "tau=0.0"),
        (lambda: anchored(RPS, 1.0, [0.5, 0.5]), "mixture"),
        (lambda: minimax_winner(RPS), "P \\+ P'"),
        (lambda: anchored_winner([[0.5, 0.5]], 1.0), "shape \\(1, 2\\)"),
    ],
)
def test_mistakes_are_named(call, words):
    with pytest.raises(BadOption, match=words):
        call()


def test_too_few_rounds_are_no_answer():
    with pytest.raises(Diverged, match="no fixed point in 3 rounds"):
        anchored(skewed(4, 1) - 0.5, 0.01, rounds=3)
