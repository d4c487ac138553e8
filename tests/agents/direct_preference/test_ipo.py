"""IPO regresses a margin: its zero, its population optimum, and that certain labels leave it finite."""

from functools import partial

import numpy as np
import pytest
from preference_tables import as_group, best_policy, labelled_pairs, random_preference, random_table, total_variation

from rewardlab.agents.direct_preference import ipo, ipo_mean
from rewardlab.core.batch import Group
from rewardlab.core.responses import tilted


@pytest.mark.parametrize("beta", [0.1, 2.0])
def test_it_is_zero_at_a_gap_of_one_over_two_beta_alone(beta):
    ref = np.log([0.4, 0.6])
    at = ref + np.array([0.5 / beta, 0.0])
    assert ipo(as_group(at, ref, [[0, 1]]), beta=beta)[0] == pytest.approx(0, abs=1e-24)
    assert ipo(as_group(at, ref, [[1, 0]]), beta=beta)[0] == pytest.approx(1 / beta**2)


@pytest.mark.parametrize("p", [0.5, 0.7, 1.0])
def test_the_gap_of_two_responses_is_finite_even_where_labels_are_certain(p):
    ref, beta = np.log([0.4, 0.6]), 0.25
    found = best_policy(partial(ipo, beta=beta), ref, [[0, 1], [1, 0]], [p, 1 - p])
    h = np.log(found) - ref
    assert h[0] - h[1] == pytest.approx((2 * p - 1) / (2 * beta), abs=1e-6)


def test_the_population_optimum_is_the_reference_tilted_by_win_rates():
    ref, preference = random_table(5)[0], random_preference(5)
    pairs, weight = labelled_pairs(preference, np.exp(ref))
    found = best_policy(partial(ipo, beta=0.3), ref, pairs, weight)
    assert total_variation(found, tilted(np.exp(ref), preference @ np.exp(ref), 0.3)) < 1e-8


def test_the_mean_does_not_depend_on_how_long_a_response_is():
    logp, ref = np.full((1, 2, 6), -1.0), np.zeros((1, 2, 6))
    logp[:, 0] = -0.5
    mask = np.ones((1, 2, 6))
    short = mask * (np.arange(6) < 2)
    reward = np.array([[1.0, 0.0]])
    whole, cut = (ipo_mean(Group(logp, ref, ref, m, reward), beta=0.2) for m in (mask, short))
    assert whole[0] == cut[0] == pytest.approx((0.5 - 2.5) ** 2)
    assert ipo(Group(logp, ref, ref, mask, reward), beta=0.2)[0] == pytest.approx((3.0 - 2.5) ** 2)
