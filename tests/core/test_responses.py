"""Tables of responses against closed forms, brute force and play."""

import itertools
import math

import numpy as np
import pytest

from rewardlab.core import responses as rs
from rewardlab.core.errors import BadOption

RNG = np.random.default_rng(0)
REF = RNG.dirichlet(np.ones(6), size=4)
SCORE = RNG.normal(size=(4, 6))


def test_the_tilted_policy_beats_all_others_and_has_its_closed_form():
    best = rs.tilted(REF, SCORE, 0.3)
    form = REF * np.exp(SCORE / 0.3)
    np.testing.assert_allclose(best, form / form.sum(-1, keepdims=True), rtol=1e-12)

    def objective(p):
        return rs.expected(p, SCORE) - 0.3 * rs.divergence(p, REF)

    np.testing.assert_allclose(objective(best), 0.3 * np.log((REF * np.exp(SCORE / 0.3)).sum(-1)), rtol=1e-12)
    for _ in range(200):
        other = 0.9 * best + 0.1 * RNG.dirichlet(np.ones(6), size=4)
        assert (objective(other) < objective(best)).all()


def test_the_tilted_policy_keeps_to_what_the_reference_gives_and_does_not_overflow():
    p = rs.tilted(np.array([0.5, 0.5, 0.0]), np.array([0.0, 1e6, 1e9]), 1e-3)
    np.testing.assert_array_equal(p, [0, 1, 0])
    for beta in (0.0, -1.0, math.inf, math.nan, "1"):
        with pytest.raises(BadOption, match="beta"):
            rs.tilted(REF, SCORE, beta)


def test_divergence_is_zero_at_home_and_infinite_where_the_reference_is_silent():
    np.testing.assert_allclose(rs.divergence(REF, REF), 0)
    assert rs.divergence(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == math.inf
    assert rs.divergence(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(math.log(2))


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("score", [np.array([0.3, -1.0, 2.0, 0.5]), np.array([1.0, 1.0, 0.0, 1.0])])
def test_best_of_n_by_counting_all_draws(n, score):
    ref = np.array([0.1, 0.4, 0.2, 0.3])
    law = np.zeros(4)
    for draws in itertools.product(range(4), repeat=n):
        chance = ref[list(draws)].prod()
        top = [d for d in draws if score[d] == max(score[list(draws)])]
        for d in top:
            law[d] += chance / len(top)
    np.testing.assert_allclose(rs.best_of(ref, score, n), law, atol=1e-12)


def test_best_of_one_is_the_reference_and_best_of_many_the_maximum():
    np.testing.assert_allclose(rs.best_of(REF, SCORE, 1), REF, atol=1e-12)
    np.testing.assert_allclose(rs.best_of(REF, SCORE, 1e9).argmax(-1), SCORE.argmax(-1))
    with pytest.raises(BadOption, match="n=0"):
        rs.best_of(REF, SCORE, 0)


def test_its_divergence_tends_to_the_formula_for_many_small_responses():
    law = rs.best_of(np.full(200_000, 1 / 200_000), np.arange(200_000), 16)
    assert rs.divergence(law, np.full(200_000, 1 / 200_000)) == pytest.approx(rs.best_of_divergence(16), abs=1e-3)


def test_preferences_are_antisymmetric_and_win_rates_average_them():
    P = rs.beats(SCORE)
    np.testing.assert_allclose(P + np.swapaxes(P, -1, -2), 1)
    assert P[0, 1, 2] == pytest.approx(1 / (1 + math.exp(-(SCORE[0, 1] - SCORE[0, 2]))))
    np.testing.assert_allclose(rs.win_rate(REF, REF, P), 0.5)
    one = np.eye(6)[[2] * 4]
    np.testing.assert_allclose(rs.win_rate(one, REF, P), (P[:, 2] * REF).sum(-1))


def test_the_sigmoid_does_not_overflow():
    np.testing.assert_array_equal(rs.sigmoid(np.array([-1e9, 0.0, 1e9])), [0, 0.5, 1])
