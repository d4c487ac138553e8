"""Judges: the hidden best and worst, by few comparisons, and lots."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from rewardlab.core.errors import OracleFailed
from rewardlab.rewards.language.choosing import by_preference, by_score, extremes, placebo


def candidates(values):
    return [SimpleNamespace(score=(v, 0.0), analysis=SimpleNamespace(text=lambda v=v: str(v))) for v in values]


def run(seed=0):
    return SimpleNamespace(context=SimpleNamespace(task="x"), rng=np.random.default_rng(seed))


def prefer(contexts, firsts, seconds):
    return np.array([float(float(a) > float(b)) for a, b in zip(firsts, seconds, strict=True)])


@pytest.mark.parametrize("k", range(1, 9))
def test_the_best_and_the_worst_are_found_in_three_halves_of_k_comparisons(k):
    for seed in range(20):
        values = np.random.default_rng(seed).permutation(k)
        count = []

        def first_wins(pairs, values=values, count=count):
            count.extend(pairs)
            return [values[a] > values[b] for a, b in pairs]

        assert extremes(k, first_wins) == (values.argmax(), values.argmin())
        assert len(count) == max(0, math.ceil(3 * k / 2) - 2)
        shown = by_preference(prefer)(run(), candidates(values))
        assert shown == by_score()(run(), candidates(values)) == (values.argmax(), values.argmin())


def test_of_equals_the_first_is_best_and_the_last_is_worst():
    assert by_score()(run(), candidates([1, 2, 2, 1])) == (1, 3)
    assert by_preference(lambda c, a, b: np.full(len(a), np.nan))(run(), candidates([1, 2, 3]))[0] == 0


def test_labels_of_another_number_are_refused():
    with pytest.raises(OracleFailed, match="labels of shape"):
        by_preference(lambda c, a, b: np.zeros(9))(run(), candidates([1, 2, 3]))


def test_lots_are_even_and_the_same_for_the_same_seed():
    drawn = [placebo(run(s), candidates([1, 2, 3])) for s in range(600)]
    assert drawn == [placebo(run(s), candidates([1, 2, 3])) for s in range(600)]
    assert all(a != b for a, b in drawn) and placebo(run(), candidates([1])) == (0, 0)
    for i in range(3):  # 5 standard errors of a third of 600
        assert abs(sum(a == i for a, _ in drawn) - 200) < 58 and abs(sum(b == i for _, b in drawn) - 200) < 58
