"""The library: choices by the formula, running means, order of retrieval, writing and pruning; kept to the bit."""

import json

import numpy as np
import pytest

from rewardlab.agents.search.library import Library, shares, ucb
from rewardlab.agents.search.skills import BASIC, rule
from rewardlab.core.errors import BadCheckpoint, BadOption

TASK = "attack the weakest enemy"


def test_choice_is_the_formula_and_what_was_never_tried_comes_first():
    rng = np.random.default_rng(0)
    for _ in range(50):
        means, counts, c = rng.normal(size=4), rng.integers(1, 30, 4), rng.random()
        expected = [m + c * (np.log(counts.sum()) / n) ** 0.5 for m, n in zip(means, counts, strict=True)]
        np.testing.assert_allclose(ucb(means, counts, c), expected, rtol=1e-14)
        one_by_one, held = [], counts.copy()
        for _ in range(20):
            numbers = [m + c * (np.log(held.sum()) / n) ** 0.5 for m, n in zip(means, held, strict=True)]
            one_by_one.append(int(np.argmax(numbers)))
            held[one_by_one[-1]] += 1
        assert shares(means, counts, c, 20).tolist() == one_by_one
    assert ucb(np.zeros(3), np.array([5, 0, 1]), 1.0).argmax() == 1
    assert shares(np.zeros(3), np.zeros(3, dtype=int), 1.0, 3).tolist() == [0, 1, 2]


def test_running_means_and_what_is_better():
    library, rng = Library(), np.random.default_rng(1)
    first, second = rng.normal(0.3, 1, 40), rng.normal(0.0, 1, 60)
    for part in np.split(first, [1, 7, 20]):
        library.reflect(TASK, 0, part)
    library.reflect(TASK, 1, second)
    library.reflect("other", 1, [9.0])
    means, counts = library.evidence(TASK, [1, 0, 2])
    np.testing.assert_allclose(means, [second.mean(), first.mean(), 0], rtol=1e-12)
    assert counts.tolist() == [60, 40, 0] and library.uses(1) == 61
    z = (first.mean() - second.mean()) / np.sqrt(first.var() / 40 + second.var() / 60)
    assert library.better(TASK, 0, 1, z - 1e-6) and not library.better(TASK, 0, 1, z + 1e-6)
    assert library.better(TASK, 0, 4, 9.0)  # of which nothing is known
    library.reflect(TASK, 77, [1.0])
    assert library.uses(77) == 0


def test_a_score_compares_with_the_same_sub_tasks():
    library = Library()
    library.reflect("bad", 0, [-5.0] * 3)
    library.reflect("bad", 1, [-7.0])
    library.reflect("good", 1, [4.0] * 2)
    assert library.score(0) == pytest.approx(0.5)  # the bad sub-task pays −5.5 on the whole
    assert library.score(1) == pytest.approx((1 * -1.5 + 2 * 0.0) / 3)
    assert library.score(2) == 0.0


def test_the_most_similar_come_first_of_equals_the_older():
    library = Library({0: rule("a", "red blue"), 1: rule("b", "red"), 2: rule("c", "green"), 5: rule("d", "red")})
    assert library.retrieve("red", 4) == [1, 5, 0, 2]
    assert library.retrieve("red", 2) == [1, 5] and library.retrieve("green sky", 1) == [2]
    assert len(library.retrieve("red", 9)) == 4


def test_new_skills_are_found_for_their_sub_task_and_numbers_are_new():
    library, rng = Library(), np.random.default_rng(0)
    numbers = [library.write(TASK, 4, rng, size=0.5) for _ in range(30)]
    assert numbers == list(range(5, 35)) and library.origin[7] == (TASK, 4)
    assert set(library.retrieve(TASK, 30)) == set(numbers)
    moved = [np.abs(np.subtract(library.skills[n].weights, BASIC[4].weights)).max() for n in numbers]
    assert min(moved) > 0
    library.drop(34)
    assert library.write(TASK, 4, rng, size=0.5) == 35
    twin = Library()
    again = np.random.default_rng(0)
    for _ in range(30):
        twin.write(TASK, 4, again, size=0.5)
    assert [library.skills[n] for n in numbers[:-1]] == [twin.skills[n] for n in numbers[:-1]]


def test_pruning_drops_low_scores_that_were_tried_then_what_is_too_much():
    library = Library()
    for number, pay in enumerate([1.0, 0.0, -1.0, -1.0, 0.5]):
        library.reflect(TASK, number, [pay] * (2 if number == 3 else 10))
    assert sorted(range(5), key=library.score) == [2, 3, 1, 4, 0]
    assert library.prune(floor=-0.5, trials=5, most=5) == [2]  # 3 is as bad, but hardly tried
    assert library.uses(2) == 0 and 2 not in library.records[TASK].count
    twin = Library.of(library.state())
    assert twin.prune(floor=-9.0, trials=5, most=2, spare=[3]) == [1, 4] and set(twin.skills) == {0, 3}
    assert twin.prune(floor=-9.0, trials=5, most=1, spare=[0, 3]) == [3]  # when all are to be spared, the worst
    assert library.prune(floor=-9.0, trials=5, most=2) == [3, 1] and set(library.skills) == {0, 4}
    assert library.prune(floor=9.0, trials=1, most=1) != [] and len(library.skills) == 1
    library.drop(*library.skills)
    assert len(library.skills) == 1


def test_a_library_comes_back_to_the_bit():
    library, rng = Library(), np.random.default_rng(3)
    for _ in range(12):
        number = library.write(TASK, 0, rng, size=1.0)
        library.reflect(TASK, number, rng.normal(size=5))
    library.drop(3)
    state = json.loads(json.dumps(library.state()))
    back = Library.of(state)
    assert back == library and back.state() == state
    for broken in ({}, {**state, "skills": [[1]]}, {**state, "skills": []}, {**state, "made": "x"}):
        with pytest.raises((BadCheckpoint, BadOption)):
            Library.of(broken)
    with pytest.raises(BadOption, match="no skills"):
        Library({})
