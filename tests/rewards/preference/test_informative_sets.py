from itertools import combinations, product

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.informative_sets import informative_set, joint_information

RNG = np.random.default_rng(0)


def listed(p):
    """I(y; person) by listing every pattern and person."""
    total = 0.0
    patterns = list(product([0, 1], repeat=p.shape[1]))
    given = np.array([[np.prod(np.where(y, row, 1 - row)) for y in patterns] for row in p])
    mean = given.mean(0)
    for row in given:
        total += (row * (np.log(row) - np.log(mean))).sum() / len(p)
    return total


@pytest.mark.parametrize("count", [1, 2, 4])
def test_joint_information_is_the_mutual_information(count):
    p = RNG.uniform(0.05, 0.95, (6, count))
    assert joint_information(p) == pytest.approx(listed(p), abs=1e-12)


def test_steps_are_greedy_and_near_the_best_set():
    p = RNG.beta(0.5, 0.5, (12, 8))
    chosen = informative_set(p, 3)
    for n in range(3):  # each is the best after those before it
        before = list(chosen[:n])
        gains = [joint_information(p[:, [*before, c]]) if c not in before else -1 for c in range(8)]
        assert gains[chosen[n]] == pytest.approx(max(gains), abs=1e-12)
    best = max(joint_information(p[:, list(s)]) for s in combinations(range(8), 3))
    assert joint_information(p[:, chosen]) >= (1 - 1 / np.e) * best


def test_the_same_question_is_not_asked_twice_where_another_tells_more():
    sure = np.array([1.0, 1, 0, 0])
    p = np.stack([sure, sure, np.array([1.0, 0, 1, 0]), np.full(4, 0.5)], -1)
    assert set(informative_set(p, 2)) in ({0, 2}, {1, 2})
    assert joint_information(p[:, [0, 2]]) == pytest.approx(np.log(4))
    assert joint_information(p[:, [0, 1]]) == pytest.approx(np.log(2))


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="count=4"):
        informative_set(np.full((2, 3), 0.5), 4)
    for bad in (np.full(3, 0.5), np.full((2, 2), 1.5), np.zeros((0, 3))):
        with pytest.raises(BadBatch, match="chances"):
            informative_set(bad, 1)
