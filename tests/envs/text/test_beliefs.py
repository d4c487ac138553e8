"""Beliefs: expected information against its definition, never less than none, and Jensen's inequality for the truth."""

from functools import cache

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.beliefs import asked, fewest, fitting, gains


@pytest.mark.parametrize("kinds", [2, 3, 5])
def test_information_is_what_its_definition_says(kinds):
    rng = np.random.default_rng(kinds)
    replies = rng.integers(kinds, size=(12, 20)).astype(np.uint8)
    for size in (1, 2, 7, 20):
        left = sorted(rng.choice(20, size=size, replace=False).tolist())
        found = gains(replies, left)
        for q in range(12):
            after = [fitting(replies, q, r, left) for r in range(kinds)]
            assert sorted(s for part in after for s in part) == left
            truth = sum(len(p) / size * np.log2(size / len(p)) for p in after if p)
            assert found[q] == pytest.approx(truth, abs=1e-8) and found[q] >= 0
            # the belief of the truth, averaged over it, never falls: sum_r |L_r| / |L| * 1 / |L_r| = replies / |L|
            mean = np.mean([1 / len(fitting(replies, q, replies[q, s], left)) for s in left])
            assert mean == pytest.approx(sum(bool(p) for p in after) / size) and mean >= 1 / size - 1e-12


def test_the_best_question_is_the_most_telling_and_favours_those_named_first():
    replies = np.array([[0, 0, 0, 1], [0, 0, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]], dtype=np.uint8)
    left = (0, 1, 2, 3)
    assert gains(replies, left).tolist() == pytest.approx([2 - 0.75 * np.log2(3), 1, 1, 0], abs=1e-8)
    assert asked(replies, left) == 1 and asked(replies, left, first=(0, 2)) == 2 and asked(replies, left, (3,)) == 1


@pytest.mark.parametrize("size", [3, 4, 6])
def test_the_value_of_every_belief_is_that_of_trying_all_strategies(size):
    rng = np.random.default_rng(size)
    replies = np.concatenate([np.eye(size, dtype=np.uint8), rng.integers(3, size=(4, size)).astype(np.uint8)])
    found = fewest(replies)

    @cache
    def search(left):
        if not left:
            return 0.0
        best = np.inf
        for q in range(len(replies)):
            cost = 1.0
            for r in range(3):
                part = tuple(s for s in fitting(replies, q, r, left) if s != q)
                if part == left:
                    cost = np.inf
                elif part:
                    cost += len(part) / len(left) * search(part)
            best = min(best, cost)
        return best

    for mask in range(1 << size):
        left = tuple(s for s in range(size) if mask >> s & 1)
        assert found[mask] == pytest.approx(search(left))


def test_naming_one_after_the_other_is_all_there_is_without_questions():
    found = fewest(np.eye(5, dtype=np.uint8))
    assert [found[(1 << k) - 1] for k in range(6)] == pytest.approx([0, 1, 1.5, 2, 2.5, 3])
    with pytest.raises(BadOption, match="17 secrets"):
        fewest(np.eye(17, dtype=np.uint8))
