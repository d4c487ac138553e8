"""Votes: closed forms against the enumeration of all outcomes."""

from itertools import product
from math import prod

import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.votes import kept, majority, tournament


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


@pytest.mark.parametrize(("right", "p"), [(0.5, 0.6), (0.3, 0.9), (0.8, 0.5), (0.5, 0.4)])
def test_a_tournament_is_as_good_as_the_sum_over_all_answers_and_verdicts(right, p):
    truth = 0.0
    for answers in product((0, 1), repeat=4):
        chance = prod(right if a else 1 - right for a in answers)
        for verdicts in product((0, 1), repeat=3):  # whether the judge is right, in either half and in the final
            first, second = (
                max(pair) if v else min(pair) for pair, v in zip((answers[:2], answers[2:]), verdicts, strict=False)
            )
            winner = max(first, second) if verdicts[2] else min(first, second)
            truth += chance * prod(p if v else 1 - p for v in verdicts) * winner
    assert tournament(right, p, 2) == pytest.approx(truth)
    assert tournament(right, 0.5, 3) == pytest.approx(right) and tournament(right, p, 0) == right
    assert (tournament(right, p, 3) > right) == (p > 0.5)


def test_what_is_no_chance_is_refused():
    for call in (
        lambda: majority(1.5, 3),
        lambda: majority(0.5, 0),
        lambda: kept(-0.1),
        lambda: tournament(2.0, 0.5, 1),
    ):
        with pytest.raises(BadOption, match=r"0\.\.1"):
            call()
