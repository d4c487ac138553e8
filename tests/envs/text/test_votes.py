"""Votes: closed forms against the enumeration of all outcomes."""

from itertools import product
from math import prod

import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.votes import kept, majority


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("votes", [1, 2, 3, 6, 9])
def test_a_majority_is_as_good_as_the_sum_over_all_votes(p, votes):
    truth = 0.0
    for outcome in product((0, 1), repeat=votes):
        chance = prod(p if right else 1 - p for right in outcome)
        truth += chance * (1 if 2 * sum(outcome) > votes else 0.5 if 2 * sum(outcome) == votes else 0)
    assert majority(p, votes) == pytest.approx(truth, abs=1e-12)


def test_more_votes_help_exactly_those_who_are_better_than_a_coin():
    assert majority(0.6, 15) > majority(0.6, 5) > 0.6 and majority(0.4, 15) < majority(0.4, 5) < 0.4
    assert majority(0.5, 7) == pytest.approx(0.5) and majority(0.7, 2) == pytest.approx(0.7)


def test_labels_that_are_the_same_in_both_orders_are_better():
    share, wrong = kept(0.25)
    assert share == 0.625 and wrong == pytest.approx(0.1)  # from 25 to 10 of a hundred
    assert kept(0.0) == (1.0, 0.0) and kept(0.5) == (0.5, 0.5)


def test_what_is_no_chance_is_refused():
    for call in (lambda: majority(1.5, 3), lambda: majority(0.5, 0), lambda: kept(-0.1)):
        with pytest.raises(BadOption, match=r"0\.\.1"):
            call()
